"""The Lambda function behind the gateway, and the list it reads."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from agent_host.local_gateway import ClientContext, Context, called
from titanic.analysis import TOOLS
from titanic.handler import handler

EXAMPLE = Path(__file__).parents[3] / "examples" / "2-gateway-tool"
MAX_ANSWER_CHARS = 4000


def ask(tool: str, **arguments: object) -> dict[str, Any]:
    return dict(called(handler, f"titanic___{tool}", arguments))


def refusal(answer: dict[str, Any]) -> str:
    assert set(answer) == {"error"}
    return str(answer["error"]["code"])


def test_the_list_is_what_its_script_makes() -> None:
    made = subprocess.run(
        [sys.executable, str(EXAMPLE / "make_passengers.py")],
        capture_output=True,
        check=True,
        timeout=30,
    ).stdout

    assert made == (EXAMPLE / "passengers.csv").read_bytes()
    assert len(made) < 60_000


def test_the_schema_names_the_tools_there_are() -> None:
    schema = json.loads((EXAMPLE / "tool_schema.json").read_text())

    assert [tool["name"] for tool in schema] == list(TOOLS)


def test_the_schema_uses_what_the_gateway_knows_and_no_more() -> None:
    # AgentCore's SchemaDefinition has these members and no others: no enum, no bounds.
    known = {"type", "description", "properties", "required", "items"}

    def check(schema: dict[str, Any]) -> None:
        assert set(schema) <= known
        for inner in schema.get("properties", {}).values():
            check(inner)

    for tool in json.loads((EXAMPLE / "tool_schema.json").read_text()):
        assert set(tool) == {"name", "description", "inputSchema"}
        check(tool["inputSchema"])


@pytest.mark.parametrize("tool", json.loads((EXAMPLE / "tool_schema.json").read_text()))
def test_what_the_schema_offers_the_function_takes(tool: dict[str, Any]) -> None:
    examples = {
        "group_by": "sex",
        "rows": 20,
        "passenger_class": 1,
        "sex": "female",
        "embarked": "C",
        "age_from": 1,
        "age_below": 79,
    }
    offered = {name: examples[name] for name in tool["inputSchema"]["properties"]}

    answer = ask(tool["name"], **offered)

    assert "error" not in answer
    assert len(json.dumps(answer)) < MAX_ANSWER_CHARS


def test_groups_add_up_to_everybody() -> None:
    everybody = ask("count_passengers")

    for group in ("class", "sex", "age_band", "embarked"):
        groups = ask("survival_rate", group_by=group)["groups"].values()
        assert sum(one["passengers"] for one in groups) == everybody["passengers"] == 891
        assert sum(one["survived"] for one in groups) == everybody["survived"]


def test_filters_narrow() -> None:
    women = ask("count_passengers", sex="female")["passengers"]
    first = ask("count_passengers", sex="female", passenger_class=1)["passengers"]
    from_cork = ask("count_passengers", sex="female", passenger_class=1, embarked="Q")["passengers"]

    assert 891 > women > first > from_cork > 0


def test_ages_are_from_and_below() -> None:
    bands = ask("survival_rate", group_by="age_band")["groups"]

    assert ask("count_passengers", age_below=12)["passengers"] == bands["0-11"]["passengers"]
    assert (
        ask("count_passengers", age_from=12, age_below=18)["passengers"]
        == bands["12-17"]["passengers"]
    )
    assert ask("count_passengers", age_from=60)["passengers"] == bands["60 and over"]["passengers"]


def test_whose_age_is_unknown_is_in_no_range_of_ages() -> None:
    unknown = ask("survival_rate", group_by="age_band")["groups"]["unknown"]["passengers"]

    assert ask("count_passengers", age_from=0)["passengers"] == 891 - unknown


def test_nobody_has_no_rate() -> None:
    nobody = ask("count_passengers", age_from=119, age_below=120)

    assert nobody == {"passengers": 0, "survived": 0, "survival_rate": None}


def test_fares_are_in_order() -> None:
    fares = ask("fare_statistics", group_by="class")["groups"]

    assert fares["1"]["median_fare"] > fares["2"]["median_fare"] > fares["3"]["median_fare"]
    assert all(one["mean_fare"] <= one["highest_fare"] for one in fares.values())


def test_a_list_shows_as_many_as_were_asked_for() -> None:
    assert len(ask("list_passengers")["shown"]) == 5
    longest = ask("list_passengers", rows=20)
    assert len(longest["shown"]) == 20
    assert longest["passengers"] == 891
    assert len(json.dumps(longest)) < MAX_ANSWER_CHARS


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"group_by": "name"}, id="unknown-group"),
        pytest.param({}, id="no-group"),
        pytest.param({"group_by": ["sex"]}, id="group-a-list"),
        pytest.param({"group_by": "sex", "passenger_class": 4}, id="no-such-class"),
        pytest.param({"group_by": "sex", "passenger_class": "1"}, id="class-a-text"),
        pytest.param({"group_by": "sex", "passenger_class": True}, id="class-a-truth"),
        pytest.param({"group_by": "sex", "sex": "Female"}, id="another-case"),
        pytest.param({"group_by": "sex", "embarked": "X"}, id="no-such-port"),
        pytest.param({"group_by": "sex", "age_from": -1}, id="before-birth"),
        pytest.param({"group_by": "sex", "age_from": 121}, id="too-old"),
        pytest.param({"group_by": "sex", "age_from": float("nan")}, id="not-a-number"),
        pytest.param({"group_by": "sex", "age_from": 17.5}, id="a-fraction"),
        pytest.param({"group_by": "sex", "age_from": True}, id="age-a-truth"),
        pytest.param({"group_by": "sex", "age_from": "1"}, id="age-a-text"),
        pytest.param({"group_by": "sex", "age_from": 5, "age_below": 5}, id="an-empty-range"),
        pytest.param({"group_by": "sex", "path": "/etc/passwd"}, id="unknown-argument"),
        pytest.param({"group_by": "x" * 5000}, id="too-long"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, object]) -> None:
    answer = ask("survival_rate", **arguments)

    assert refusal(answer) == "arguments_invalid"
    assert "passwd" not in json.dumps(answer)


@pytest.mark.parametrize("rows", [0, 21, -1, True, "5", 1.5])
def test_a_list_is_bounded(rows: object) -> None:
    assert refusal(ask("list_passengers", rows=rows)) == "arguments_invalid"


@pytest.mark.parametrize("event", [None, [], "x", 1])
def test_an_event_is_an_object(event: object) -> None:
    assert refusal(dict(called(handler, "titanic___count_passengers", event))) == (
        "arguments_invalid"
    )


@pytest.mark.parametrize("name", ["titanic___drop_table", "titanic___", "", "__init__"])
def test_other_tools_are_not_there(name: str) -> None:
    assert refusal(dict(called(handler, name, {}))) == "tool_unknown"


def test_a_call_past_the_gateway_names_no_tool() -> None:
    class Direct:
        client_context = None

    assert refusal(dict(handler({}, Direct()))) == "tool_unknown"
    assert refusal(dict(handler({}, Context(ClientContext({}))))) == "tool_unknown"


def test_another_target_s_prefix_is_no_part_of_the_tool() -> None:
    # Whoever adds the target to a gateway chooses its name.
    assert "passengers" in called(handler, "ship___count_passengers", {})
