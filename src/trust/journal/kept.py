"""How events become rows, and which of them are kept: decisions without a store."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from trust.clock import NumericDate
from trust.journal.record import (
    EVENTS_KEPT_S,
    MAX_BYTES,
    MAX_EVENTS,
    ROW_BYTES,
    ROW_EVENTS,
    Head,
    Row,
    framed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of a turn is kept; how large a row may be, in bytes, and how many events of."""

    events: int = MAX_EVENTS
    octets: int = MAX_BYTES
    row: int = ROW_BYTES
    row_events: int = ROW_EVENTS


@dataclass(frozen=True, slots=True)
class _Held:
    ends: int
    octets: int


class Kept:
    """The rows of one turn, as whoever writes it knows them."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._rows: deque[_Held] = deque()
        self._first_row = 0
        self._first_event = 1
        self._next_event = 1
        self._octets = 0
        self._version = 0
        self._torn = False
        """Whether the row before the first one was not the end of its event."""

    def added(self, events: Sequence[bytes], *, last: bool = False) -> list[Row]:
        """Return the rows that these events make, after all earlier ones."""
        rows = [
            self._row(content, ends, last=False) for content, ends in _slices(events, self._bounds)
        ]
        if last:
            rows.append(self._row(b"", 0, last=True))
        return rows

    def _row(self, content: bytes, ends: int, *, last: bool) -> Row:
        ordinal = self._first_row + len(self._rows)
        row = Row(ordinal=ordinal, first=self._next_event, ends=ends, content=content, last=last)
        self._rows.append(_Held(ends, len(content)))
        self._next_event += ends
        self._octets += len(content)
        return row

    def dropped(self) -> range:
        """Forget the oldest rows where more is kept than may be; return their ordinals.

        An eighth at a time, so that the head need not be written anew for every row.
        """
        first = self._first_row
        if self._over(1.0):
            while self._rows and (self._over(7 / 8) or self._torn):
                self._drop()
        return range(first, self._first_row)

    def _over(self, share: float) -> bool:
        events = self._next_event - self._first_event
        return events > self._bounds.events * share or self._octets > self._bounds.octets * share

    def _drop(self) -> None:
        row = self._rows.popleft()
        self._first_row += 1
        self._first_event += row.ends
        self._octets -= row.octets
        self._torn = row.ends == 0

    def head(self, *, now: NumericDate, end: str | None = None) -> Head:
        """Return the head as it is to be written now: another sign of life, or the end."""
        self._version += 1
        return Head(
            version=self._version,
            first_row=self._first_row,
            first_event=self._first_event,
            ends=tuple(row.ends for row in self._rows),
            marked_at=now,
            end=end,
            kept_until=None if end is None else NumericDate(now + EVENTS_KEPT_S),
        )


def _slices(events: Sequence[bytes], bounds: Bounds) -> list[tuple[bytes, int]]:
    """Return contents of rows, and how many events end in each."""
    slices = list[tuple[bytes, int]]()
    together = list[bytes]()
    size = 0
    for event in events:
        length = len(event) + 4
        if together and (size + length > bounds.row or len(together) >= bounds.row_events):
            slices.append((framed(together), len(together)))
            together, size = [], 0
        if length > bounds.row:
            slices.extend(_cut(framed([event]), bounds.row))
        else:
            together.append(event)
            size += length
    if together:
        slices.append((framed(together), len(together)))
    return slices


def _cut(content: bytes, most: int) -> list[tuple[bytes, int]]:
    """Cut a single event's content: it ends in the last of the slices."""
    cuts = range(0, len(content), most)
    return [(content[at : at + most], int(at == cuts[-1])) for at in cuts]
