"""What carries the calls to agents can be changed, and nobody notices."""

import pytest

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.runtime import Play, answers, drops, hangs, refuses, says
from trust.wire.client import LeanWire
from trust.wire.http import HttpxWire

KINDS = {"lean": LeanWire, "httpx": HttpxWire}


@pytest.fixture(params=KINDS)
def upstream(request: pytest.FixtureRequest) -> str:
    """Return each of them in turn."""
    name: str = request.param
    return name


@pytest.fixture
def idle(request: pytest.FixtureRequest) -> str:
    """Return how long an agent may be silent: longer than a busy machine is, unless a test says."""
    silence: str = getattr(request, "param", "5s")
    return silence


@pytest.fixture
def settings_changes(upstream: str, idle: str) -> dict[str, str]:
    """Have calls carried by it."""
    return {"BFF_UPSTREAM": upstream, "BFF_STREAM_IDLE": idle}


async def test_the_setting_says_what_carries_the_calls(house: House, upstream: str) -> None:
    assert type(house.gate.turns.runtime.wire) is KINDS[upstream]


async def test_a_stream_and_a_document_pass_as_they_are(house: House, alice: Browser) -> None:
    house.runtime.script = [says(b"data: one\n\n", b"data: two\n\n"), answers(b'{"result": 7}')]

    stream, document = await alice.say("hello"), await alice.say("ledger")

    assert (stream.status, stream.body) == (200, b"data: one\n\ndata: two\n\n")
    assert stream.header("content-type") == "text/event-stream"
    assert (document.status, document.body) == (200, b'{"result": 7}')
    assert document.header("content-length") == "13"


async def test_a_call_has_the_same_headers(house: House, alice: Browser) -> None:
    await alice.say("hello")

    (call,) = house.runtime.invocations
    assert {name.lower() for name, _ in call.headers} == {
        *("accept", "authorization", "content-length", "content-type", "host"),
        *(
            "x-amz-date",
            "x-amz-security-token",
            "x-amzn-bedrock-agentcore-runtime-custom-data-grant",
        ),
        "x-amzn-bedrock-agentcore-runtime-session-id",
    }


@pytest.mark.parametrize(
    ("play", "code", "status", "idle"),
    [
        pytest.param(refuses(429), "agent_busy", 429, "5s", id="busy"),
        pytest.param(refuses(500), "agent_failed", 502, "5s", id="failed"),
        pytest.param(drops, "agent_failed", 502, "5s", id="torn"),
        pytest.param(hangs, "agent_timeout", 504, "500ms", id="silent"),
    ],
    indirect=["idle"],
)
async def test_a_refusal_is_the_same(
    house: House, alice: Browser, play: Play, code: str, status: int
) -> None:
    house.runtime.script = [play]

    answer = await alice.say("hello")

    assert (answer.status, problem_of(answer)["code"]) == (status, code)
    assert len(house.runtime.invocations) == 1
