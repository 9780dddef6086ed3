"""What differs, and what that takes."""

from typing import Any

import pytest

from bridge.catalogue import KINDS
from bridge.compare import Difference, changed, missing
from bridge.configuration import Baseline, baseline_of, configuration_hash, kept, plain
from bridge.plan import plan_for, seen_of
from bridge.ports import Members
from fakes.agentcore_control.bench import Bench
from fakes.agentcore_control.wanted import first


@pytest.mark.parametrize(
    ("wanted", "got", "lines"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, ["x.a: True → 1"]),
        ({"a": "1"}, {"a": 1}, ["x.a: 1 → '1'"]),
        ({"a": ""}, {}, []),
        ({"a": []}, {"a": None}, []),
        ({"a": {}}, {}, []),
        ({"a": False}, {}, ["x.a: (none) → False"]),
        ({"a": 0}, {}, ["x.a: (none) → 0"]),
        ({"a": ["p", "q"]}, {"a": ["q", "p"]}, []),
        ({"a": ["p", "p"]}, {"a": ["p", "q"]}, ["x.a: ['p', 'q'] → ['p', 'p']"]),
        ({"entryPoint": ["p", "q"]}, {"entryPoint": ["q", "p"]}, ["x.entryPoint: "]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}]}, []),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, ["x.a[0].b: 2 → 1"]),
        ({"a": [{"b": 1}]}, {"a": []}, ["x.a: [] → [{'b': 1}]"]),
        (
            {"a": [{"name": "p", "v": 1}, {"name": "q", "v": 2}]},
            {"a": [{"name": "q", "v": 2}, {"name": "p", "v": 3}]},
            ["x.a[p].v: 3 → 1"],
        ),
        ({"a": [{"key": "p"}]}, {"a": [{"key": "p"}, {"key": "q"}]}, ["x.a[q]: "]),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, ["x.a.b.c: 2 → 1"]),
        ({"a": {"b": 1}}, {"a": "text"}, ["x.a: 'text' → {'b': 1}"]),
    ],
)
def test_what_is_wanted_and_not_got_is_named_by_its_path(
    wanted: Members, got: Members, lines: list[str]
) -> None:
    found = [str(one) for one in missing(wanted, got, "x")]

    assert len(found) == len(lines)
    assert all(one.startswith(line) for one, line in zip(found, lines, strict=True))


def test_every_change_is_found_in_both_directions() -> None:
    found = list(changed({"a": 1, "b": 2}, {"b": 3, "c": 4}))

    assert [str(one) for one in found] == ["a: 1 → (none)", "b: 2 → 3", "c: (none) → 4"]


def test_a_long_value_is_shown_in_part() -> None:
    line = str(Difference(path="a", before=None, after="x" * 1000))

    assert len(line) < 150
    assert line.endswith("…")


def test_a_hash_does_not_depend_on_the_order_of_members() -> None:
    one: Members = {"a": 1, "b": {"c": 2, "d": 3}}
    other: Members = {"b": {"d": 3, "c": 2}, "a": 1}

    assert configuration_hash(one) == configuration_hash(other)
    assert configuration_hash(one) != configuration_hash(one | {"a": 2})


def test_environments_are_kept_by_digest_only() -> None:
    desired = plain({"environmentVariables": {"TOKEN": "hunter2"}})
    packed = kept(Baseline(desired=desired, seen=desired))

    assert desired["environmentVariables"]["TOKEN"].startswith("sha256:")
    baseline = baseline_of(packed)
    assert baseline is not None
    assert baseline.desired == desired
    assert "hunter2" not in str(baseline)


@pytest.mark.parametrize("packed", ["", "?", "YQ==", "eJwDAAAAAAE=", "eJyrrgUAAXUA+Q=="])
def test_what_was_not_kept_or_was_edited_is_no_baseline(packed: str) -> None:
    assert baseline_of(packed) is None


def _plan(kind: str, before: Members, desired: Members, seen: Members, got: Members) -> Any:
    type_ = KINDS[kind]
    baseline = Baseline(desired=plain(before), seen=seen_of(type_, seen))
    return plan_for(type_, desired, baseline, {"tags": {}} | got, "")


def test_a_spelling_of_the_apis_own_is_no_difference_for_ever() -> None:
    desired: Members = {"name": "a", "networkConfiguration": {"networkMode": "public"}}
    shown: Members = {"name": "a", "networkConfiguration": {"networkMode": "PUBLIC"}}

    assert _plan("browser", desired, desired, shown, shown).is_empty
    assert not plan_for(KINDS["browser"], desired, None, shown | {"tags": {}}, "").is_empty


def test_a_default_of_the_apis_is_no_difference() -> None:
    desired: Members = {"name": "a"}
    shown: Members = {"name": "a", "recording": {"enabled": False}}

    assert plan_for(KINDS["browser"], desired, None, shown | {"tags": {}}, "").is_empty


@pytest.mark.parametrize(("kind", "in_place"), [("browser", False), ("gateway", True)])
def test_a_member_that_is_not_wanted_any_more_is_a_difference(kind: str, in_place: bool) -> None:  # noqa: FBT001
    before: Members = {"name": "a", "description": "b"}

    plan = _plan(kind, before, {"name": "a"}, before, before)

    found = plan.updates if in_place else plan.replacements
    assert [str(one) for one in found] == ["description: 'b' → (none)"]


def test_a_part_that_is_not_wanted_any_more_is_a_difference() -> None:
    before: Members = {"name": "a", "protocolConfiguration": {"mcp": {"instructions": "b"}}}

    plan = _plan("gateway", before, {"name": "a", "protocolConfiguration": {}}, before, before)

    assert [one.path for one in plan.updates] == ["protocolConfiguration.mcp"]


def test_a_member_that_get_hides_is_compared_with_what_was_desired_before() -> None:
    before: Members = {"name": "a", "policyEngineId": "p", "validationMode": "ONE"}
    desired = before | {"validationMode": "TWO"}

    plan = plan_for(
        KINDS["policy"],
        desired,
        Baseline(desired=before, seen={"name": "a"}),
        {"name": "a"},
        "p",
    )

    assert [str(one) for one in plan.updates] == ["validationMode: 'ONE' → 'TWO'"]


def test_what_cannot_be_updated_takes_the_place_of_an_update() -> None:
    shown: Members = {"name": "a", "eventExpiryDuration": 7, "tags": {}}
    desired: Members = {"name": "b", "eventExpiryDuration": 30}

    plan = plan_for(KINDS["memory"], desired, None, shown, "")

    assert [one.path for one in plan.replacements] == ["name"]
    assert plan.names == {"eventExpiryDuration"}
    assert "events and records" in plan.lost


def test_an_argument_of_a_tool_may_be_called_like_a_state() -> None:
    bench = Bench()
    desired = first("gateway_target", bench.parent("gateway_target"))
    (tool,) = desired["targetConfiguration"]["mcp"]["lambda"]["toolSchema"]["inlinePayload"]
    tool["inputSchema"]["properties"] = {"status": {"type": "string"}}
    bench.apply("gateway_target", desired)
    tool["inputSchema"]["properties"] = {"status": {"type": "integer"}}

    outcome = bench.apply("gateway_target", desired)

    assert [one.path.rpartition(".")[2] for one in outcome.differences] == ["type"]
