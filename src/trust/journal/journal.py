"""The journal of turns in the table: written by one process, read by any (docs/adr/0019)."""

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from trust.clock import NumericDate
from trust.journal.record import (
    EVENTS_KEPT_S,
    HEAD_KEPT_S,
    HEADS,
    ROWS,
    Head,
    Row,
    TurnPlace,
    chat_partition,
    pack,
    unpack,
)
from trust.seal.box import NONCE_BYTES, Box, Place, SealBroken, seal, unseal
from trust.seal.keys import KeyringSource
from trust.session.record import Owner
from trust.store.table import (
    COUNT,
    Absent,
    ConditionFailed,
    Item,
    Key,
    Present,
    RowMalformed,
    Table,
)

_NEWEST, _STOPS = "NEWEST", "STOPS"


class Forgotten(Exception):
    """The turn's journal was removed while it was being written."""


class Written(NamedTuple):
    """What a writer knows of its turn: where, and until when it lasts at the longest."""

    place: TurnPlace
    ends_by: NumericDate


class Journal:
    """Reads and writes heads and rows; what agents say is sealed with the keyring."""

    def __init__(
        self, table: Table, keys: KeyringSource, *, random: Callable[[int], bytes]
    ) -> None:
        self._table = table
        self._keys = keys
        self._random = random

    async def begin(self, turn: Written, head: Head) -> None:
        """Write down that the turn goes on, and that it is the chat's newest."""
        # A turn's id is random: what is there already is our own write, whose answer was lost.
        with suppress(ConditionFailed):
            await self._table.put(_head_item(turn, head), condition=Absent())
        place = turn.place
        newest = Item(
            key=Key(place.partition, _NEWEST),
            expires_at=_head_expiry(turn, head),
            attributes={"turn": place.turn},
        )
        await self._table.put(newest)

    async def mark(self, turn: Written, head: Head) -> None:
        """Write the head anew: what there is, a sign of life, or the end. Raises Forgotten."""
        try:
            await self._table.put(_head_item(turn, head), condition=Present())
        except ConditionFailed as error:
            raise Forgotten from error

    async def append(self, turn: Written, row: Row) -> None:
        """Write a row; writing it again changes nothing."""
        key = turn.place.row(row.ordinal)
        nonce = self._random(NONCE_BYTES)
        box = seal(self._keys.current, row.content, _place(turn.place, row), nonce=nonce)
        await self._table.put(
            Item(
                key=key,
                expires_at=NumericDate(turn.ends_by + EVENTS_KEPT_S),
                attributes={
                    "kid": box.kid,
                    "box": box.content,
                    "first": row.first,
                    "ends": row.ends,
                    "last": int(row.last),
                },
            )
        )

    async def drop(self, place: TurnPlace, ordinals: range) -> None:
        """Remove rows."""
        for ordinal in ordinals:
            await self._table.delete(place.row(ordinal))

    async def newest(self, owner: Owner, chat: str, *, now: NumericDate) -> TurnPlace | None:
        """Return where the chat's newest turn is; None if nothing is known of any."""
        item = await self._table.get(Key(chat_partition(owner, chat), _NEWEST), now=now)
        return None if item is None else TurnPlace(owner=owner, chat=chat, turn=item.text("turn"))

    async def head(self, place: TurnPlace, *, now: NumericDate) -> Head | None:
        """Return the turn's head; None if nothing is known of it."""
        item = await self._table.get(place.head, now=now)
        return None if item is None else _head(item)

    async def row(self, place: TurnPlace, ordinal: int, *, now: NumericDate) -> Row | None:
        """Return a row; None if it is not there (yet, or any more)."""
        item = await self._table.get(place.row(ordinal), now=now)
        if item is None:
            return None
        row = Row(
            ordinal=ordinal,
            first=item.number("first"),
            ends=item.number("ends"),
            last=bool(item.number("last")),
            content=b"",
        )
        box = Box(item.text("kid"), item.octets("box"))
        keyring = await self._keys.with_key(box.kid)
        try:
            content = unseal(keyring, box, _place(place, row))
        except SealBroken as error:
            raise RowMalformed("a row of a turn does not open") from error
        return Row(ordinal=ordinal, first=row.first, ends=row.ends, last=row.last, content=content)

    async def stop(self, owner: Owner, chat: str, *, now: NumericDate) -> None:
        """Tell whoever writes a turn of the chat, on whichever process, that it has to end."""
        key = Key(chat_partition(owner, chat), _STOPS)
        await self._table.add(key, 1, expires_at=NumericDate(now + HEAD_KEPT_S))

    async def stops(self, owner: Owner, chat: str, *, now: NumericDate) -> int:
        """Return how often the chat was told to stop: another number later means another stop.

        A count and no time: no two processes need to agree about the time.
        """
        item = await self._table.get(Key(chat_partition(owner, chat), _STOPS), now=now)
        return 0 if item is None else item.number(COUNT)

    async def forget(self, owner: Owner, chat: str, *, now: NumericDate) -> None:
        """Remove everything of the chat. A turn that is being written ends with Forgotten."""
        partition = chat_partition(owner, chat)
        for item in await self._table.query(partition, prefix=HEADS, now=now):
            turn = item.key.sort.removeprefix(HEADS)
            # The head first: from then on nobody finds the rows, and their writer stops.
            await self._table.delete(item.key)
            # One that cannot be read does not say which rows are its own: they are found below.
            with suppress(RowMalformed):
                place, head = TurnPlace(owner=owner, chat=chat, turn=turn), _head(item)
                await self.drop(place, range(head.first_row, head.next_row))
        # What came since a head was last written, of which it does not know. Asked for now that the
        # others are gone: a query brings whole rows.
        for item in await self._table.query(partition, prefix=ROWS, now=now):
            await self._table.delete(item.key)
        await self._table.delete(Key(partition, _NEWEST))


def _head_expiry(turn: Written, head: Head) -> NumericDate:
    return NumericDate((turn.ends_by if head.end is None else head.marked_at) + HEAD_KEPT_S)


def _head_item(turn: Written, head: Head) -> Item:
    return Item(
        key=turn.place.head,
        version=head.version,
        expires_at=_head_expiry(turn, head),
        attributes={
            "first_row": head.first_row,
            "first_event": head.first_event,
            "ends": pack(head.ends),
            "marked_at": head.marked_at,
            "end": head.end or "",
            "kept_until": head.kept_until or 0,
        },
    )


def _head(item: Item) -> Head:
    return Head(
        version=item.version,
        first_row=item.number("first_row"),
        first_event=item.number("first_event"),
        ends=unpack(item.octets("ends")),
        marked_at=NumericDate(item.number("marked_at")),
        end=item.text("end") or None,
        kept_until=NumericDate(item.number("kept_until")) or None,
    )


def _place(place: TurnPlace, row: Row) -> Place:
    """Return where a row's box belongs: neither moved nor renumbered does it open."""
    key = place.row(row.ordinal)
    numbers = f"{row.first} {row.ends} {int(row.last)}"
    context = f"{key.partition}\n{key.sort}\n{numbers}"
    return Place(purpose="turn", salt=place.turn.encode(), context=context)
