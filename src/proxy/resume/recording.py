"""A turn in this process: its newest events in memory, for who follows it and for the journal."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from trust.journal.record import TurnPlace

WINDOW_BYTES = 256 << 10
"""How much of a turn stays in memory once the journal has it: whoever is further behind, a slow
browser say, reads the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Events that cannot be had any more, and why."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What follows a position: perhaps a gap, then events, then perhaps the end."""

    first: int
    """The number of the first event; of the one that is due if there are none."""
    events: Sequence[bytes] = ()
    gap: Gap | None = None
    end: str | None = None
    """How the turn ended, if nothing follows these events."""
    last: int = 0
    """The number of the newest event that is known; of the turn's last one once it has ended."""
    all_told: bool = False
    """Whether no event beyond that was told to anybody before this turn was opened for reading."""
    more: bool = False
    """Whether it is known that more follows: no need to wait for it."""

    @property
    def is_news(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.events) or self.gap is not None or self.end is not None


class Recording:
    """The events of a turn that goes on, by their numbers from 1."""

    def __init__(self, place: TurnPlace) -> None:
        self.place = place
        self.end: str | None = None
        self.noted = False
        """Whether the journal knows of it, and has it for the chat's newest turn until another."""
        self._events: deque[bytes] = deque()
        self._first = 1
        self.octets = 0
        """How many bytes are held in memory."""
        self._changed = asyncio.Event()

    @property
    def last(self) -> int:
        """The number of the newest event; 0 if there is none yet."""
        return self._first + len(self._events) - 1

    def add(self, events: Sequence[bytes]) -> None:
        """Add events, and tell everybody who waits."""
        self._events.extend(events)
        self.octets += sum(map(len, events))
        self._tell()

    def finish(self, end: str) -> None:
        """Say how the turn ended; the first word counts."""
        if self.end is None:
            self.end = end
            self._tell()

    def kept(self, number: int) -> None:
        """Note that the journal has the events up to this one; the oldest need not stay here."""
        while self._events and self._first <= number and self.octets > WINDOW_BYTES:
            self.octets -= len(self._events.popleft())
            self._first += 1

    def page(self, after: int) -> Page | None:
        """Return what follows event `after`; None if that is in the journal alone."""
        if after + 1 < self._first:
            return None
        start = after + 1 - self._first
        events = [self._events[index] for index in range(start, len(self._events))]
        return Page(first=after + 1, events=events, end=self.end, last=self.last, all_told=True)

    async def changed(self, after: int) -> None:
        """Wait for an event after this one, or the end."""
        while self.end is None and self.last <= after:
            await self._changed.wait()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
