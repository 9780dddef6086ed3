"""What an agent's exceptions say, of databases, hosts and tokens, stays with us."""

import json

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.events import parse
from fakes.proxy.house import House
from fakes.proxy.runtime import EVENTS, JSON, answers, says

TEXT = "postgres://app:hunter2@db.internal/prod"
WORD = b"data: hello\n\n"

SDK_ERROR = {
    "error": TEXT,
    "error_type": "ValueError",
    "message": "An error occurred during streaming",
}
"""As `bedrock_agentcore` 1.25.0 ends a stream that failed."""

ERRORS = [
    pytest.param(b"data: %b\n\n" % json.dumps(SDK_ERROR).encode(), id="python-sdk"),
    pytest.param(b'event: error\ndata: {"error": "%b"}\n\n' % TEXT.encode(), id="typescript-sdk"),
    pytest.param(b'data: {"error": "%b"}' % TEXT.encode(), id="without-its-end"),
]

AGENTS = ["hello", "ledger", "bearer"]
"""Of AG-UI and of plain HTTP, called by SigV4 and by token."""


def hidden(house: House, answer: Answer) -> None:
    """Check that the text stands neither in the answer nor in a log."""
    assert TEXT.encode() not in answer.body
    assert b"hunter2" not in answer.body
    assert not any(TEXT in value for _, value in answer.headers)
    assert house.canary.leaks([TEXT, "hunter2"]) == []


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("error", ERRORS)
async def test_agent_error_leak_in_a_stream(
    house: House, alice: Browser, agent: str, error: bytes
) -> None:
    house.runtime.script = [says(WORD, error)]

    answer = await alice.say(agent)

    first, *_, last = parse(answer.body)
    assert first.data == "hello"
    assert last.json["code"] == "agent_failed"
    hidden(house, answer)


@pytest.mark.parametrize("cut", range(1, 60, 7))
async def test_agent_error_leak_in_pieces(house: House, alice: Browser, cut: int) -> None:
    error = b"data: %b\n\n" % json.dumps(SDK_ERROR).encode()
    house.runtime.script = [says(WORD + error[:cut], error[cut:])]

    answer = await alice.say("ledger")

    assert parse(answer.body)[-1].json["code"] == "agent_failed"
    hidden(house, answer)


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize(
    "document",
    [{"error": TEXT}, SDK_ERROR, {"error": TEXT, "error_type": TEXT}],
    ids=["own", "sdk", "text-for-a-class"],
)
async def test_agent_error_leak_in_a_document(
    house: House, alice: Browser, agent: str, document: dict[str, str]
) -> None:
    house.runtime.script = [answers(json.dumps(document).encode())]

    answer = await alice.say(agent)

    # Under a good status, as the agent sent it, the page would take it for its answer.
    assert answer.status == 502
    assert problem_of(answer)["code"] == "agent_failed"
    hidden(house, answer)


async def test_agent_error_leak_by_a_traceback_as_text(house: House, alice: Browser) -> None:
    text = f"Traceback (most recent call last):\n  File 'a.py', line 7\nKeyError: {TEXT}\n"
    house.runtime.script = [answers(text.encode(), headers=[("Content-Type", "text/plain")])]

    answer = await alice.say("ledger")

    assert answer.status == 502
    assert problem_of(answer)["code"] == "agent_failed"
    hidden(house, answer)


async def test_agent_error_leak_in_a_document_that_comes_in_pieces(
    house: House, alice: Browser
) -> None:
    house.runtime.script = [says(b'{"err', b'or": "%b"}' % TEXT.encode(), headers=JSON)]

    answer = await alice.say("ledger")

    assert answer.status == 502
    assert problem_of(answer)["code"] == "agent_failed"
    hidden(house, answer)


@pytest.mark.parametrize("code", ["INTERNAL_ERROR", TEXT], ids=["a-code", "a-text"])
async def test_agent_error_leak_in_ag_uis_own_error(
    house: House, alice: Browser, code: str
) -> None:
    error = {"type": "RUN_ERROR", "message": TEXT, "code": code}
    house.runtime.script = [says(WORD, b"data: %b\n\n" % json.dumps(error).encode())]

    answer = await alice.say("hello")

    told = parse(answer.body)[-1].json
    assert told["type"] == "RUN_ERROR"
    assert told["message"] not in {"", TEXT}
    hidden(house, answer)


async def test_agent_error_leak_of_pythons_insides(house: House, alice: Browser) -> None:
    insides = f"{{'agent': <strands.agent.agent.Agent object at 0x7f4d>, 'token': '{TEXT}'}}"
    event = b"data: %b\n\n" % json.dumps(insides).encode()
    house.runtime.script = [says(WORD, event, b"data: more\n\n", headers=EVENTS)]

    answer = await alice.say("ledger")

    assert [event.data for event in parse(answer.body)] == ["hello", "more"]
    hidden(house, answer)
