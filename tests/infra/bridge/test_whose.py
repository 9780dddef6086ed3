"""What is ours, what is not, and what was changed behind our back."""

from datetime import UTC, datetime

import pytest

from bridge.application import outputs_of
from bridge.catalogue import KINDS
from bridge.errors import BridgeError, Refused
from bridge.kind import Tags
from bridge.plan import MARK
from bridge.record import Made
from fakes.agentcore_control.bench import PREFIX, Bench, Killed, kill_after_write
from fakes.agentcore_control.wanted import first, immutable, in_place, renamed
from fakes.agentcore_control.world import Fault

ALL = sorted(KINDS)


@pytest.mark.parametrize("kind", ALL)
def test_a_name_that_is_taken_by_others_is_refused_and_left_alone(kind: str) -> None:
    bench = Bench()
    parent = bench.parent(kind)
    request = first(kind, parent)
    bench.world.call(KINDS[kind].create, request)
    foreign = bench.thing(kind)

    with pytest.raises(Refused, match="is not ours"):
        bench.apply(kind, request)

    assert bench.things(kind) == [foreign]
    assert f"{PREFIX}/{kind}/one" not in bench.store.values


@pytest.mark.parametrize("kind", [kind for kind in ALL if KINDS[kind].tags is Tags.KEPT])
def test_a_lost_record_is_found_again_by_our_mark(kind: str) -> None:
    bench = Bench()
    parent = bench.parent(kind)
    bench.apply(kind, first(kind, parent))
    before = bench.thing(kind)
    del bench.store.values[f"{PREFIX}/{kind}/one"]

    adopted = bench.apply(kind, in_place(kind, parent) or first(kind, parent))

    assert adopted.verdict == "adopted"
    assert bench.thing(kind) is before
    assert bench.apply(kind, in_place(kind, parent) or first(kind, parent)).verdict == "unchanged"


def test_a_mark_of_another_environment_is_not_ours() -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    bench.thing("memory").tags[MARK] = "/gatehouse/demo/prod/memory/one"
    bench.store.values.clear()

    with pytest.raises(Refused, match="is not ours"):
        bench.apply("memory", first("memory"))


def test_what_bears_our_mark_but_has_failed_is_said() -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    bench.thing("memory").status = "FAILED"
    bench.store.values.clear()

    with pytest.raises(BridgeError, match="bears our mark, but cannot be used"):
        bench.apply("memory", first("memory"))


@pytest.mark.parametrize("kind", ["gateway_target", "policy"])
def test_without_tags_only_what_was_made_since_the_intent_is_ours(kind: str) -> None:
    bench = Bench()
    desired = first(kind, bench.parent(kind))
    bench.kill_at(10_000)
    bench.store.hook = kill_after_write(bench)
    with pytest.raises(Killed):
        bench.apply(kind, desired)
    bench.revive()
    # Somebody else's, and older than our intent; the name was free when we looked.
    bench.world.call(KINDS[kind].create, desired)
    bench.thing(kind).born = datetime.fromtimestamp(bench.clock.now() - 3600, UTC)

    with pytest.raises(Refused, match="is not ours"):
        bench.apply(kind, desired)

    assert f"{PREFIX}/{kind}/one" not in bench.store.values


@pytest.mark.parametrize("deed", ["apply", "delete"])
def test_another_account_is_refused(deed: str) -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    bench.account = "999988887777"

    with pytest.raises(Refused, match=r"account 111122223333.*account 999988887777"):
        bench.delete("memory") if deed == "delete" else bench.apply("memory", first("memory"))

    assert len(bench.things("memory")) == 1


@pytest.mark.parametrize("kind", ALL)
def test_what_somebody_deleted_is_made_again(kind: str) -> None:
    bench = Bench()
    parent = bench.parent(kind)
    bench.apply(kind, first(kind, parent))
    bench.world.things.remove(bench.thing(kind))

    assert bench.apply(kind, first(kind, parent)).verdict == "created"
    assert bench.apply(kind, first(kind, parent)).verdict == "unchanged"


def test_what_somebody_changed_is_put_right() -> None:
    bench = Bench()
    bench.apply("gateway", first("gateway"))
    bench.thing("gateway").told["description"] = "by hand"

    assert bench.apply("gateway", first("gateway")).verdict == "updated"

    assert bench.thing("gateway").told["description"] == "a gateway"


def test_tags_are_set_changed_and_taken_away_but_not_those_of_others() -> None:
    bench = Bench()
    bench.apply("memory", first("memory") | {"tags": {"app": "demo", "owner": "a"}})
    bench.thing("memory").tags["cost-centre"] = "17"

    bench.apply("memory", first("memory") | {"tags": {"owner": "b"}})

    mark = {MARK: f"{PREFIX}/memory/one"}
    assert bench.thing("memory").tags == {"owner": "b", "cost-centre": "17"} | mark


def test_a_gateway_is_deleted_with_what_lives_in_it() -> None:
    bench = Bench()
    parent = bench.parent("gateway_target")
    bench.apply("gateway_target", first("gateway_target", parent))

    assert bench.delete("gateway", "parent")

    assert bench.world.things == []
    # Its target's own delete has nothing left to do.
    assert bench.delete("gateway_target")


def test_a_runtime_is_deleted_without_asking_for_the_endpoint_that_aws_keeps() -> None:
    bench = Bench()
    bench.apply("runtime", first("runtime"))

    bench.delete("runtime")

    assert bench.world.things == []


