"""Following a turn in the journal: its events as another process writes them down."""

import asyncio
from itertools import takewhile

from proxy.resume.errors import StreamUnknown, TurnLost
from proxy.resume.pace import Pace
from proxy.resume.recording import Gap, Page
from trust.clock import Clock
from trust.journal.journal import Journal
from trust.journal.record import Head, Row, TurnPlace, unframed

AT_ONCE = 8
"""How many rows are read at once of a turn that is being caught up with."""

SKEW_S = 30
"""How far two machines' clocks may be apart. A writer whose last sign of life is older than that
need not be waited for as long as one who may just have given it."""

TELLING_MARKS = 2
"""Signs of life after which the journal has all that its writer had told anybody before. What comes
with the next one may have been gathered earlier; with the one behind it, it was not."""

TRUNCATED, EXPIRED = "truncated", "expired"
"""Why events are gone: there were too many of them, or it was too long ago."""


class Stored:
    """One reader of one turn. It remembers where it is: a look at what is new costs one read."""

    def __init__(
        self, journal: Journal, place: TurnPlace, head: Head, clock: Clock, pace: Pace
    ) -> None:
        self._journal = journal
        self._place = place
        self._head = head
        self._clock = clock
        self._pace = pace
        self._due: int | None = None
        """The event that is asked for next, if somebody goes on reading where they are."""
        self._row, self._number = head.first_row, head.first_event
        """The next row to be read, and the number of its first event."""
        self._told_by = head.version + TELLING_MARKS
        self._finished, self._caught_up = False, False
        self._reason = TRUNCATED
        self._looked_at = _time()
        self._alive_at = _time() - max(0, clock.now() - head.marked_at - SKEW_S)
        self._pause = pace.poll_s

    async def page(self, after: int) -> Page:
        """Return what follows event `after`; perhaps nothing yet.

        Raises TurnLost, StreamUnknown, StoreUnavailable, RowMalformed, KeyUnknown.
        """
        wanted = after + 1
        await self._go_to(wanted)
        row = self._row
        first, events = (self._number, []) if self._finished else await self._read()
        events = events[max(0, wanted - first) :]
        # All of it was seen, and is not in the head yet: the next row may well be there, too.
        passed = not events and self._row > row
        if not events:
            await self._look()
            first = self._number
        gap = Gap(first=wanted, last=first - 1, reason=self._reason) if first > wanted else None
        page = self._page(max(first, wanted), events, gap, more=passed or gap is not None)
        self._due = page.first + len(page.events)
        return page

    async def changed(self, after: int) -> None:
        """Wait a moment: longer, the longer nothing has come."""
        del after
        await asyncio.sleep(self._pause)
        self._pause = min(1.5 * self._pause, self._pace.poll_most_s)

    def _page(self, first: int, events: list[bytes], gap: Gap | None, *, more: bool) -> Page:
        head = self._head
        over = self._finished and head.end is not None
        return Page(
            first=first,
            events=events,
            gap=gap,
            end=head.end if over else None,
            last=max(head.last_event, self._number - 1),
            all_told=head.version >= self._told_by,
            more=not over and (more or self._row < head.next_row),
        )

    async def _go_to(self, wanted: int) -> None:
        """Find the row of an event, where it is not simply the next one."""
        if wanted == self._due:
            return
        if self._due is not None:
            await self._refresh()
        self._finished = False
        head = self._head
        self._row, self._number = head.row_of(max(wanted, head.first_event))
        self._judge()

    async def _read(self) -> tuple[int, list[bytes]]:
        """Read what comes next; return the number of the first event, and the events."""
        first, events, content = self._number, list[bytes](), b""
        for row in await self._rows():
            content += row.content
            if row.goes_on:
                continue
            events += unframed(content)
            content = b""
            self._row, self._number, self._finished = (
                row.ordinal + 1,
                row.first + row.ends,
                row.last,
            )
        if not events and not self._finished:
            self._caught_up = True
            return first, events
        self._pause = self._pace.poll_s
        if self._caught_up:
            # What was there before the first look may have been there for long.
            self._alive_at = _time()
        return first, events

    async def _rows(self) -> list[Row]:
        known = self._head.next_row - self._row
        ordinals = range(self._row, self._row + min(max(known, 1), AT_ONCE))
        found = await asyncio.gather(*map(self._one, ordinals))
        rows = [row for row in takewhile(lambda row: row is not None, found) if row is not None]
        while rows and rows[-1].goes_on:
            following = await self._one(rows[-1].ordinal + 1)
            if following is None:
                break
            rows.append(following)
        if known > 0 and not rows:
            await self._missed()
        return rows

    async def _one(self, ordinal: int) -> Row | None:
        return await self._journal.row(self._place, ordinal, now=self._clock.now())

    async def _missed(self) -> None:
        """Go on behind a row that should be there, and is not: it was dropped, or has expired."""
        await self._refresh()
        if self._row >= self._head.first_row:
            self._skip_to(self._head.next_row, self._head.last_event + 1, EXPIRED)

    async def _look(self) -> None:
        """Where nothing came: learn whether the turn has ended, or its writer is gone."""
        known_end = self._finished and self._head.end is not None
        if not known_end and (self._finished or _time() - self._looked_at >= self._pace.look_s):
            await self._refresh()
        self._judge()
        if self._head.end is None and _time() - self._alive_at > self._pace.lost_s:
            raise TurnLost("no sign of life of the process that wrote it")

    async def _refresh(self) -> None:
        head = await self._journal.head(self._place, now=self._clock.now())
        if head is None:
            raise StreamUnknown("forgotten while it was followed")
        self._looked_at = _time()
        if head.version != self._head.version:
            self._alive_at = _time()
        self._head = head

    def _judge(self) -> None:
        """Do what the head says: go on where events were dropped, or end."""
        head = self._head
        if head.kept_until is not None and head.kept_until <= self._clock.now():
            self._skip_to(head.next_row, head.last_event + 1, EXPIRED)
        elif self._row < head.first_row:
            self._skip_to(head.first_row, head.first_event, TRUNCATED)
        if head.end is not None and self._row >= head.next_row:
            self._finished = True

    def _skip_to(self, row: int, number: int, reason: str) -> None:
        self._row, self._number, self._reason = row, max(number, self._number), reason


def _time() -> float:
    return asyncio.get_running_loop().time()
