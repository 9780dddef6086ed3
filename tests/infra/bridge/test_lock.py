"""One run at a time, also when the one before it was killed."""

import pytest

from bridge.errors import Locked, OutOfTime
from bridge.lock import GRACE_S, LEASE_S, Lock
from bridge.patience import Patience
from fakes.agentcore_control.bench import PREFIX, Bench, Killed
from fakes.agentcore_control.wanted import first

RECORD = f"{PREFIX}/memory/one"


def _lock(bench: Bench, owner: str, *, minutes: float = 30) -> Lock:
    patience = Patience(
        clock=bench.clock,
        chance=bench.chance,
        deadline=bench.clock.now() + 60 * minutes,
        say=bench.said.append,
    )
    lock = Lock(bench.store, patience, RECORD, bench.host)
    lock._owner = owner
    return lock


def test_a_second_run_waits_until_the_first_gives_the_lock_up() -> None:
    bench = Bench()
    one, two = _lock(bench, "a"), _lock(bench, "b", minutes=1)
    one.acquire()

    with pytest.raises(OutOfTime):
        two.acquire()
    one.release()
    two.acquire()

    assert any("another run has it" in line for line in bench.said)
    two.release()
    assert bench.store.values == {}


def test_a_lock_that_ran_out_is_taken_over_but_not_before_the_grace_is_over() -> None:
    bench = Bench()
    _lock(bench, "a").acquire()
    began = bench.clock.now()

    _lock(bench, "b").acquire()

    assert bench.clock.now() - began >= LEASE_S + GRACE_S


def test_of_two_that_take_over_at_once_one_gets_it() -> None:
    bench = Bench()
    _lock(bench, "a").acquire()
    bench.clock.sleep(LEASE_S + GRACE_S + 1)
    one, two = _lock(bench, "b"), _lock(bench, "c", minutes=1)

    # c walks the chain, and is then held up until b has taken the lock over.
    def overtaken(when: str, what: str) -> None:
        if (when, what) == ("before", "add"):
            bench.revive()
            one.acquire()

    bench.store.hook = overtaken
    with pytest.raises(OutOfTime):
        two.acquire()

    one.renew()
    one.release()
    two = _lock(bench, "c")
    two.acquire()
    two.release()
    assert bench.store.values == {}


def test_a_successor_of_a_lock_that_is_gone_holds_nothing() -> None:
    bench = Bench()
    _lock(bench, "a").acquire()
    bench.clock.sleep(LEASE_S + GRACE_S + 1)
    one, two = _lock(bench, "b"), _lock(bench, "c")
    newcomer = _lock(bench, "d")

    # While c stands between looking and taking, b takes over, ends, and d begins a new chain.
    def overtaken(when: str, what: str) -> None:
        if (when, what) == ("before", "add"):
            bench.revive()
            one.acquire()
            one.release()
            newcomer.acquire()

    bench.store.hook = overtaken
    two._patience.clock.sleep(0)
    assert not two._try()

    newcomer.renew()
    assert list(bench.store.values) == [f"{RECORD}/lock"]


def test_a_lock_is_renewed_while_it_is_used_and_lost_after_standing_still() -> None:
    bench = Bench()
    lock = _lock(bench, "a")
    lock.acquire()

    for _ in range(10):
        bench.clock.sleep(LEASE_S * 0.6)
        lock.renew()
    bench.clock.sleep(LEASE_S)

    with pytest.raises(Locked, match="stood still"):
        lock.renew()
    before = bench.store.values.copy()
    lock.release()
    assert bench.store.values == before


def test_a_lock_whose_answer_was_lost_is_known_as_ones_own() -> None:
    bench = Bench()
    lock = _lock(bench, "a")
    bench.store.values[f"{RECORD}/lock"] = lock._text(bench.clock.now() + LEASE_S)

    lock.acquire()

    assert bench.said == []


def test_a_lock_that_nobody_can_read_is_nobodys() -> None:
    bench = Bench()
    bench.store.values[f"{RECORD}/lock"] = "{"

    lock = _lock(bench, "a")
    lock.acquire()
    lock.release()

    assert bench.store.values == {}


def test_the_next_run_waits_out_the_lock_of_one_that_was_killed() -> None:
    bench = Bench()
    bench.kill_at(12)
    with pytest.raises(Killed):
        bench.apply("memory", first("memory"))
    bench.revive()
    began = bench.clock.now()

    bench.apply("memory", first("memory"))

    assert bench.clock.now() - began >= LEASE_S
    assert list(bench.store.values) == [RECORD]


def test_a_run_that_stood_still_does_nothing_more() -> None:
    bench = Bench()

    def asleep(when: str, operation: str) -> None:
        if (when, operation) == ("after", "CreateMemory"):
            bench.clock.sleep(LEASE_S + GRACE_S)

    bench.world.hook = asleep
    with pytest.raises(Locked):
        bench.apply("memory", first("memory"))
    bench.revive()

    bench.apply("memory", first("memory"))
    assert len(bench.things("memory")) == 1


def test_a_delete_clears_away_what_is_left_of_old_locks() -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    bench.store.values[f"{RECORD}/lock-gone"] = "{}"

    bench.delete("memory")

    assert bench.store.values == {}


def test_who_was_killed_on_this_machine_is_not_waited_for() -> None:
    bench = Bench()
    bench.kill_at(12)
    with pytest.raises(Killed):
        bench.apply("memory", first("memory"))
    bench.revive()
    bench.host.gone.add("process-1")
    bench.host.process = 2
    began = bench.clock.now()

    bench.apply("memory", first("memory"))

    assert bench.clock.now() - began < LEASE_S / 2
    assert list(bench.store.values) == [RECORD]
