"""Watching a session while its stream is open."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from fakes.clock import StoppedClock
from fakes.desk import Desk, open_desk
from fakes.faulty_table import FaultyTable
from fakes.login import ALICE, IDLE_S, cookie_of, expiring, new_session
from fakes.proxy.asgi import WAIT_S, others_run
from fakes.token_endpoint import RotatingEndpoint
from proxy.errors import SessionRevoked
from proxy.streams import Stream
from proxy.watch import EVERY_S, watch
from trust.chat.record import chat_key
from trust.session.record import Session
from trust.store.memory import MemoryTable

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


@pytest.fixture
def stream() -> Stream:
    return Stream(chat=chat_key(ALICE, "01ARZ3NDEKTSV4RRFFQ69G5FAV"))


async def watched(desk: Desk, session: Session, stream: Stream, pause: Pause) -> None:
    async with asyncio.timeout(WAIT_S):
        await watch(desk.admission, cookie_of(session), stream, pause)


async def test_a_revoked_session_cuts_its_stream_within_two_seconds(
    desk: Desk, session: Session, stream: Stream, clock: StoppedClock
) -> None:
    revoked_at: list[float] = []

    async def revoke() -> None:
        await desk.ledger.end(session.owner, session.id_hash)
        revoked_at.append(clock.monotonic())

    await watched(desk, session, stream, Looks(clock, 5, revoke))

    assert isinstance(stream.why, SessionRevoked)
    assert clock.monotonic() - revoked_at[0] <= 2


async def test_a_session_that_runs_out_cuts_its_stream(
    desk: Desk, session: Session, stream: Stream, clock: StoppedClock
) -> None:
    async def time_passes() -> None:
        clock.advance(IDLE_S)

    await watched(desk, session, stream, Looks(clock, 2, time_passes))

    assert isinstance(stream.why, SessionRevoked)


async def test_a_store_that_cannot_be_asked_cuts_nothing(
    desk: Desk, session: Session, stream: Stream, clock: StoppedClock, table: FaultyTable
) -> None:
    async def outage() -> None:
        table.down = True

    looks = Looks(clock, 2, outage)
    task = asyncio.ensure_future(watched(desk, session, stream, looks))
    async with asyncio.timeout(WAIT_S):
        while looks.count < 20:
            await asyncio.sleep(0)
    still_open = stream.why is None
    table.down = False
    await desk.ledger.end(session.owner, session.id_hash)
    await task

    assert still_open
    assert isinstance(stream.why, SessionRevoked)


async def test_one_broken_look_is_not_the_last(
    desk: Desk, session: Session, stream: Stream, clock: StoppedClock, table: FaultyTable
) -> None:
    async def break_and_mend() -> None:
        table.down = True

    looks = Looks(clock, 3, break_and_mend)

    async def pause(seconds: float) -> None:
        table.down = False
        if looks.count == 6:
            await desk.ledger.end(session.owner, session.id_hash)
        await looks(seconds)

    await watched(desk, session, stream, pause)

    assert isinstance(stream.why, SessionRevoked)


async def test_a_look_that_fails_in_an_unknown_way_is_not_the_last(
    desk: Desk,
    session: Session,
    stream: Stream,
    clock: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object, **__: object) -> None:
        monkeypatch.undo()
        await desk.ledger.end(session.owner, session.id_hash)
        raise ValueError

    async def plant() -> None:
        monkeypatch.setattr(desk.admission, "identify", broken)

    await watched(desk, session, stream, Looks(clock, 2, plant))

    assert isinstance(stream.why, SessionRevoked)


async def test_a_provider_that_hangs_does_not_hide_a_revocation(
    desk: Desk, clock: StoppedClock, stream: Stream
) -> None:
    session = await desk.log_in(expiring(new_session(ALICE), at=clock.now() + 10))
    desk.endpoint.open.clear()

    async def pause(_: float) -> None:
        clock.advance(EVERY_S)
        await others_run()

    watching = asyncio.ensure_future(watch(desk.admission, cookie_of(session), stream, pause))
    try:
        await others_run()
        await desk.ledger.end(session.owner, session.id_hash)
        async with asyncio.timeout(WAIT_S):
            await stream.cut.wait()
        assert not desk.endpoint.entered.is_set()
    finally:
        desk.endpoint.open.set()
        watching.cancel()
        await asyncio.wait({watching})


async def test_a_session_that_is_watched_is_a_session_in_use(
    desk: Desk, session: Session, stream: Stream, clock: StoppedClock
) -> None:
    looks = 0

    async def pause(_: float) -> None:
        nonlocal looks
        looks += 1
        clock.advance(IDLE_S - 1)
        if looks == 4:
            await desk.ledger.end(session.owner, session.id_hash)
        await asyncio.sleep(0)

    await watched(desk, session, stream, pause)

    assert looks >= 4
