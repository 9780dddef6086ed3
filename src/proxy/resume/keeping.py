"""Writing a recording to the journal: batch by batch, one in flight while the next one fills."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

from proxy.resume.pace import Pace
from proxy.resume.recording import Recording
from trust import log
from trust.clock import Clock
from trust.journal.journal import Forgotten, Journal, Written
from trust.journal.kept import Kept
from trust.journal.record import Head
from trust.store.table import StoreUnavailable

BATCH_BYTES = 64 << 10
"""A batch of this size waits for no more events."""

FULL_BYTES = 256 << 10
"""While the batch before is still being written, the next one may come to this; then the agent
waits. For a store that is away it is about half a minute of an agent's talking."""


class Keeping:
    """The one writer of a turn's journal."""

    def __init__(
        self,
        recording: Recording,
        journal: Journal,
        kept: Kept,
        written: Written,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self._recording = recording
        self._journal = journal
        self._kept = kept
        self._written = written
        self._clock = clock
        self._pace = pace
        self._filling = list[bytes]()
        self._octets = 0
        self._number = 0
        self._end: str | None = None
        self._begun, self._some, self._much = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._taken = asyncio.Event()
        self._marked_at = 0.0
        self._told = 0
        """The first row that the head does not know of, as it is stored."""

    def begin(self) -> None:
        """Let the writing begin: from now on there is such a turn."""
        self._begun.set()

    def offer(self, events: Sequence[bytes]) -> None:
        """Take events to be written; at least one."""
        self._filling.extend(events)
        self._octets += sum(map(len, events))
        self._some.set()
        if self._octets >= BATCH_BYTES:
            self._much.set()

    async def room(self) -> None:
        """Wait until more events may be offered."""
        while self._octets >= FULL_BYTES:
            self._taken.clear()
            await self._taken.wait()

    def finish(self, end: str) -> None:
        """Have everything written that was offered, and the end."""
        self._end = end
        self._some.set()
        self._much.set()

    async def run(self) -> None:
        """Write until the end is written. Raises Forgotten."""
        await self._begun.wait()
        head = self._kept.head(now=self._clock.now())
        await self._insist(partial(self._journal.begin, self._written, head))
        self._recording.noted = True
        self._marked_at = _time()
        ended = False
        while not ended:
            await self._due()
            # Read before the write: what comes meanwhile is the next batch's.
            ended = self._end is not None
            await self._write(ended=ended)

    async def _due(self) -> None:
        """Wait until there is a batch, or a sign of life is due."""
        left = max(0.0, self._marked_at + self._pace.mark_s - _time())
        if await _within(self._some, left):
            await _within(self._much, self._pace.batch_s)

    async def _write(self, *, ended: bool) -> None:
        events = self._take()
        rows = self._kept.added(events)
        dropped = self._kept.dropped()
        if ended:
            rows += self._kept.added([], last=True)
        for row in rows:
            await self._insist(partial(self._journal.append, self._written, row))
        if ended or dropped or _time() >= self._marked_at + self._pace.mark_s:
            head = self._kept.head(now=self._clock.now(), end=self._end if ended else None)
            await self._mark(head)
        # After the head, which from now on says that they are gone.
        await self._insist(partial(self._journal.drop, self._written.place, dropped))
        self._recording.kept(self._number)

    async def _mark(self, head: Head) -> None:
        """Write the head. Raises Forgotten."""
        try:
            await self._insist(partial(self._journal.mark, self._written, head))
        except Forgotten:
            # Whoever forgot the turn may have looked for its rows before these came. Where the
            # store is away, they go when their time is over: the turn has to end now.
            with suppress(StoreUnavailable):
                await self._journal.drop(self._written.place, range(self._told, head.next_row))
            raise
        self._marked_at, self._told = _time(), head.next_row

    def _take(self) -> list[bytes]:
        events, self._filling, self._octets = self._filling, [], 0
        self._number += len(events)
        if self._end is None:
            self._some.clear()
            self._much.clear()
        self._taken.set()
        return events

    async def _insist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Write, again and again while the store is away: the recorder says when it is enough."""
        pause = self._pace.retry_s
        while True:
            try:
                return await work()
            except StoreUnavailable as error:
                log.fault("turn.unkept", error, turn=self._written.place.turn)
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._pace.retry_most_s)


async def _within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _time() -> float:
    return asyncio.get_running_loop().time()
