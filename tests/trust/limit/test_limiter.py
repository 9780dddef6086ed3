"""Counting what may happen so often: on every table, in several processes."""

import asyncio

import pytest

from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from trust.coordinates import AppId
from trust.limit import limiter
from trust.limit.limiter import Limiter
from trust.limit.rate import Rate
from trust.store.memory import MemoryTable
from trust.store.table import COUNT, Item, Key, Table

APP = AppId("demo")
FIVE = Rate(count=5, period_s=60)
MANY = Rate(count=230, period_s=60)


@pytest.fixture
def clock() -> StoppedClock:
    """Stop the time at the beginning of a window."""
    clock = StoppedClock()
    clock.advance(60 - clock.now() % 60)
    return clock


def limiters(table: Table, clock: StoppedClock, count: int = 1) -> list[Limiter]:
    """Return the limiters of so many processes."""
    return [Limiter(table, clock, app=APP) for _ in range(count)]


async def passed(asked: list[Limiter], rate: Rate, times: int) -> int:
    """Ask so many times at once, of all in turn; return how many were let through."""
    waits = await asyncio.gather(
        *(asked[turn % len(asked)].wait_s("calls", "alice", rate) for turn in range(times))
    )
    return waits.count(0)


async def test_so_many_are_let_through_and_not_one_more(table: Table, clock: StoppedClock) -> None:
    assert await passed(limiters(table, clock), FIVE, 20) == 5


async def test_all_processes_count_as_one(table: Table, clock: StoppedClock) -> None:
    assert await passed(limiters(table, clock, 3), FIVE, 30) == 5


@pytest.mark.parametrize("processes", [1, 3])
async def test_batches_let_through_what_one_by_one_would(
    clock: StoppedClock, processes: int
) -> None:
    assert await passed(limiters(MemoryTable(), clock, processes), MANY, 600) == MANY.count


async def test_who_is_too_much_is_told_until_when(clock: StoppedClock) -> None:
    (limit,) = limiters(MemoryTable(), clock)
    await passed([limit], FIVE, 5)
    clock.advance(13)

    assert await limit.wait_s("calls", "alice", FIVE) == 47


async def test_a_new_window_begins_anew(table: Table, clock: StoppedClock) -> None:
    limit = limiters(table, clock)
    assert await passed(limit, FIVE, 9) == 5
    clock.advance(59)
    assert await passed(limit, FIVE, 9) == 0
    clock.advance(1)

    assert await passed(limit, FIVE, 9) == 5


async def test_everybody_has_a_count_of_their_own(clock: StoppedClock) -> None:
    (limit,) = limiters(MemoryTable(), clock)
    await passed([limit], FIVE, 9)

    assert await limit.wait_s("calls", "bob", FIVE) == 0
    assert await limit.wait_s("logins", "alice", FIVE) == 0


async def test_a_flood_that_is_refused_costs_the_store_nothing(clock: StoppedClock) -> None:
    table = FaultyTable(MemoryTable())
    (limit,) = limiters(table, clock)
    await passed([limit], FIVE, 5)
    table.down = True

    assert await passed([limit], FIVE, 100) == 0


async def test_what_is_off_is_not_counted(clock: StoppedClock) -> None:
    table = FaultyTable(MemoryTable())
    table.down = True
    (limit,) = limiters(table, clock)

    assert await limit.wait_s("calls", "alice", None) == 0


async def test_while_the_store_is_away_everything_may_and_it_is_told(
    clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    table = FaultyTable(MemoryTable())
    table.down = True

    assert await passed(limiters(table, clock), FIVE, 9) == 9
    assert "limit.uncounted" in caplog.text


async def test_a_counter_that_cannot_be_read_stops_nobody(clock: StoppedClock) -> None:
    table = MemoryTable()
    key = Key("APP#demo#LIMIT#calls#alice", str(clock.now()))
    await table.put(Item(key=key, attributes={COUNT: "many"}))

    assert await passed(limiters(table, clock), FIVE, 9) == 9


async def test_only_so_many_are_remembered(
    clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "KEPT", 2)
    (limit,) = limiters(MemoryTable(), clock)

    for who in "abcabc":
        assert await limit.wait_s("calls", who, FIVE) == 0

    assert len(limit._batches) == 2  # pyright: ignore[reportPrivateUsage]
