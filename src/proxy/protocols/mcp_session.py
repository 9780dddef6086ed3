"""The MCP session: the browser's name for it, and AgentCore's.

AgentCore leads a message to the microVM that its `Mcp-Session-Id` names, whoever sends it: the id
is to MCP what the runtime session id is to the other protocols, and as secret. The browser gets our
own name instead: the chat's id, and behind a dot the id that AgentCore, or the server behind it,
gave out at `initialize`, sealed for this person and this chat. So it opens for nobody else, nothing
has to be stored, and a name that does not open is an unknown session: 404, after which the client
initialises anew (2025-11-25, Session Management).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from trust.chat.record import Chat, ChatUnknown, chat_key, is_chat_id
from trust.registry.record import Agent, Protocol
from trust.seal.box import NONCE_BYTES, KeyUnknown, Place, SealBroken, parse_box, seal, unseal
from trust.seal.keys import KeyringSource
from trust.secret import Secret
from trust.session.record import Owner

HEADER = "Mcp-Session-Id"

MAX_NAME_CHARS = 1024
"""Longest name of a session that is looked at."""

_RUNTIME_SESSION_CHARS = range(33, 257)
"""Lengths that AgentCore takes for a runtime session id (botocore 2024-02-28)."""

_VISIBLE = re.compile(r"[!-~]{1,256}", re.ASCII)


class Named(NamedTuple):
    """A session as the browser named it."""

    chat_id: str
    session: Secret | None
    """The id given out at `initialize`; None if none was, or if the chat was named by `Chat-Id`."""


class McpSessions:
    """Gives sessions their names, and reads them."""

    def __init__(self, keys: KeyringSource, *, random: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._random = random

    def name(self, chat: Chat, given: str | None) -> str:
        """Return the browser's name of a session; `given`: the answer's own `Mcp-Session-Id`."""
        if given is None or not _VISIBLE.fullmatch(given):
            return chat.id
        place = _place(chat.owner, chat.id)
        nonce = self._random(NONCE_BYTES)
        return f"{chat.id}.{seal(self._keys.current, given.encode(), place, nonce=nonce)}"

    async def read(self, owner: Owner, name: str) -> Named:
        """Return what `owner` means by a session's name. Raises ChatUnknown."""
        chat_id, dot, sealed = name[:MAX_NAME_CHARS].partition(".")
        if not is_chat_id(chat_id):
            raise ChatUnknown("not a name of a session")
        if not dot:
            return Named(chat_id=chat_id, session=None)
        try:
            box = parse_box(sealed)
            keyring = await self._keys.with_key(box.kid)
            plain = unseal(keyring, box, _place(owner, chat_id))
        except (SealBroken, KeyUnknown) as error:
            raise ChatUnknown("the name of a session does not open") from error
        return Named(chat_id=chat_id, session=Secret(plain.decode()))

    async def named(
        self, owner: Owner, *, chat_id: str | None, session: str | None
    ) -> Named | None:
        """Return the session that a request names by its headers; None if it names none.

        Raises ChatUnknown, also where `Chat-Id` and `Mcp-Session-Id` name two.
        """
        if session is None:
            return None if chat_id is None else Named(chat_id=chat_id, session=None)
        found = await self.read(owner, session)
        if chat_id not in {None, found.chat_id}:
            raise ChatUnknown("Chat-Id and Mcp-Session-Id name two chats")
        return found


def addressed(chat: Chat, session: Secret | None) -> Chat:
    """Return the chat with the runtime session by which AgentCore knows its MCP session.

    Both of AgentCore's headers then say the same, and a stop ends the right microVM. An id that a
    server made too short for a runtime session's cannot be stopped, and idles out.
    """
    if session is None or len(session.reveal()) not in _RUNTIME_SESSION_CHARS:
        return chat
    return replace(chat, runtime_session=session)


def reached(
    chat: Chat, agent: Agent, session: Secret | None = None, *, opens: bool = False
) -> "Reached":
    """Return how a chat is reached; `opens`: by `initialize`. Only MCP adds anything."""
    if agent.protocol is not Protocol.MCP:
        return Reached(chat=chat, headers={})
    known = addressed(chat, session)
    return Reached(chat=known, headers=session_header(known, session, opens=opens))


class Reached(NamedTuple):
    """A chat as the call names it, and the header that leads the call to its microVM."""

    chat: Chat
    headers: Mapping[str, str]


def session_header(chat: Chat, session: Secret | None, *, opens: bool) -> dict[str, str]:
    """Return the header that leads a call to its microVM.

    `initialize` has none: a server that keeps sessions would refuse one that it does not know. A
    message after it that was given none goes by the chat's own id: AgentCore takes any.
    """
    if opens:
        return {}
    return {HEADER: (session or chat.runtime_session).reveal()}


def answered(sessions: McpSessions, chat: Chat, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the header by which the answer to `initialize` names its session."""
    return {HEADER.lower(): sessions.name(chat, headers.get(HEADER.lower()))}


def _place(owner: Owner, chat_id: str) -> Place:
    key = chat_key(owner, chat_id)
    context = f"{key.partition}\n{key.sort}"
    return Place(purpose="mcp session", salt=chat_id.encode(), context=context)
