"""What somebody changed by hand is found and named."""

import json
from hashlib import sha512

import pytest

from bridge.catalogue import KINDS
from bridge.errors import Declined
from fakes.agentcore_control.bench import PREFIX, Bench
from fakes.agentcore_control.wanted import first
from fakes.agentcore_control.world import Fault

ALL = sorted(KINDS)
WHERE = ("--prefix", PREFIX, "--region", "eu-west-1")


def _made(kind: str) -> Bench:
    bench = Bench()
    bench.apply(kind, first(kind, bench.parent(kind)))
    return bench


@pytest.mark.parametrize("kind", ALL)
def test_what_nobody_touched_has_not_drifted(kind: str) -> None:
    bench = _made(kind)

    assert bench.command("drift", *WHERE) == 0


@pytest.mark.parametrize("kind", ALL)
def test_what_somebody_deleted_is_missing(kind: str) -> None:
    bench = _made(kind)
    gone = bench.thing(kind)
    bench.world.things.remove(gone)

    assert bench.command("drift", *WHERE, "--kind", kind, "--name", "one") == 2
    assert f"missing: {gone.id} is gone" in bench.printed[-1]


BY_HAND: dict[str, tuple[dict[str, object], str]] = {
    "runtime": ({"description": "by hand"}, "description"),
    "runtime_endpoint": ({"description": "by hand"}, "description"),
    "gateway": ({"authorizerType": "NONE"}, "authorizerType"),
    "gateway_target": ({"description": "by hand"}, "description"),
    "workload_identity": (
        {"allowedResourceOauth2ReturnUrls": ["https://elsewhere.test"]},
        "allowedResourceOauth2ReturnUrls",
    ),
    "browser": ({"recording": {"enabled": True}}, "recording.enabled"),
    "code_interpreter": ({"description": "by hand"}, "description"),
    "memory": ({"eventExpiryDuration": 7}, "eventExpiryDuration"),
    "policy_engine": ({"description": "by hand"}, "description"),
    "policy": ({"enforcementMode": "LOG_ONLY"}, "enforcementMode"),
    "evaluator": ({"level": "SESSION"}, "level"),
    "online_evaluation": ({"executionStatus": "DISABLED"}, "executionStatus"),
    "oauth2_credential_provider": (
        {"credentialProviderVendor": "OktaOauth2"},
        "credentialProviderVendor",
    ),
}


@pytest.mark.parametrize("kind", ALL)
def test_a_member_that_was_changed_is_named(kind: str) -> None:
    bench = _made(kind)
    change, member = BY_HAND[kind]
    bench.thing(kind).told |= change

    assert bench.command("drift", *WHERE, "--kind", kind, "--name", "one", "--json") == 2

    (line,) = json.loads(bench.printed[-1])["drift"]
    assert line.startswith(f"{member}: ")
    assert " → " in line


def test_a_change_is_shown_as_old_and_new() -> None:
    bench = _made("memory")
    bench.thing("memory").told |= {"eventExpiryDuration": 7, "description": "by hand"}

    assert bench.command("drift", *WHERE, "--json") == 2

    assert json.loads(bench.printed[-1]) == {
        "kind": "memory",
        "name": "one",
        "drift": ["description: 'a memory' → 'by hand'", "eventExpiryDuration: 90 → 7"],
        "unseen": [],
    }


def test_what_was_added_by_hand_is_drift_though_nobody_desired_anything_of_it() -> None:
    bench = _made("browser")
    bench.thing("browser").told["browserSigning"] = {"enabled": True}

    assert bench.command("drift", *WHERE) == 2
    assert "browserSigning" in bench.printed[-1]


def test_an_environment_variable_is_named_without_its_value() -> None:
    bench = _made("runtime")
    bench.thing("runtime").told["environmentVariables"] = {"LEVEL": "by-hand", "MODEL": "one"}

    assert bench.command("drift", *WHERE) == 2

    assert "environmentVariables.LEVEL: 'sha256:" in bench.printed[-1]
    assert "by-hand" not in bench.printed[-1]
    assert "MODEL" not in bench.printed[-1]


