"""The gateway-tool agent: what it answers, without a gateway and with one."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from titanic.handler import handler

from agent_client.inside import Inside, inside
from fakes.gateway.mcp_gateway import SECRET, FakeGateway, running_gateway

SCHEMA = Path(__file__).parents[3] / "examples" / "2-gateway-tool" / "tool_schema.json"
REGION = "eu-west-1"


def define(settings: Any) -> Any:
    from gateway_tool.definition import gateway_tool

    return gateway_tool(settings)


@pytest.fixture(scope="module")
def _running() -> Generator[FakeGateway]:
    with running_gateway("titanic", SCHEMA, handler, region=REGION) as gateway:
        yield gateway


@pytest.fixture
def gateway(_running: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    """Return the gateway, and give the agent the role that it lets in."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIARUNTIMEROLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token/+=")
    _running.calls.clear()
    _running.refused = 0
    _running.failing = None
    return _running


@pytest.fixture
def chat(gateway: FakeGateway, session: str) -> Inside:
    """Return a conversation with an agent that uses the gateway."""
    variables = {"GATEWAY_URL": gateway.url, "AWS_REGION": REGION}
    return inside(define, variables, session=session)


@pytest.fixture
def alone(session: str) -> Inside:
    """Return a conversation with an agent that has no gateway."""
    return inside(define, session=session)


@pytest.mark.parametrize(
    ("said", "tool", "words"),
    [
        ("survival rate by class", "survival_rate", "| 1 | 221 | 131 | 0.593 |"),
        ("survival rate by age of men", "survival_rate", "| 0-11 | 54 | 31 | 0.574 |"),
        ("How many women in first class survived?", "count_passengers", "survived."),
        ("fares by sex", "fare_statistics", "median_fare"),
        ("show 3 passengers from Cherbourg", "list_passengers", "passengers match"),
    ],
)
async def test_a_question_is_answered_by_the_tool(
    alone: Inside, said: str, tool: str, words: str
) -> None:
    answer = await alone.say(said)

    assert answer.tools == [f"titanic___{tool}"]
    assert words in answer.text


@pytest.mark.parametrize(
    "said", ["survival rate by port", "how many men in second class?", "show 2 children"]
)
async def test_the_gateway_answers_as_the_function_does(
    chat: Inside, alone: Inside, gateway: FakeGateway, said: str
) -> None:
    by_gateway = await chat.say(said)
    by_function = await alone.say(said)

    assert len(gateway.calls) == 1
    assert gateway.refused == 0
    assert by_gateway.error is None
    assert by_gateway.text == by_function.text


async def test_the_gateway_is_told_tool_and_arguments(chat: Inside, gateway: FakeGateway) -> None:
    await chat.say("survival rate by class of women")

    assert gateway.calls == [
        ("titanic___survival_rate", {"group_by": "class", "sex": "female"}),
    ]


async def test_who_does_not_sign_with_the_runtime_s_role_gets_no_tools(
    chat: Inside, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")

    answer = await chat.say("survival rate by class")

    assert gateway.refused >= 1
    assert answer.error is not None
    assert answer.error.code == "tools_unavailable"
    assert "arn:aws" not in str(answer.events)


async def test_without_credentials_there_are_no_tools(
    chat: Inside, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))

    answer = await chat.say("survival rate by class")

    assert answer.error is not None
    assert answer.error.code == "tools_unavailable"


async def test_a_target_s_own_words_of_failure_reach_nobody(
    chat: Inside, gateway: FakeGateway
) -> None:
    gateway.failing = "An internal error at arn:aws:lambda:eu-west-1:111122223333:function:x"

    answer = await chat.say("survival rate by class")

    assert answer.results == ["The tool failed. Go on without it, and say so."]
    assert "arn:aws" not in str(answer.events)


async def test_what_the_tool_refuses_is_said(alone: Inside) -> None:
    answer = await alone.say("show 5000 passengers")

    assert answer.text == "The tool refused that: rows is a whole number from 1 to 20."


async def test_offline_there_is_no_code_interpreter_and_the_agent_says_so(alone: Inside) -> None:
    answer = await alone.say("run print(6 * 7)")

    assert answer.tools == ["run_python"]
    assert answer.text == (
        "There is no code interpreter here. It runs on AWS only, where it is enabled."
    )
    assert "42" not in answer.text


async def test_what_is_not_understood_is_explained(alone: Inside) -> None:
    assert "**synthetic** list" in (await alone.say("sing me a song")).text
