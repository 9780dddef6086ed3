"""What is replaced, and what was left half done before."""

import pytest

from bridge.catalogue import KINDS
from bridge.errors import BridgeError, Refused
from bridge.record import Made
from fakes.agentcore_control.bench import PREFIX, Bench, Killed, kill_after_write
from fakes.agentcore_control.wanted import first, in_place, renamed
from fakes.agentcore_control.world import Fault


@pytest.mark.parametrize(
    "kind",
    ["memory", "gateway", "policy_engine", "workload_identity", "oauth2_credential_provider"],
)
def test_what_holds_data_is_not_replaced_unless_that_is_meant(kind: str) -> None:
    bench = Bench()
    bench.apply(kind, first(kind))
    before = bench.thing(kind)
    calls = len(bench.world.calls)

    with pytest.raises(Refused, match=f"would be lost: {KINDS[kind].loses}"):
        bench.apply(kind, renamed(kind))

    assert bench.thing(kind) is before
    assert all(name.startswith(("Get", "List")) for name, _ in bench.world.calls[calls:])
    assert bench.apply(kind, first(kind)).verdict == "unchanged"


def test_a_strategy_taken_away_is_refused_for_it_holds_records() -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    fewer = first("memory")
    del fewer["memoryStrategies"][0]

    with pytest.raises(Refused, match="the records of the strategies facts"):
        bench.apply("memory", fewer)
    bench.apply("memory", fewer, allow_replace=True)

    assert [one["name"] for one in bench.thing("memory").strategies] == ["own"]


def test_a_replacement_that_is_not_wanted_any_more_goes_and_the_old_one_stays() -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    old = bench.thing("memory")
    bench.world.faults["GetMemory"] = []
    bench.world.looks = 300
    with pytest.raises(BridgeError):
        bench.apply("memory", renamed("memory"), allow_replace=True)
    bench.world.looks = 1
    for thing in bench.things("memory"):
        thing.looks = 0

    again = bench.apply("memory", first("memory"))

    assert bench.thing("memory") is old
    assert again.verdict == "unchanged"


def test_an_unfinished_create_that_is_wanted_otherwise_now_is_updated() -> None:
    bench = Bench()
    bench.world.faults["CreateMemory"] = [Fault.LOST_AFTER]
    bench.world.looks = 300
    with pytest.raises(BridgeError):
        bench.apply("memory", first("memory"))
    bench.world.looks = 1
    bench.thing("memory").looks = 0

    bench.apply("memory", in_place("memory") or {})

    assert bench.thing("memory").told["eventExpiryDuration"] == 30


def test_an_intent_that_came_to_nothing_does_not_bind_what_is_wanted_now() -> None:
    bench = Bench()
    bench.store.hook = kill_after_write(bench)
    with pytest.raises(Killed):
        bench.apply("memory", first("memory"))
    bench.revive()
    before = bench.store.values[f"{PREFIX}/memory/one"]

    assert bench.apply("memory", in_place("memory") or {}).verdict == "created"

    # A token means one request to AWS: with another, it would be declined.
    (request,) = [call for name, call in bench.world.calls if name == "CreateMemory"]
    assert request["clientToken"] not in before


def test_what_was_made_and_deleted_before_it_was_taken_up_is_made_again() -> None:
    bench = Bench()
    bench.world.looks = 300
    with pytest.raises(BridgeError):
        bench.apply("memory", first("memory"))
    bench.world.looks = 1
    bench.world.things.clear()

    assert bench.apply("memory", first("memory")).verdict == "created"
    assert len(bench.things("memory")) == 1


def test_what_fails_after_a_run_was_cut_off_is_cleaned_up_by_the_next() -> None:
    bench = Bench()
    bench.world.faults["CreateMemory"] = [Fault.FAILS]
    bench.world.looks = 300
    with pytest.raises(BridgeError):
        bench.apply("memory", first("memory"))
    bench.world.looks = 1
    bench.thing("memory").looks = 0
    failed = bench.thing("memory")

    bench.apply("memory", first("memory"))

    assert bench.thing("memory") is not failed
    assert bench.thing("memory").status == "ACTIVE"


def test_what_is_replaced_but_still_in_use_is_left_to_a_later_run() -> None:
    bench = Bench()
    bench.apply("evaluator", first("evaluator"))
    old = bench.thing("evaluator")
    # The online evaluation that uses it is told of the new one only after this run.
    bench.world.faults["DeleteEvaluator"] = [Fault.CONFLICT] * 100

    outcome = bench.apply("evaluator", renamed("evaluator"))

    assert outcome.verdict == "replaced"
    assert outcome.notices == (f"{old.id} is replaced, but still in use",)
    assert bench.record("evaluator").retired == (Made(id=old.id),)
    bench.world.faults.clear()
    bench.apply("evaluator", renamed("evaluator"))
    assert bench.thing("evaluator").name == "demo_evaluator2"
    assert bench.record("evaluator").retired == ()


def test_what_is_still_in_use_is_deleted_with_what_replaced_it() -> None:
    bench = Bench()
    bench.apply("evaluator", first("evaluator"))
    bench.world.faults["DeleteEvaluator"] = [Fault.CONFLICT] * 50
    bench.apply("evaluator", renamed("evaluator"))

    bench.delete("evaluator")

    assert bench.things("evaluator") == []


def test_an_intent_to_replace_that_came_to_nothing_is_forgotten_when_it_is_not_wanted() -> None:
    bench = Bench()
    bench.apply("browser", first("browser"))
    bench.store.hook = kill_after_write(bench)
    with pytest.raises(Killed):
        bench.apply("browser", renamed("browser"))
    bench.revive()

    assert bench.apply("browser", first("browser")).verdict == "unchanged"

    assert bench.record("browser").pending is None
