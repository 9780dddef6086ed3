"""AWS throttling, failing, keeping silent, and being slow."""

import pytest

from bridge.catalogue import KINDS
from bridge.errors import BridgeError, Declined, Lost, OutOfTime
from bridge.patience import ATTEMPTS
from fakes.agentcore_control.bench import Bench
from fakes.agentcore_control.wanted import first, immutable, in_place
from fakes.agentcore_control.world import Fault

ALL = sorted(KINDS)
PASSING = (Fault.THROTTLED, Fault.SERVER, Fault.LOST_BEFORE, Fault.LOST_AFTER)


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("kind", ALL)
def test_a_create_that_fails_in_passing_is_made_once(kind: str, fault: Fault) -> None:
    bench = Bench()
    desired = first(kind, bench.parent(kind))
    bench.world.faults[KINDS[kind].create] = [fault]

    bench.apply(kind, desired)

    assert bench.things(kind) == [bench.thing(kind)]
    assert bench.apply(kind, desired).verdict == "unchanged"


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("kind", [kind for kind in ALL if in_place(kind) is not None])
def test_an_update_that_fails_in_passing_is_done(kind: str, fault: Fault) -> None:
    bench = Bench()
    parent = bench.parent(kind)
    bench.apply(kind, first(kind, parent))
    bench.world.faults[KINDS[kind].change] = [fault, fault]
    desired = in_place(kind, parent)
    assert desired is not None

    assert bench.apply(kind, desired).verdict == "updated"
    assert bench.apply(kind, desired).verdict == "unchanged"


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("kind", ALL)
def test_a_delete_that_fails_in_passing_is_done(kind: str, fault: Fault) -> None:
    bench = Bench()
    bench.apply(kind, first(kind, bench.parent(kind)))
    bench.world.faults[KINDS[kind].delete] = [fault]

    bench.delete(kind)

    assert bench.things(kind) == []


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.LOST_BEFORE, Fault.LOST_AFTER])
@pytest.mark.parametrize("what", ["read", "write", "add", "remove", "under"])
def test_parameters_that_fail_in_passing_do_not_matter(what: str, fault: Fault) -> None:
    bench = Bench()
    bench.store.faults[what] = [fault, fault]

    bench.apply("memory", first("memory"))
    bench.store.faults[what] = [fault, fault]
    bench.delete("memory")

    assert bench.store.values == {}


def test_retries_are_bounded_and_further_apart_each_time() -> None:
    bench = Bench()
    bench.world.faults["CreateMemory"] = [Fault.THROTTLED] * (ATTEMPTS + 1)
    began = bench.clock.now()

    with pytest.raises(Declined, match="slow down"):
        bench.apply("memory", first("memory"))

    assert len(bench.world.faults["CreateMemory"]) == 1
    # Halves of 1, 2, 4, 8, 16 and then 20 s, as the fake chance has it.
    assert bench.clock.now() - began == (1 + 2 + 4 + 8 + 16 + 4 * 20) / 2


def test_a_create_that_is_lost_again_and_again_is_given_up_with_its_intent_kept() -> None:
    bench = Bench()
    bench.world.faults["CreateMemory"] = [Fault.LOST_BEFORE] * ATTEMPTS

    with pytest.raises(Lost):
        bench.apply("memory", first("memory"))

    pending = bench.record("memory").pending
    assert pending is not None
    assert pending.physical == "demo_memory"
    bench.apply("memory", first("memory"))
    tokens = {call["clientToken"] for name, call in bench.world.calls if name == "CreateMemory"}
    assert len(tokens) == 1


@pytest.mark.parametrize("kind", [kind for kind in ALL if KINDS[kind].status])
def test_a_create_that_fails_is_cleaned_up_and_said(kind: str) -> None:
    bench = Bench()
    desired = first(kind, bench.parent(kind))
    bench.world.faults[KINDS[kind].create] = [Fault.FAILS]

    with pytest.raises(BridgeError, match=r"could not make it: .*deleted"):
        bench.apply(kind, desired)

    assert bench.things(kind) == []
    assert f"/gatehouse/demo/dev/{kind}/one" not in bench.store.values
    assert bench.apply(kind, desired).verdict == "created"


def test_a_replacement_that_fails_leaves_the_old_one_in_place() -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    old = bench.thing("memory").id
    bench.world.faults["CreateMemory"] = [Fault.FAILS]
    desired = first("memory") | {"name": "other"}

    with pytest.raises(BridgeError, match="planted"):
        bench.apply("memory", desired, allow_replace=True)

    record = bench.record("memory")
    assert record.current is not None
    assert (bench.thing("memory").id, record.current.id, record.pending) == (old, old, None)


@pytest.mark.parametrize("kind", ["runtime", "gateway", "gateway_target"])
def test_an_update_that_fails_is_said_and_sent_again_by_the_next_run(kind: str) -> None:
    bench = Bench()
    parent = bench.parent(kind)
    bench.apply(kind, first(kind, parent))
    bench.world.faults[KINDS[kind].change] = [Fault.FAILS]
    desired = in_place(kind, parent)
    assert desired is not None

    with pytest.raises(BridgeError, match="could not update it: planted"):
        bench.apply(kind, desired)
    again = bench.apply(kind, desired)

    assert again.verdict == "updated"
    assert bench.thing(kind).status == "READY"


def test_a_failed_state_that_no_update_mends_is_said() -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    bench.thing("memory").status = "FAILED"

    with pytest.raises(BridgeError, match="AWS says FAILED: planted"):
        bench.apply("memory", first("memory"))

    assert len(bench.things("memory")) == 1


