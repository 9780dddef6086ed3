"""Counting what may happen so often: on every table, in several processes."""

import asyncio

import pytest

from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from trust.clock import NumericDate
from trust.coordinates import AppId
from trust.limit import limiter
from trust.limit.limiter import Limiter
from trust.limit.rate import Rate
from trust.store.memory import MemoryTable
from trust.store.table import COUNT, Item, Key, StoreUnavailable, Table

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


async def test_a_burst_in_one_process_leaves_the_others_their_share(clock: StoppedClock) -> None:
    """Many at once in one process wait for one batch; each for one of their own took them all."""
    first, second = limiters(MemoryTable(), clock, 2)

    assert await passed([first], MANY, 30) == 30
    # 230 in batches of four: of the rest, at most what is left of the first one's last batch.
    assert await passed([second], MANY, 230) >= MANY.count - 30 - MANY.batch


async def test_what_is_stocked_is_counted_for_nobody_yet(table: Table, clock: StoppedClock) -> None:
    (limit,) = limiters(table, clock)

    await asyncio.gather(*(limit.stock("calls", "alice", FIVE) for _ in range(3)))

    assert limit.lets("calls", "alice", FIVE, limit.now())
    assert await passed([limit], FIVE, 20) == 4


async def test_of_what_is_used_up_nothing_is_stocked(clock: StoppedClock) -> None:
    (limit,) = limiters(MemoryTable(), clock)
    await passed([limit], FIVE, 6)

    await limit.stock("calls", "alice", FIVE)
    await limit.stock("calls", "alice", None)

    assert not limit.lets("calls", "alice", FIVE, limit.now())


async def test_who_is_too_much_is_told_until_when(clock: StoppedClock) -> None:
    (limit,) = limiters(MemoryTable(), clock)
    await passed([limit], FIVE, 5)
    clock.advance(13)

    assert await limit.wait_s("calls", "alice", FIVE) == 47


async def test_what_is_at_hand_is_counted_without_waiting(clock: StoppedClock) -> None:
    (limit,) = limiters(MemoryTable(), clock)

    assert not limit.lets("calls", "alice", MANY, limit.now())
    assert await limit.wait_s("calls", "alice", MANY) == 0
    # A batch is of four, one of which is used up.
    assert [limit.lets("calls", "alice", MANY, limit.now()) for _ in range(4)] == [
        True,
        True,
        True,
        False,
    ]
    assert not limit.lets("calls", "bob", MANY, limit.now())
    assert not limit.lets("logins", "alice", MANY, limit.now())


async def test_either_way_so_many_are_let_through_and_not_one_more(clock: StoppedClock) -> None:
    (limit,) = limiters(MemoryTable(), clock)

    waits = [
        0
        if limit.lets("calls", "alice", MANY, limit.now())
        else await limit.wait_s("calls", "alice", MANY)
        for _ in range(300)
    ]

    assert waits.count(0) == MANY.count


async def test_what_is_left_of_a_window_counts_for_no_other(clock: StoppedClock) -> None:
    (limit,) = limiters(MemoryTable(), clock)
    await limit.wait_s("calls", "alice", MANY)

    clock.advance(59)
    assert limit.lets("calls", "alice", MANY, limit.now())
    clock.advance(1)
    assert not limit.lets("calls", "alice", MANY, limit.now())


async def test_what_has_no_limit_is_always_let_through(clock: StoppedClock) -> None:
    (limit,) = limiters(MemoryTable(), clock)

    assert limit.lets("calls", "alice", None, limit.now())


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


async def test_while_the_store_is_away_each_process_counts_by_itself_and_it_is_told(
    clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    table = FaultyTable(MemoryTable())
    table.down = True

    assert await passed(limiters(table, clock, 3), FIVE, 60) == 15
    assert "limit.uncounted" in caplog.text


async def test_a_store_that_is_away_is_asked_once_in_a_window(
    clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    table = FaultyTable(MemoryTable())
    table.down = True
    (limit,) = limiters(table, clock)

    for _ in range(5):
        assert await limit.wait_s("calls", "alice", FIVE) == 0

    assert caplog.text.count("limit.uncounted") == 1


async def test_a_store_that_fails_in_the_middle_lets_nobody_wait(clock: StoppedClock) -> None:
    table = FaultyTable(MemoryTable())
    (limit,) = limiters(table, clock)
    await passed([limit], FIVE, 3)
    table.down = True

    assert await passed([limit], FIVE, 20) == 5


class SlowlyFailingTable(MemoryTable):
    """Fails all who ask, but only once everybody has asked."""

    async def add(self, key: Key, amount: int, *, expires_at: NumericDate) -> int:
        """Fail."""
        del key, amount, expires_at
        await asyncio.sleep(0)
        raise StoreUnavailable("failed by the test")


async def test_many_who_learn_at_once_that_the_store_is_away_share_one_count(
    clock: StoppedClock,
) -> None:
    assert await passed(limiters(SlowlyFailingTable(), clock), FIVE, 60) == 5


async def test_a_store_that_is_back_counts_from_the_next_window(clock: StoppedClock) -> None:
    table = FaultyTable(MemoryTable())
    both = limiters(table, clock, 2)
    table.down = True
    await passed(both, FIVE, 20)
    table.down = False
    clock.advance(60)

    assert await passed(both, FIVE, 20) == 5


async def test_a_counter_that_cannot_be_read_stops_nobody(clock: StoppedClock) -> None:
    table = MemoryTable()
    key = Key("APP#demo#LIMIT#calls#alice", str(clock.now()))
    await table.put(Item(key=key, attributes={COUNT: "many"}))

    assert await passed(limiters(table, clock), FIVE, 5) == 5


class OvertakenTable(MemoryTable):
    """Counts in the order of the askers, and answers the last one first."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self._answers: list[asyncio.Event] = []

    async def add(self, key: Key, amount: int, *, expires_at: NumericDate) -> int:
        """Add; tell once all who asked later have been told."""
        self.asked += 1
        count = await super().add(key, amount, expires_at=expires_at)
        mine = asyncio.Event()
        self._answers.append(mine)
        await asyncio.sleep(0)
        if self._answers[-1] is not mine:
            await mine.wait()
        self._answers.remove(mine)
        if self._answers:
            self._answers[-1].set()
        return count


async def test_an_answer_that_was_overtaken_does_not_open_what_was_closed(
    clock: StoppedClock,
) -> None:
    table = OvertakenTable()
    (limit,) = limiters(table, clock)

    assert await passed([limit], FIVE, 7) == 5
    asked = table.asked
    assert await passed([limit], FIVE, 100) == 0
    assert table.asked == asked


async def test_only_so_many_are_remembered(
    clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "KEPT", 2)
    (limit,) = limiters(MemoryTable(), clock)

    for who in "abcabc":
        assert await limit.wait_s("calls", who, FIVE) == 0

    assert len(limit._batches) == 2  # pyright: ignore[reportPrivateUsage]
