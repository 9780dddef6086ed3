"""What the journal of a turn consists of: its place, its head, its rows.

Rows hold the turn's events in order, sealed. The head says which rows there are, how many events
end in each, that the turn goes on, or how it ended; its events can be found by their numbers
without reading all of them.
"""

import itertools
from bisect import bisect_left
from dataclasses import dataclass

from trust.clock import NumericDate
from trust.session.record import Owner
from trust.store.table import Key

EVENTS_KEPT_S = 30 * 60
"""How long events are kept after the end of their turn."""

HEAD_KEPT_S = 24 * 3600
"""How long it is known after the end that there was such a turn, and how it ended."""

MAX_EVENTS = 10_000
MAX_BYTES = 16 << 20
"""How much of a turn is kept; of more, the oldest events go."""

ROW_BYTES = 256 << 10
"""Largest content of a row: DynamoDB takes items of less than 400 KB."""

ROW_EVENTS = MAX_EVENTS // 16
"""Most events of a row, however small they are. Rows are dropped whole: one that holds more than a
turn may keep would take the newest events with it."""

COMPLETE = "complete"
"""How a turn ended that ended well; any other end is the code of an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPlace:
    """Whose turn it is, of which chat, and its own id (a ULID).

    A partition for each chat: one that writes fast gets none of its tenant's other rows into
    trouble (DynamoDB bounds what a partition takes). The subject is in its key, so nobody reads
    another's journal by an id alone.
    """

    owner: Owner
    chat: str
    turn: str

    @property
    def partition(self) -> str:
        """The partition of the chat's journal."""
        return chat_partition(self.owner, self.chat)

    @property
    def head(self) -> Key:
        """Where the head is."""
        return Key(self.partition, f"{HEADS}{self.turn}")

    def row(self, ordinal: int) -> Key:
        """Where a row is."""
        return Key(self.partition, f"{ROWS}{self.turn}#{ordinal:08}")


HEADS, ROWS = "HEAD#", "ROW#"
"""What the sort keys of a chat's heads and rows begin with."""


def chat_partition(owner: Owner, chat: str) -> str:
    """Return the partition of everything that the journal has of a chat."""
    return f"{owner.partition}#SUBJECT#{owner.subject}#CHAT#{chat}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Events in a row of the table. An event that is too large for one goes on in the next."""

    ordinal: int
    first: int
    """The number of the first event of it, or of the one that goes on in it."""
    ends: int
    """How many events end in it."""
    content: bytes
    last: bool = False
    """Whether nothing follows: the turn has ended."""

    @property
    def goes_on(self) -> bool:
        """Whether its only event goes on in the next row."""
        return self.ends == 0 and not self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is there of a turn. `version` counts the signs of life of whoever writes it."""

    version: int
    first_row: int
    first_event: int
    """The number of the first event in the first row."""
    ends: tuple[int, ...]
    """How many events end in each row from the first one on."""
    marked_at: NumericDate
    end: str | None = None
    """How the turn ended; None while it goes on."""
    kept_until: NumericDate | None = None
    """When the events are dropped; None while the turn goes on."""

    @property
    def _starts(self) -> list[int]:
        """The number of the first event of each row, and at last of the row that may follow."""
        return list(itertools.accumulate(self.ends, initial=self.first_event))

    @property
    def last_event(self) -> int:
        """The number of the newest event that the head knows of; 0 if there is none."""
        return self.first_event + sum(self.ends) - 1

    @property
    def next_row(self) -> int:
        """The ordinal of the first row that the head does not know of."""
        return self.first_row + len(self.ends)

    def row_of(self, number: int) -> tuple[int, int]:
        """Return the ordinal of the row in which an event begins, and that row's first event.

        `number` is not before `first_event`. For one that the head does not know, the row from
        which it can be reached.
        """
        starts = self._starts
        index = bisect_left(starts, number)
        if index == len(starts) or starts[index] != number:
            index -= 1
        return self.first_row + index, starts[index]


def pack(counts: tuple[int, ...]) -> bytes:
    """Return counts in as few bytes as they need: seven bits each, the eighth says that more come.

    A turn of ten thousand rows has a head of ten kilobytes.
    """
    packed = bytearray()
    for count in counts:
        rest = count
        while rest > 0x7F:  # noqa: PLR2004 seven bits
            packed.append(rest & 0x7F | 0x80)
            rest >>= 7
        packed.append(rest)
    return bytes(packed)


def unpack(packed: bytes) -> tuple[int, ...]:
    """Read what `pack` wrote."""
    counts, count, shift = list[int](), 0, 0
    for byte in packed:
        count |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 the eighth bit
            counts.append(count)
            count, shift = 0, 0
    return tuple(counts)


def framed(events: list[bytes]) -> bytes:
    """Return events as the content of a row: each behind its length, in four bytes."""
    return b"".join(len(event).to_bytes(4, "big") + event for event in events)


def unframed(content: bytes) -> list[bytes]:
    """Read what `framed` wrote."""
    events, at = list[bytes](), 0
    while at < len(content):
        start = at + 4
        at = start + int.from_bytes(content[at:start], "big")
        events.append(content[start:at])
    return events
