"""The research agent: what it answers, what its policies refuse, and what is recorded of it."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from agent_host.model import guardrail, model_for
from agent_host.settings import SettingsWrong, settings_of
from research import definition
from research.evaluation import scores, turn_of
from research.policy import NOT_EVALUATED, REFUSED, policies_of
from research.replies import reply

from agent_client.chat import Answer
from agent_client.inside import Inside, inside

EXAMPLE = Path(__file__).parents[3] / "examples" / "4-research"
TURNS = sorted((EXAMPLE / "turns").glob("*.json"))
CEDAR = importlib.util.find_spec("cedarpy") is not None
READER = "arn:aws:sts::111122223333:assumed-role/reader-dev/session"
ARCHIVIST = "arn:aws:sts::111122223333:assumed-role/archivist-dev/session"

with_cedar = pytest.mark.skipif(not CEDAR, reason="not run: cedarpy is not installed")
without_cedar = pytest.mark.skipif(CEDAR, reason="not run: cedarpy is installed")


def define(settings: Any) -> Any:
    return definition.research(settings)


@pytest.fixture
def chat(session: str) -> Inside:
    """Return a conversation without a data grant."""
    return inside(define, session=session)


def recorded(question: str, answer: Answer) -> dict[str, object]:
    """Return a turn as it stands in turns/."""
    arguments: dict[str, str] = {}
    names: dict[str, str] = {}
    for event in answer.events:
        if event.type.value == "TOOL_CALL_START":
            names[event.tool_call_id] = event.tool_call_name  # type: ignore[attr-defined] # its type says so
        if event.type.value == "TOOL_CALL_ARGS":
            key = event.tool_call_id  # type: ignore[attr-defined] # its type says so
            arguments[key] = arguments.get(key, "") + event.delta  # type: ignore[attr-defined] # as above
    calls = [{"tool": name, "arguments": json.loads(arguments[key])} for key, name in names.items()]
    return {"question": question, "calls": calls, "answer": answer.text}


async def test_an_answer_cites_the_source_it_has_read(chat: Inside) -> None:
    answer = await chat.say("How do tides arise?")

    assert answer.tools == ["search", "read_page"]
    assert "[1]\n\n## Sources\n\n1. " in answer.text


async def test_what_no_source_says_is_not_answered(chat: Inside) -> None:
    answer = await chat.say("Which cheese melts best?")

    assert answer.text == "I have found nothing about that, so I do not answer it."


async def test_an_order_in_a_page_is_marked_as_data_in_each_conversation(chat: Inside) -> None:
    answer = await chat.say("How do tides arise really?")

    nonce = answer.results[1].split("<<<data ")[1].split(">>>")[0]
    assert answer.results[1].count("<<<") == 2
    assert len(nonce) == 32
    again = await chat.say("How do tides arise really?")
    assert nonce in again.results[1]


async def test_numbers_about_groups_are_for_everybody(chat: Inside) -> None:
    answer = await chat.say("survival rate by class")

    assert "| 1 | 221 | 131 | 0.593 |" in answer.text


async def test_names_are_refused_and_the_refusal_is_said(chat: Inside) -> None:
    answer = await chat.say("show 3 passengers")

    assert answer.tools == ["titanic___list_passengers"]
    assert (REFUSED if CEDAR else NOT_EVALUATED).reason in answer.results[0]
    assert "Mr." not in str(answer.events)


@without_cedar
@pytest.mark.parametrize("tool", ["titanic___list_passengers", "titanic___unknown", "other___tool"])
def test_where_no_policy_can_be_evaluated_only_the_harmless_is_allowed(tool: str) -> None:
    policies = policies_of(EXAMPLE / "policies", role_arn=ARCHIVIST)

    assert policies.decide(tool, {}) == NOT_EVALUATED
    assert policies.decide("titanic___survival_rate", {"group_by": "sex"}).allowed


@with_cedar
@pytest.mark.parametrize(
    ("role", "tool", "arguments", "allowed"),
    [
        (READER, "titanic___survival_rate", {"group_by": "sex"}, True),
        (READER, "titanic___list_passengers", {"age_from": 18}, False),
        (ARCHIVIST, "titanic___list_passengers", {"age_from": 18}, True),
        (ARCHIVIST, "titanic___list_passengers", {"age_from": 17}, False),
        (ARCHIVIST, "titanic___list_passengers", {}, False),
        (ARCHIVIST, "titanic___drop_table", {}, False),
        (
            "arn:aws:sts::1:assumed-role/x/archivist-dev",
            "titanic___list_passengers",
            {"age_from": 18},
            False,
        ),
    ],
)
def test_the_policies_decide_by_role_and_arguments(
    role: str, tool: str, arguments: dict[str, object], allowed: object
) -> None:
    policies = policies_of(EXAMPLE / "policies", role_arn=role)

    assert policies.decide(tool, arguments).allowed is allowed


@with_cedar
def test_a_policy_that_fails_refuses() -> None:
    from research.policy import GATEWAY_ARN, Policies

    anything = "permit (principal, action, resource);"
    failing = "forbid (principal, action, resource) when { context.input.none == 1 };"

    assert GATEWAY_ARN
    assert not Policies([anything, failing], role_arn=READER).decide("a___b", {}).allowed


def test_each_policy_is_one_that_agentcore_takes() -> None:
    files = sorted((EXAMPLE / "policies").glob("*.cedar"))

    assert len(files) == 3
    for file in files:
        text = file.read_text()
        assert text.count('resource == AgentCore::Gateway::"@GATEWAY_ARN@"') == 1
        assert 35 <= len(text) <= 9800
        assert (
            f'"../examples/4-research/policies/{file.name}"'
            in (EXAMPLE / "terraform.tfvars").read_text()
        )


def test_each_tool_of_the_gateway_has_a_policy() -> None:
    schema = json.loads((EXAMPLE.parent / "2-gateway-tool" / "tool_schema.json").read_text())
    text = "".join(file.read_text() for file in (EXAMPLE / "policies").glob("*.cedar"))

    for tool in schema:
        assert f'AgentCore::Action::"titanic___{tool["name"]}"' in text


def test_the_guardrail_of_the_settings_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIARUNTIMEROLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    settings = settings_of(
        {
            "BEDROCK_MODEL_ID": "some.model-v1",
            "GUARDRAIL_ID": "gr-1",
            "GUARDRAIL_VERSION": "3",
            "AWS_REGION": "eu-west-1",
        }
    )

    config: Any = model_for(settings, reply).get_config()

    assert (config["guardrail_id"], config["guardrail_version"]) == ("gr-1", "3")
    assert config["guardrail_trace"] == "disabled"


def test_without_a_guardrail_nothing_is_said_of_one() -> None:
    assert guardrail(settings_of({})) == {}


@pytest.mark.parametrize("name", ["GUARDRAIL_ID", "GUARDRAIL_VERSION"])
def test_half_a_guardrail_is_none_and_is_told(name: str) -> None:
    with pytest.raises(SettingsWrong, match="set both, or neither"):
        settings_of({name: "x"})


@pytest.mark.parametrize("record", [json.loads(file.read_text()) for file in TURNS])
async def test_the_recorded_turns_are_what_the_agent_says(
    session: str, record: dict[str, Any]
) -> None:
    answer = await inside(define, session=session).say(record["question"])

    assert recorded(record["question"], answer) == record
    assert all(scores(turn_of(record)).values())