def test_a_target_moves_to_another_gateway() -> None:
    bench = Bench()
    desired = first("gateway_target", bench.parent("gateway_target"))
    bench.apply("gateway_target", desired)
    other = bench.apply("gateway", renamed("gateway"), "other").record.current
    assert other is not None

    moved = bench.apply("gateway_target", desired | {"gatewayIdentifier": other.id})

    assert moved.verdict == "replaced"
    assert moved.record.current == Made(id=bench.thing("gateway_target").id, parent=other.id)


def test_a_record_that_somebody_has_edited_is_not_guessed_at() -> None:
    bench = Bench()
    bench.store.values[f"{PREFIX}/memory/one"] = '{"id": 17}'

    with pytest.raises(BridgeError, match="holds no record of the bridge"):
        bench.apply("memory", first("memory"))


def test_what_only_people_can_finish_is_said() -> None:
    bench = Bench()
    parent = bench.parent("gateway_target")
    bench.apply("gateway_target", first("gateway_target", parent))
    bench.thing("gateway_target").status = "CREATE_PENDING_AUTH"

    outcome = bench.apply("gateway_target", first("gateway_target", parent))

    assert outcome.notices == (
        "somebody has to sign in once for it: the console shows the authorization URL",
    )


def test_an_update_that_aws_does_not_show_is_said() -> None:
    bench = Bench()
    desired = first("memory") | {"indexedKeys": [{"key": "a", "type": "STRING"}]}
    bench.apply("memory", desired)

    fewer = desired | {"indexedKeys": [{"key": "b", "type": "STRING"}]}
    outcome = bench.apply("memory", fewer)

    assert [one["key"] for one in bench.thing("memory").told["indexedKeys"]] == ["a", "b"]
    (notice,) = outcome.notices
    assert "does not show indexedKeys[a]: {'key': 'a', 'type': 'STRING'} → (none)" in notice
    assert bench.apply("memory", fewer).verdict == "unchanged"


def test_what_vanishes_during_its_update_is_said() -> None:
    bench = Bench()
    bench.apply("gateway", first("gateway"))

    def gone(when: str, operation: str) -> None:
        if (when, operation) == ("after", "UpdateGateway"):
            bench.world.things.clear()

    bench.world.hook = gone

    with pytest.raises(BridgeError, match="was deleted during its update"):
        bench.apply("gateway", in_place("gateway") or {})


def test_what_vanishes_while_it_is_made_is_said() -> None:
    bench = Bench()

    def gone(when: str, operation: str) -> None:
        if (when, operation) == ("after", "CreateGateway"):
            bench.world.things.clear()

    bench.world.hook = gone

    with pytest.raises(BridgeError, match=r"could not make it: \(no reason given"):
        bench.apply("gateway", first("gateway"))

    assert bench.store.values == {}


def test_tags_of_a_type_whose_tags_cannot_be_changed_are_said() -> None:
    bench = Bench()
    kind = "oauth2_credential_provider"
    bench.apply(kind, first(kind))

    outcome = bench.apply(kind, first(kind) | {"tags": {"owner": "b"}})

    assert outcome.notices == ("tags of this type are set when it is made, and not changed later",)


def test_a_browser_with_another_description_is_another_browser_of_the_same_name() -> None:
    bench = Bench()
    bench.apply("browser", first("browser"))

    outcome = bench.apply("browser", immutable("browser") or {})

    assert [str(one) for one in outcome.differences] == ["description: 'a browser' → 'another'"]


@pytest.mark.parametrize("kind", ["browser", "memory"])
def test_the_name_of_what_was_deleted_just_now_is_not_taken_by_others(kind: str) -> None:
    bench = Bench()
    bench.apply(kind, first(kind))
    bench.world.ghosts = []
    bench.world.faults[KINDS[kind].create] = [Fault.CONFLICT, Fault.CONFLICT]

    outcome = bench.apply(kind, immutable(kind) or {}, allow_replace=True)

    assert outcome.verdict == "replaced"


def test_a_ghost_does_not_keep_a_new_one_from_being_made() -> None:
    bench = Bench()
    bench.world.ghosts = []
    bench.apply("browser", first("browser"))
    bench.delete("browser")

    assert bench.apply("browser", first("browser")).verdict == "created"


def test_what_others_make_meanwhile_is_not_taken_for_ours() -> None:
    bench = Bench()
    bench.store.hook = kill_after_write(bench)
    with pytest.raises(Killed):
        bench.apply("memory", first("memory"))
    bench.revive()
    bench.world.call("CreateMemory", {"name": "theirs", "eventExpiryDuration": 7})

    bench.apply("memory", first("memory"))

    assert [one.name for one in bench.things("memory")] == ["theirs", "demo_memory"]


def test_what_is_as_desired_is_not_written_down_again() -> None:
    bench = Bench()
    bench.apply("gateway", first("gateway"))
    written: list[str] = []

    bench.store.hook = lambda _when, what: written.append(what)
    bench.apply("gateway", first("gateway"))

    assert "write" not in written


def test_an_output_that_aws_does_not_say_is_left_out() -> None:
    paths = ("gatewayUrl", "workloadIdentityDetails.workloadIdentityArn")

    assert outputs_of(paths, {"workloadIdentityDetails": {"workloadIdentityArn": "a"}}) == {
        "workloadIdentityArn": "a"
    }
    assert outputs_of(paths, {}) == {}


def test_what_the_api_cannot_take_away_is_said_and_not_tried_for_ever() -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    without = first("memory")
    del without["description"]

    outcome = bench.apply("memory", without)

    (notice,) = outcome.notices
    assert notice.endswith("does not show description: 'a memory' → (none)")
    assert bench.apply("memory", without).verdict == "unchanged"
    assert [name for name, _ in bench.world.calls if name == "UpdateMemory"] == []
