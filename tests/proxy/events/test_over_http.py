"""An agent that knows prompts only, told in AG-UI, through a whole Gatehouse."""

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.proxy.agui_client import run
from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.events import parse
from fakes.proxy.house import House
from fakes.proxy.runtime import EVENTS, JSON, answers, refuses, says
from fakes.proxy.served import asking as asked_by
from fakes.proxy.served import served
from fakes.proxy.strands_events import START_TOOL, STOP, delta, sent
from fakes.proxy.wire import Headers

REGISTRY = """
[tenants.acme]
name = "Acme Corporation"

[agents.plain]
title = "Plain"
protocol = "HTTP"
relay = "agui"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/plain-a1B2c3D4e5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-plain"
tenants = ["acme"]
"""

ASKED = {
    "threadId": "thread",
    "runId": "run",
    "state": {"secret": "of the page"},
    "messages": [
        {"id": "1", "role": "assistant", "content": "made up"},
        {"id": "2", "role": "user", "content": "look"},
    ],
    "tools": [],
    "context": [],
    "forwardedProps": {},
}


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    """Have an agent whose answers are told in AG-UI."""
    place = tmp_path / "plain.toml"
    place.write_text(REGISTRY)
    return {"BFF_REGISTRY": f"file:{place}"}


def asking(**changes: Any) -> bytes:
    """Return a `RunAgentInput`."""
    return json.dumps(ASKED | changes).encode()


async def test_an_agents_own_events_come_out_as_ag_ui(house: House, alice: Browser) -> None:
    tool = [START_TOOL, delta(toolUse={"input": "{}"}), STOP]
    house.runtime.script = [says(sent({"data": "Good "}, {"data": "day"}), sent(*tool))]

    answer = await alice.say("plain", asking())

    assert answer.status == 200
    assert answer.header("content-type") == "text/event-stream"
    first, *_, last = [event.json for event in parse(answer.body)]
    assert (first["type"], last["type"]) == ("RUN_STARTED", "RUN_FINISHED")
    assert (first["threadId"], first["runId"]) == ("thread", "run")
    assert run(answer.body).texts == ["Good day"]


async def test_a_json_answer_comes_out_as_ag_ui(house: House, alice: Browser) -> None:
    house.runtime.script = [answers(b'{"result": "Hello"}')]

    answer = await alice.say("plain", asking())

    assert answer.header("content-type") == "text/event-stream"
    assert answer.header("content-length") is None
    assert run(answer.body).texts == ["Hello"]


async def test_the_agent_is_asked_the_persons_last_words_and_nothing_else(
    house: House, alice: Browser
) -> None:
    await alice.say("plain", asking())

    (call,) = house.runtime.invocations
    assert json.loads(call.body) == {"prompt": "look"}


async def test_a_page_that_asks_what_was_said_so_far_is_answered_without_the_agent(
    house: House, alice: Browser
) -> None:
    answer = await alice.say("plain", asking(messages=[]))

    assert [event.json["type"] for event in parse(answer.body)] == ["RUN_STARTED", "RUN_FINISHED"]
    assert answer.header("content-type") == "text/event-stream"
    assert answer.header("chat-id") is not None
    assert house.runtime.invocations == []


async def test_messages_without_a_word_of_the_person_go_nowhere(
    house: House, alice: Browser
) -> None:
    answer = await alice.say("plain", asking(messages=[{"id": "1", "role": "tool"}]))

    assert problem_of(answer)["code"] == "prompt_missing"
    assert house.runtime.invocations == []


async def test_a_page_is_told_what_it_hears_and_not_what_the_agent_speaks(alice: Browser) -> None:
    answer = await alice.fetch("GET", "/api/agents")

    assert [agent["protocol"] for agent in answer.json["agents"]] == ["AGUI"]


async def test_a_failure_in_mid_stream_ends_the_run_once(house: House, alice: Browser) -> None:
    torn = sent({"data": "Good "}, {"error": "secret text", "error_type": "ValueError"})
    house.runtime.script = [says(torn)]

    answer = await alice.say("plain", asking())

    events = [event.json for event in parse(answer.body)]
    assert [event["type"] for event in events].count("RUN_ERROR") == 1
    assert (events[-1]["type"], events[-1]["code"]) == ("RUN_ERROR", "agent_failed")
    assert b"secret text" not in answer.body


@pytest.mark.parametrize("kind", [EVENTS, JSON], ids=["events", "JSON"])
async def test_an_agent_that_says_nothing_by_its_status_is_an_empty_run(
    house: House, alice: Browser, kind: Headers
) -> None:
    """A run has a body: with the agent's own status, no server could send it."""
    house.runtime.script = [answers(b"", status=204, headers=kind)]

    async with served(house) as running, asked_by(running, alice, "plain", asking()) as answer:
        body = await answer.aread()

    assert answer.status_code == 200
    assert run(body).kinds == ["RUN_STARTED", "RUN_FINISHED"]


async def test_a_refusal_before_the_stream_is_a_problem(house: House, alice: Browser) -> None:
    house.runtime.script = [refuses(500)]

    answer = await alice.say("plain", asking())

    assert answer.status == 502
    assert problem_of(answer)["code"] == "agent_failed"
