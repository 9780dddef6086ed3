"""Watching a session while its stream is open."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from fakes.clock import StoppedClock
from fakes.desk import Desk, open_desk
from fakes.faulty_table import FaultyTable
from fakes.login import ALICE, CAROL, IDLE_S, cookie_of, expiring, new_session
from fakes.proxy.asgi import WAIT_S, others_run
from fakes.token_endpoint import RotatingEndpoint
from proxy.errors import SessionRevoked
from proxy.streams import Stream, StreamLimits, Streams
from proxy.watch import AT_ONCE, EVERY_S, Watch
from trust import log
from trust.clock import NumericDate
from trust.session.record import Session
from trust.store.memory import MemoryTable
from trust.store.table import Item, Key

Pause = Callable[[float], Awaitable[None]]


class Looks:
    """Counts the pauses; does something before the look after pause number `at`."""

    def __init__(self, clock: StoppedClock, at: int, what: Callable[[], Awaitable[None]]) -> None:
        self._clock, self._at, self._what = clock, at, what
        self.count = 0

    async def __call__(self, seconds: float) -> None:
        """Let the time go on by a pause."""
        assert seconds == EVERY_S
        self.count += 1
        if self.count == self._at:
            await self._what()
        assert self.count < 50, "the watch does not end"
        await self._clock.pause(seconds)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def table() -> FaultyTable:
    return FaultyTable(MemoryTable())


@pytest.fixture
def desk(table: FaultyTable, clock: StoppedClock) -> Desk:
    return open_desk(table, clock, RotatingEndpoint(clock), cache_s=1)


@pytest.fixture
async def session(desk: Desk) -> Session:
    return await desk.log_in(new_session(ALICE))


@dataclass(eq=False)
class Watched:
    """A stream that is open, and a watch over it with pauses of the test's making."""

    desk: Desk
    session: Session
    stream: Stream = field(default_factory=Stream)
    watch: Watch | None = None

    def begin(self, pause: Pause) -> None:
        """Open the stream, and so begin to watch."""
        streams = Streams(StreamLimits(per_subject=1, per_tenant=1, total=1))
        self.watch = Watch(self.desk.admission, streams, pause)
        self.stream = streams.count_in(ALICE, cookie_of(self.session))

    async def until_cut(self, pause: Pause) -> None:
        """Watch until the stream has to end."""
        self.begin(pause)
        await self.cut()

    async def cut(self) -> None:
        """Wait until the stream has to end."""
        with pytest.raises(SessionRevoked), self.stream.within(WAIT_S):
            await asyncio.Event().wait()


@pytest.fixture
async def watched(desk: Desk, session: Session) -> AsyncIterator[Watched]:
    found = Watched(desk, session)
    yield found
    if found.watch is not None:
        await found.watch.close()


async def test_a_revoked_session_cuts_its_stream_within_two_seconds(
    desk: Desk, session: Session, watched: Watched, clock: StoppedClock
) -> None:
    revoked_at: list[float] = []

    async def revoke() -> None:
        await desk.ledger.end(session.owner, session.id_hash)
        revoked_at.append(clock.monotonic())

    await watched.until_cut(Looks(clock, 5, revoke))

    assert isinstance(watched.stream.why, SessionRevoked)
    assert clock.monotonic() - revoked_at[0] <= 2


