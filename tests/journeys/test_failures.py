"""What each failure does to a person (design part 10), with the real programs failing."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import httpx
import pytest

from devstack.dev.stack import Stack
from journeys.conftest import Started
from journeys.visitor import Visitor

pytestmark = pytest.mark.journey


@dataclass(frozen=True, kw_only=True)
class Talk:
    """Somebody, and a chat of theirs that goes on: its agent's program is there already."""

    who: Visitor
    chat: str

    def ask(self) -> httpx.Response:
        """Say one thing more."""
        return self.who.ask("hello", **{"Chat-Id": self.chat})


@pytest.fixture(scope="module")
def talk(local: Stack) -> Talk:
    """Let Alice begin to talk, once for all failures on the usual stack."""
    alice = Visitor(origin=local.plan.public_url)
    assert alice.log_in("alice@acme.test", local.secrets.password).status_code == 200
    begun = alice.ask("hello")
    assert begun.status_code == 200
    return Talk(who=alice, chat=begun.headers["chat-id"])


@pytest.fixture
def faults(local: Stack) -> Generator[Callable[..., None]]:
    """Order failures of the local AWS; what is left of them is cancelled at the end."""
    url = f"{local.plan.aws}/_local/faults"

    def order(**fault: object) -> None:
        assert httpx.post(url, json=fault).status_code == 204

    yield order
    httpx.delete(url)


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [
        pytest.param(402, "agent_busy", 429, id="quota exceeded"),
        pytest.param(424, "agent_failed", 502, id="agent failed"),
        pytest.param(429, "agent_busy", 429, id="throttled"),
        pytest.param(500, "agent_failed", 502, id="internal error"),
    ],
)
def test_a_refusal_of_agentcore_is_told_without_its_text(
    talk: Talk,
    faults: Callable[..., None],
    status: int,
    code: str,
    answer: int,
) -> None:
    faults(service="agentcore", status=status, times=1)

    refused = talk.ask()

    assert (refused.status_code, refused.json()["code"]) == (answer, code)
    assert set(refused.json()) <= {"type", "title", "status", "code", "request_id", "retry_after"}
    assert talk.ask().status_code == 200


def test_a_conflict_is_retried_once_and_reaches_the_agent_once(
    local: Stack, talk: Talk, faults: Callable[..., None]
) -> None:
    httpx.delete(f"{local.plan.aws}/_local/calls")
    faults(service="agentcore", operation="InvokeAgentRuntime", status=409, times=1)

    answer = talk.ask()

    calls = httpx.get(f"{local.plan.aws}/_local/calls").json()["calls"]
    assert answer.status_code == 200
    assert sum(call["action"].endswith(":InvokeAgentRuntime") for call in calls) == 2


def test_sts_that_is_throttled_is_503_and_the_person_stays_logged_in(start: Started) -> None:
    # One of its own: on the usual stack somebody may have asked for these grants already.
    local = start()
    bob = Visitor(origin=local.plan.public_url)
    bob.log_in("bob@acme.test", local.secrets.password)
    faults = f"{local.plan.aws}/_local/faults"
    httpx.post(faults, json={"service": "sts", "status": 503, "code": "Throttling", "times": 20})

    refused = bob.ask("hello")
    httpx.delete(faults)

    assert (refused.status_code, refused.json()["code"]) == (503, "grant_unavailable")
    assert "retry-after" in refused.headers
    assert "chats" in bob.send("GET", "/api/chats").json()
    assert bob.send("GET", "/api/chats").json()["chats"] == []
    assert bob.ask("hello").status_code == 200
