"""The book of chats: whose they are, and which runtime session each one has.

AgentCore lets whoever knows a runtime session id into its microVM, and does not ask whose it is.
So the ids are made here of 256 random bits, are kept here, and are taken from nowhere else.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from trust import log
from trust.chat.record import CHAT_KEPT_S, Chat, ChatUnknown, chat_key, is_chat_id, ulid
from trust.clock import NumericDate
from trust.coordinates import AgentName
from trust.remembered import Remembered
from trust.seal.base64url import encode
from trust.seal.box import NONCE_BYTES, Box, KeyUnknown, Place, SealBroken, seal, unseal
from trust.seal.keys import KeyringSource
from trust.secret import Secret
from trust.session.record import Owner
from trust.store.table import Absent, AtVersion, ConditionFailed, Item, Key, RowMalformed, Table

RUNTIME_SESSION_BYTES = 32
"""Entropy of a runtime session id in bytes."""


ASKED_KEPT_S = 600
"""How long it is remembered that a message was asked; who repeats one by itself does so at once."""

TOUCH_EVERY_S = 1
"""How exact the time is at which a chat was last used: one write a second at most."""

_UNREADABLE = (RowMalformed, KeyUnknown)


class Chats:
    """Reads and writes chats; title and runtime session id are sealed with the keyring."""

    def __init__(
        self,
        table: Table,
        keys: KeyringSource,
        remembered: Remembered[Key, Chat],
        *,
        random: Callable[[int], bytes],
    ) -> None:
        """`remembered`: how long a chat that was forgotten elsewhere may still be found here."""
        self._table = table
        self._keys = keys
        self._remembered = remembered
        self._random = random

    async def begin(self, owner: Owner, agent: AgentName, title: str, now: NumericDate) -> Chat:
        """Begin a chat, with a new runtime session id of 46 characters."""
        chat = Chat(
            id=ulid(milliseconds=now * 1000, random=self._random(10)),
            owner=owner,
            agent=agent,
            runtime_session=Secret("gh-" + encode(self._random(RUNTIME_SESSION_BYTES))),
            title=title,
            created_at=now,
            updated_at=now,
        )
        # 80 random bits: what is there already is our own write, whose answer was lost.
        with suppress(ConditionFailed):
            await self._table.put(self._item(chat), condition=Absent())
        self._remembered.put(chat.key, chat)
        return chat

    async def find(self, owner: Owner, chat_id: str, *, now: NumericDate) -> Chat:
        """Return the owner's chat. Raises ChatUnknown."""
        if not is_chat_id(chat_id):
            raise ChatUnknown("no such chat of this subject")
        key = chat_key(owner, chat_id)
        chat = self._remembered.get(key)
        if chat is None:
            chat = await self._remembered.ask(key, partial(self._read, key, owner, now))
        return chat

    async def _read(self, key: Key, owner: Owner, now: NumericDate) -> Chat:
        item = await self._table.get(key, now=now)
        if item is None:
            raise ChatUnknown("no such chat of this subject")
        return await self._chat(item, owner)

    async def touch(self, chat: Chat, *, title: str, now: NumericDate) -> Chat:
        """Write down that the chat goes on, and give it a title if it has none."""
        changed = replace(chat, updated_at=now, title=chat.title or title, version=chat.version + 1)
        try:
            await self._table.put(self._item(changed), condition=AtVersion(chat.version))
        except ConditionFailed:
            # Another tab was quicker, or the chat was forgotten: neither is worth a failed turn.
            self._remembered.drop(chat.key)
            return chat
        self._remembered.put(chat.key, changed)
        return changed

    async def of(self, owner: Owner, *, now: NumericDate) -> list[Chat]:
        """Return the owner's chats, the most recently used first."""
        prefix = owner.key("CHAT#").sort
        items = await self._table.query(owner.partition, prefix=prefix, now=now)
        found = [await self._readable(item, owner) for item in items]
        chats = [chat for chat in found if chat is not None]
        return sorted(chats, key=lambda chat: (chat.updated_at, chat.id), reverse=True)

    async def latest(self, owner: Owner, agent: AgentName, *, now: NumericDate) -> Chat | None:
        """Return the owner's chat with this agent that `note_latest` was told of last.

        None if there is none, if it was forgotten, or cannot be read. By one row, and not by a look
        at all chats: a process that only streams may list nothing of a tenant's (`infra/policies`).
        """
        try:
            item = await self._table.get(_latest_key(owner, agent), now=now)
            return None if item is None else await self.find(owner, item.text("chat"), now=now)
        except ChatUnknown:
            return None
        except _UNREADABLE as error:
            # Another chat takes its place; else its person would be refused for as long as it is
            # kept, by agents whose clients name none.
            log.fault("chat.unreadable", error)
            return None

    async def note_latest(self, chat: Chat) -> None:
        """Write down that this is the chat which its owner last had with its agent."""
        await self._table.put(
            Item(
                key=_latest_key(chat.owner, chat.agent),
                expires_at=NumericDate(chat.updated_at + CHAT_KEPT_S),
                attributes={"chat": chat.id},
            )
        )

    async def _readable(self, item: Item, owner: Owner) -> Chat | None:
        try:
            return await self._chat(item, owner)
        except _UNREADABLE as error:
            # One that does not open must not hide the others.
            log.fault("chat.unreadable", error)
            return None

    async def forget(self, chat: Chat) -> None:
        """Remove the chat from the book."""
        self._remembered.drop(chat.key)
        await self._table.delete(chat.key)
        # Once more: somebody may have found it while it was being removed.
        self._remembered.drop(chat.key)

    async def asked_in(self, chat: Chat, message: str, *, by: str, now: NumericDate) -> str | None:
        """Write down that a message is asked in a chat; None if it is asked for the first time.

        Else the id of the chat in which it was. `message`: its client's name for it; `by`: the
        request's own id.
        """
        name = hashlib.sha256(message.encode()).hexdigest()
        asked = Item(
            key=chat.owner.key(f"ASKED#{name}"),
            expires_at=NumericDate(now + ASKED_KEPT_S),
            attributes={"chat": chat.id, "by": by},
        )
        try:
            await self._table.put(asked, condition=Absent())
        except ConditionFailed:
            found = await self._table.get(asked.key, now=now)
            # What is there already may be our own write, whose answer was lost.
            if found is not None and found.text("by") != by:
                return found.text("chat")
        return None

    def _item(self, chat: Chat) -> Item:
        plain = json.dumps([chat.title, chat.runtime_session.reveal()]).encode()
        nonce = self._random(NONCE_BYTES)
        box = seal(self._keys.current, plain, _place(chat.owner, chat.id), nonce=nonce)
        return Item(
            key=chat.key,
            version=chat.version,
            expires_at=NumericDate(chat.updated_at + CHAT_KEPT_S),
            attributes={
                "kid": box.kid,
                "box": box.content,
                "agent": chat.agent,
                "created_at": chat.created_at,
                "updated_at": chat.updated_at,
            },
        )

    async def _chat(self, item: Item, owner: Owner) -> Chat:
        chat_id = item.key.sort.rpartition("#")[2]
        box = Box(item.text("kid"), item.octets("box"))
        keyring = await self._keys.with_key(box.kid)
        try:
            title, runtime_session = json.loads(unseal(keyring, box, _place(owner, chat_id)))
        except (SealBroken, ValueError) as error:
            raise RowMalformed("a chat does not open") from error
        return Chat(
            id=chat_id,
            owner=owner,
            agent=AgentName(item.text("agent")),
            runtime_session=Secret(runtime_session),
            title=title,
            created_at=NumericDate(item.number("created_at")),
            updated_at=NumericDate(item.number("updated_at")),
            version=item.version,
        )


def _latest_key(owner: Owner, agent: AgentName) -> Key:
    return owner.key(f"LATEST#{agent}")


def _place(owner: Owner, chat_id: str) -> Place:
    key = chat_key(owner, chat_id)
    return Place(purpose="chat", salt=chat_id.encode(), context=f"{key.partition}\n{key.sort}")
