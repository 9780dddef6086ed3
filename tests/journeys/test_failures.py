"""What each failure does to a person (design part 10), with the real programs failing."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from devstack.dev.ports import free_port
from devstack.dev.stack import Stack
from journeys.conftest import Started
from journeys.visitor import SESSION, Visitor

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def brief(start: Started) -> Stack:
    """A stack whose access tokens live for ten seconds, with two processes of the BFF."""
    return start(access_ttl_s=10, bff_ports=(free_port(), free_port()))


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
    visitor: Callable[[str], Visitor],
    faults: Callable[..., None],
    status: int,
    code: str,
    answer: int,
) -> None:
    alice = visitor("alice@acme.test")
    faults(service="agentcore", status=status, times=1)

    refused = alice.ask("hello")

    assert (refused.status_code, refused.json()["code"]) == (answer, code)
    assert set(refused.json()) <= {"type", "title", "status", "code", "request_id", "retry_after"}
    assert alice.ask("hello").status_code == 200


def test_a_conflict_is_retried_once_and_reaches_the_agent_once(
    local: Stack, visitor: Callable[[str], Visitor], faults: Callable[..., None]
) -> None:
    alice = visitor("alice@acme.test")
    httpx.delete(f"{local.plan.aws}/_local/calls")
    faults(service="agentcore", operation="InvokeAgentRuntime", status=409, times=1)

    answer = alice.ask("hello")

    calls = httpx.get(f"{local.plan.aws}/_local/calls").json()["calls"]
    assert answer.status_code == 200
    assert sum(call["action"].endswith(":InvokeAgentRuntime") for call in calls) == 2


def test_sts_that_is_throttled_is_503_and_the_person_stays_logged_in(brief: Stack) -> None:
    bob = Visitor(origin=brief.plan.public_url)
    bob.log_in("bob@acme.test", brief.secrets.password)
    faults = f"{brief.plan.aws}/_local/faults"
    httpx.post(faults, json={"service": "sts", "status": 503, "code": "Throttling", "times": 20})

    refused = bob.ask("hello")
    httpx.delete(faults)

    assert (refused.status_code, refused.json()["code"]) == (503, "grant_unavailable")
    assert "retry-after" in refused.headers
    assert "chats" in bob.send("GET", "/api/chats").json()
    assert bob.send("GET", "/api/chats").json()["chats"] == []
    assert bob.ask("hello").status_code == 200


def test_tokens_are_refreshed_once_however_many_requests_want_them(brief: Stack) -> None:
    alice = Visitor(origin=brief.plan.public_url)
    alice.log_in("alice@acme.test", brief.secrets.password)
    origins = [brief.plan.bffs[number % 2] for number in range(40)]
    counts = f"{brief.plan.issuer}/_local/counts"
    wait_until_due(alice)
    httpx.delete(counts)

    def ask(origin: str) -> int:
        tab = Visitor(origin=alice.origin, via=origin, cookies=dict(alice.cookies))
        return tab.send("GET", "/api/agents").status_code

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(ask, origins))

    assert answers == [200] * 40
    assert httpx.get(counts).json()["/token"] == 1


def wait_until_due(person: Visitor) -> None:
    """Return when half of the access token's life is over: the provider's clock is a real one."""
    import time

    time.sleep(6)
    assert SESSION in person.cookies


def test_a_provider_that_is_down_at_refresh_costs_nobody_the_session(brief: Stack) -> None:
    bob = Visitor(origin=brief.plan.public_url)
    bob.log_in("bob@acme.test", brief.secrets.password)
    wait_until_due(bob)
    fault = {"path": "/token", "status": 503, "times": 1}
    httpx.post(f"{brief.plan.issuer}/_local/faults", json=fault)

    while_down = bob.send("GET", "/api/agents")
    afterwards = bob.send("GET", "/api/agents")

    # The old token still serves, and is refreshed after a pause.
    assert while_down.status_code == 200
    assert afterwards.status_code == 200


def test_a_refresh_token_that_the_provider_refuses_ends_the_session(brief: Stack) -> None:
    carol = Visitor(origin=brief.plan.public_url)
    carol.log_in("carol@globex.test", brief.secrets.password)
    wait_until_due(carol)
    fault = {"path": "/token", "status": 400, "error": "invalid_grant", "times": 1}
    httpx.post(f"{brief.plan.issuer}/_local/faults", json=fault)

    ended = carol.send("GET", "/api/agents")

    assert ended.json()["code"] == "not_logged_in"
    assert SESSION not in carol.cookies