@pytest.mark.parametrize("kind", ["runtime", "gateway", "memory", "browser", "policy_engine"])
def test_a_delete_that_fails_is_said(kind: str) -> None:
    bench = Bench()
    bench.apply(kind, first(kind))
    bench.world.faults[KINDS[kind].delete] = [Fault.FAILS] * 100

    if KINDS[kind].states.not_deleted >= {bench.world.of(KINDS[kind].noun)[0].family.delete_failed}:
        with pytest.raises(BridgeError, match="could not delete it: planted"):
            bench.delete(kind)
    else:
        # Where FAILED may mean anything, it is tried until the time is over.
        with pytest.raises(OutOfTime):
            bench.delete(kind)

    assert bench.things(kind)
    bench.world.faults.clear()
    bench.delete(kind)
    assert bench.things(kind) == []


@pytest.mark.parametrize("kind", ALL)
def test_a_lost_create_is_looked_for_before_it_is_sent_again(kind: str) -> None:
    bench = Bench()
    desired = first(kind, bench.parent(kind))
    bench.world.forgetful = True
    bench.world.faults[KINDS[kind].create] = [Fault.LOST_AFTER]

    bench.apply(kind, desired)

    assert bench.things(kind) == [bench.thing(kind)]


def test_a_role_that_is_not_known_everywhere_yet_is_waited_for() -> None:
    bench = Bench()
    bench.world.faults["CreateAgentRuntime"] = [Fault.YOUNG_ROLE] * 3

    assert bench.apply("runtime", first("runtime")).verdict == "created"


def test_a_role_that_is_wrong_is_not_waited_for_for_ever() -> None:
    bench = Bench()
    bench.world.faults["CreateAgentRuntime"] = [Fault.YOUNG_ROLE] * 1000

    with pytest.raises(Declined, match="cannot assume"):
        bench.apply("runtime", first("runtime"))

    assert [name for name in bench.store.values if "runtime" in name] == []


def test_what_is_denied_leaves_no_intent() -> None:
    bench = Bench()
    bench.world.faults["CreateMemory"] = [Fault.DENIED]

    with pytest.raises(Declined, match="not for you"):
        bench.apply("memory", first("memory"))

    assert bench.store.values == {}


@pytest.mark.parametrize("operation", ["GetMemory", "ListTagsForResource", "UpdateMemory"])
def test_what_is_denied_is_said_and_changes_nothing(operation: str) -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    before = bench.store.values.copy()
    bench.world.faults[operation] = [Fault.DENIED]

    with pytest.raises(Declined, match="not for you"):
        bench.apply("memory", first("memory") | {"eventExpiryDuration": 7})

    assert bench.store.values == before


@pytest.mark.parametrize("operation", ["DeleteMemory", "ListMemories"])
def test_what_is_denied_ends_a_delete_or_a_search(operation: str) -> None:
    bench = Bench()
    if operation == "DeleteMemory":
        bench.apply("memory", first("memory"))
    bench.world.faults[operation] = [Fault.DENIED]

    with pytest.raises(Declined, match="not for you"):
        bench.delete("memory") if operation == "DeleteMemory" else bench.apply(
            "memory", first("memory")
        )


@pytest.mark.parametrize("kind", ["gateway_target", "policy", "runtime_endpoint"])
def test_a_child_waits_while_its_parent_is_busy(kind: str) -> None:
    bench = Bench()
    parent = bench.parent(kind)
    (thing,) = [one for one in bench.world.things if one.id == parent]
    thing.status, thing.next_status, thing.looks = "UPDATING", thing.family.ready, 3

    assert bench.apply(kind, first(kind, parent)).verdict == "created"
    assert any("busy with what it belongs to" in line for line in bench.said)


def test_an_update_waits_for_what_is_under_way() -> None:
    bench = Bench()
    bench.apply("gateway", first("gateway"))
    bench.world.faults["UpdateGateway"] = [Fault.CONFLICT, Fault.CONFLICT]

    assert bench.apply("gateway", in_place("gateway") or {}).verdict == "updated"


def test_a_delete_waits_for_what_is_under_way() -> None:
    bench = Bench()
    bench.apply("gateway", first("gateway"))
    bench.world.faults["DeleteGateway"] = [Fault.CONFLICT, Fault.CONFLICT]

    bench.delete("gateway")

    assert bench.things("gateway") == []


def test_a_slow_create_is_polled_and_told_of() -> None:
    bench = Bench()
    bench.world.looks = 20

    bench.apply("gateway", first("gateway"))

    polls = [line for line in bench.said if "CREATING (" in line]
    assert len(polls) >= 20
    assert polls[0].endswith("CREATING (0 s)")


def test_a_create_that_takes_longer_than_the_run_is_taken_up_by_the_next() -> None:
    bench = Bench()
    bench.world.looks = 300

    with pytest.raises(OutOfTime, match="run it again"):
        bench.apply("gateway", first("gateway"))
    bench.world.looks = 0
    bench.thing("gateway").looks = 0
    again = bench.apply("gateway", first("gateway"))

    assert again.record.current is not None
    assert again.record.current.id == bench.thing("gateway").id


def test_a_replacement_waits_until_the_name_is_free() -> None:
    bench = Bench()
    bench.apply("browser", first("browser"))
    bench.world.looks = 5

    bench.apply("browser", immutable("browser") or {})

    names = [name for name, _ in bench.world.calls if name in {"CreateBrowser", "DeleteBrowser"}]
    assert names == ["CreateBrowser", "DeleteBrowser", "CreateBrowser"]