def test_what_changes_by_itself_is_no_drift() -> None:
    bench = _made("memory")
    bench.thing("memory").strategies[0] |= {"status": "CREATING", "strategyId": "facts-other00000"}

    assert bench.command("drift", *WHERE) == 0


def test_an_evaluator_that_others_have_begun_to_use_has_not_drifted() -> None:
    bench = _made("evaluator")
    bench.thing("evaluator").told["lockedForModification"] = True

    assert bench.command("drift", *WHERE) == 0


def test_tags_that_were_changed_are_drift() -> None:
    bench = _made("runtime")
    bench.thing("runtime").tags["app"] = "other"

    assert bench.command("drift", *WHERE) == 2
    assert "tags.app: 'demo' → 'other'" in bench.printed[-1]


def test_a_failed_state_is_drift() -> None:
    bench = _made("gateway")
    bench.thing("gateway").status = "UPDATE_UNSUCCESSFUL"

    assert bench.command("drift", *WHERE) == 2
    assert "state: UPDATE_UNSUCCESSFUL: planted; twice" in bench.printed[-1]


def test_what_cannot_be_compared_is_said_and_is_no_drift() -> None:
    bench = _made("policy")

    assert bench.command("drift", *WHERE, "--kind", "policy", "--name", "one") == 0
    assert "not compared: validationMode: AWS does not say it" in bench.printed[-1]


def test_a_configuration_too_large_to_be_kept_is_said_and_applied_all_the_same() -> None:
    bench = Bench()
    large = first("gateway_target", bench.parent("gateway_target"))
    schema = large["targetConfiguration"]["mcp"]["lambda"]["toolSchema"]
    schema["inlinePayload"] = [
        schema["inlinePayload"][0]
        | {"name": f"tool{number}", "description": sha512(bytes([number])).hexdigest()}
        for number in range(90)
    ]
    bench.apply("gateway_target", large)

    assert bench.command("drift", *WHERE, "--kind", "gateway_target", "--name", "one") == 0
    assert "not compared: everything: its configuration is too large" in bench.printed[-1]
    assert bench.apply("gateway_target", large).verdict == "unchanged"
    assert len(bench.store.values[f"{PREFIX}/gateway_target/one"]) < 4096


def test_a_run_that_was_cut_off_is_drift() -> None:
    bench = Bench()
    bench.world.looks = 300
    code = bench.command(
        "apply",
        *WHERE,
        "--kind",
        "browser",
        "--name",
        "one",
        BRIDGE_DESIRED=json.dumps(first("browser")),
    )

    assert code == 1
    assert bench.command("drift", *WHERE) == 2
    assert "unfinished: a run that was to make demo_browser was cut off" in bench.printed[-1]
    assert "missing: no run has made it to its end yet" in bench.printed[-1]


def test_a_replaced_one_that_is_still_there_is_drift() -> None:
    bench = _made("browser")
    bench.world.faults["DeleteBrowser"] = [Fault.DENIED]
    with pytest.raises(Declined):
        bench.apply("browser", first("browser") | {"name": "other"})

    assert bench.command("drift", *WHERE) == 2
    assert "is replaced, but not deleted" in bench.printed[-1]


def test_another_account_is_refused() -> None:
    bench = _made("memory")
    bench.account = "999988887777"

    assert bench.command("drift", *WHERE) == 1
    assert "account 111122223333" in bench.said[-1]


def test_drift_changes_nothing_and_takes_no_lock() -> None:
    bench = _made("memory")
    bench.thing("memory").told["eventExpiryDuration"] = 7
    before, calls = bench.store.values.copy(), len(bench.world.calls)

    bench.command("drift", *WHERE)

    assert bench.store.values == before
    assert {name for name, _ in bench.world.calls[calls:]} == {"GetMemory", "ListTagsForResource"}