class SlowForGlobex(FaultyTable):
    """Answers for one tenant's rows only once it is `open`."""

    def __init__(self) -> None:
        super().__init__(MemoryTable())
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = 0

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item."""
        if CAROL.tenant in key.partition:
            self.waiting += 1
            await self.open.wait()
        return await super().get(key, now=now)


async def test_one_tenants_slow_rows_do_not_hide_anothers_revocation(clock: StoppedClock) -> None:
    table = SlowForGlobex()
    desk = open_desk(table, clock, RotatingEndpoint(clock))
    streams = Streams(StreamLimits(per_subject=100, per_tenant=100, total=200))

    async def never(_: float) -> None:
        await asyncio.Event().wait()

    watch = Watch(desk.admission, streams, never)
    # More of them than are looked at at once, so that the other's turn comes after theirs.
    slow = [
        streams.count_in(CAROL, cookie_of(await desk.log_in(new_session(CAROL))))
        for _ in range(AT_ONCE + 1)
    ]
    session = await desk.log_in(new_session(ALICE))
    stream = streams.count_in(ALICE, cookie_of(session))
    table.open.clear()

    try:
        async with asyncio.timeout(WAIT_S):
            await watch.look()
            await desk.ledger.end(session.owner, session.id_hash)
            await watch.look()

        assert isinstance(stream.why, SessionRevoked)
        assert all(other.why is None for other in slow)
        # One look at each is under way, and no second one is begun beside it.
        assert table.waiting == len(slow)
    finally:
        await watch.close()


async def test_a_session_that_runs_out_cuts_its_stream(
    desk: Desk, session: Session, watched: Watched, clock: StoppedClock
) -> None:
    async def time_passes() -> None:
        clock.advance(IDLE_S)

    await watched.until_cut(Looks(clock, 2, time_passes))

    assert isinstance(watched.stream.why, SessionRevoked)


async def test_a_stream_that_hangs_on_no_session_is_not_cut(desk: Desk) -> None:
    async def pause(_: float) -> None:
        await asyncio.Event().wait()

    streams = Streams(StreamLimits(per_subject=1, per_tenant=1, total=1))
    watch = Watch(desk.admission, streams, pause)
    with streams.opened(ALICE) as stream:
        await watch.look()
    await watch.close()

    assert stream.why is None


async def test_a_watch_that_was_closed_looks_no_more(watched: Watched) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    watched.begin(pause)
    await others_run()
    assert watched.watch is not None
    await watched.watch.close()
    before, left = len(pauses), asyncio.all_tasks() - {asyncio.current_task()}
    await others_run()

    assert len(pauses) == before > 0
    assert left == set()


async def test_a_store_that_cannot_be_asked_cuts_nothing(
    desk: Desk, session: Session, watched: Watched, clock: StoppedClock, table: FaultyTable
) -> None:
    async def outage() -> None:
        table.down = True

    looks = Looks(clock, 2, outage)
    task = asyncio.ensure_future(watched.until_cut(looks))
    async with asyncio.timeout(WAIT_S):
        while looks.count < 20:
            await asyncio.sleep(0)
    still_open = watched.stream.why is None
    table.down = False
    await desk.ledger.end(session.owner, session.id_hash)
    await task

    assert still_open
    assert isinstance(watched.stream.why, SessionRevoked)


async def test_one_broken_look_is_not_the_last(
    desk: Desk, session: Session, watched: Watched, clock: StoppedClock, table: FaultyTable
) -> None:
    async def break_and_mend() -> None:
        table.down = True

    looks = Looks(clock, 3, break_and_mend)

    async def pause(seconds: float) -> None:
        table.down = False
        if looks.count == 6:
            await desk.ledger.end(session.owner, session.id_hash)
        await looks(seconds)

    await watched.until_cut(pause)

    assert isinstance(watched.stream.why, SessionRevoked)


async def test_a_look_that_fails_in_an_unknown_way_is_not_the_last(
    desk: Desk,
    session: Session,
    watched: Watched,
    clock: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object, **__: object) -> None:
        monkeypatch.undo()
        await desk.ledger.end(session.owner, session.id_hash)
        raise ValueError

    async def plant() -> None:
        monkeypatch.setattr(desk.admission, "identify", broken)

    await watched.until_cut(Looks(clock, 2, plant))

    assert isinstance(watched.stream.why, SessionRevoked)


async def test_a_provider_that_hangs_does_not_hide_a_revocation(
    desk: Desk, clock: StoppedClock, watched: Watched
) -> None:
    session = await desk.log_in(expiring(new_session(ALICE), at=clock.now() + 10))
    desk.endpoint.open.clear()

    async def pause(_: float) -> None:
        clock.advance(EVERY_S)
        await others_run()

    watched.session = session
    watched.begin(pause)
    try:
        await others_run()
        await desk.ledger.end(session.owner, session.id_hash)
        await watched.cut()
        assert not desk.endpoint.entered.is_set()
    finally:
        desk.endpoint.open.set()


async def test_a_session_that_is_watched_is_a_session_in_use(
    desk: Desk, session: Session, watched: Watched, clock: StoppedClock
) -> None:
    looks = 0

    async def pause(_: float) -> None:
        nonlocal looks
        looks += 1
        clock.advance(IDLE_S - 1)
        if looks == 4:
            await desk.ledger.end(session.owner, session.id_hash)
        await asyncio.sleep(0)

    await watched.until_cut(pause)

    assert looks >= 4


async def test_many_streams_of_a_session_cost_one_look(
    desk: Desk, session: Session, clock: StoppedClock, table: FaultyTable
) -> None:
    streams = Streams(StreamLimits(per_subject=50, per_tenant=50, total=50))
    watch = Watch(desk.admission, streams, clock.pause)
    for _ in range(50):
        streams.count_in(ALICE, cookie_of(session))
    await watch.close()
    clock.advance(5)
    before = table.reads

    await watch.look()

    assert table.reads - before == 1


async def test_nobody_watches_while_nothing_is_open(desk: Desk, session: Session) -> None:
    streams = Streams(StreamLimits(per_subject=1, per_tenant=1, total=1))
    paused = asyncio.Queue[float]()
    go_on = asyncio.Semaphore(0)

    async def pause(seconds: float) -> None:
        paused.put_nowait(seconds)
        await go_on.acquire()

    Watch(desk.admission, streams, pause)
    with streams.opened(ALICE, cookie_of(session)):
        assert await paused.get() == EVERY_S
    go_on.release()
    await others_run()
    assert paused.empty()
    with streams.opened(ALICE, cookie_of(session)):
        assert await paused.get() == EVERY_S
    go_on.release()
    await others_run()


async def test_what_is_seen_of_others_is_not_written_down_under_the_request_that_began_it(
    desk: Desk, session: Session, table: FaultyTable, caplog: pytest.LogCaptureFixture
) -> None:
    async def turn(_: float) -> None:
        await asyncio.sleep(0)

    table.down = True
    streams = Streams(StreamLimits(per_subject=2, per_tenant=2, total=2))
    watch = Watch(desk.admission, streams, turn)
    with log.about(request="first", address="192.0.2.1"):
        streams.count_in(ALICE, cookie_of(session))
    with caplog.at_level(logging.INFO, logger="gatehouse"):
        async with asyncio.timeout(WAIT_S):
            while not (lines := [record.getMessage() for record in caplog.records]):
                await asyncio.sleep(0)
    await watch.close()

    assert "look_failed" in lines[0]
    assert "first" not in lines[0]
    assert "192.0.2.1" not in lines[0]
