"""What of AWS the settings turn on, and whom it is asked as."""

from pathlib import Path
from typing import Any

import pytest
from agent_host.settings import settings_of
from deepresearch import definition
from deepresearch.browser import Web, browser_of
from deepresearch.library import Corpus
from deepresearch.recall import memory_of
from titanic.handler import handler

from agent_client.inside import inside
from fakes.gateway.mcp_gateway import SECRET, running_gateway

SCHEMA = Path(__file__).parents[3] / "examples" / "2-gateway-tool" / "tool_schema.json"
REGION = "eu-west-1"
QUESTION = "How do tides arise?"


@pytest.fixture(autouse=True)
def _role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIARUNTIMEROLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


def define(settings: Any) -> Any:
    return definition.deepresearch(settings)


def test_without_settings_there_is_nothing_of_aws() -> None:
    settings = settings_of({})

    assert memory_of(settings) is None
    assert isinstance(definition.library_of(settings), Corpus)


def test_with_them_it_is_in_agentcore_s_region() -> None:
    variables = {
        "MEMORY_ID": "memory-0123456789",
        "BROWSER_ID": "browser-1",
        "AWS_REGION": REGION,
        "BEDROCK_REGION": "us-west-2",
    }
    settings = settings_of(variables)
    memory: Any = memory_of(settings)
    browser: Any = browser_of(settings)

    assert isinstance(definition.library_of(settings), Web)
    assert memory.meta.region_name == browser.sessions.meta.region_name == REGION
    assert browser.credentials.access_key == "ASIARUNTIMEROLE"


async def test_each_researcher_has_the_gateway_s_tools_and_hangs_up(session: str) -> None:
    with running_gateway("titanic", SCHEMA, handler, region=REGION) as gateway:
        variables = {
            "GATEWAY_URL": gateway.url,
            "AWS_REGION": REGION,
            "CODE_INTERPRETER_ID": "interpreter-1",
        }
        answer = await inside(define, variables, session=session).say(QUESTION)

        assert gateway.requests > 0
        assert gateway.refused == 0
    assert "gravity of the Moon" in answer.text


async def test_a_gateway_that_refuses_costs_the_researcher_and_says_nothing_of_why(
    session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with running_gateway("titanic", SCHEMA, handler, region=REGION) as gateway:
        variables = {"GATEWAY_URL": gateway.url, "AWS_REGION": REGION}
        answer = await inside(define, variables, session=session).say(QUESTION)

    assert "Nothing: the researcher failed." in answer.text
    assert "arn:aws" not in str(answer.events)
