"""What the policy for WebSockets allows beside an agent's own, and to which agents it is given."""

import pytest

from devstack.aws.iam.evaluate import Allowed, Request, evaluate
from devstack.aws.landscape import AGENTS, PLACE, roles
from devstack.aws.settings import POLICIES

HELLO, LEDGER = AGENTS
TALK = "bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStream"
TAGS = {"app_id": "demo", "tenant_id": "acme", "agent_name": "hello"}


def may(role: str, action: str, resource: str, tags: dict[str, str] = TAGS) -> bool:
    """Tell whether a role's own policies allow something to a session with tags."""
    known = roles(POLICIES).by_arn[f"arn:aws:iam::{PLACE.account}:role/{role}"]
    context = {f"aws:PrincipalTag/{name}": (value,) for name, value in tags.items()}
    request = Request(action=action, resource=resource, context=context)
    return isinstance(evaluate(request, identity=list(known.policies)), Allowed)


@pytest.mark.parametrize("place", ["", "/runtime-endpoint/DEFAULT"])
def test_this_runtime_and_its_endpoints_are_open_for_this_and_nothing_more(place: str) -> None:
    resource = f"{HELLO.runtime_arn}{place}"

    assert may("gatehouse-invoke-hello", TALK, resource)
    assert may("gatehouse-invoke-hello", "bedrock-agentcore:InvokeAgentRuntime", resource)
    for action in (f"{TALK}ForUser", "bedrock-agentcore:InvokeAgentRuntimeCommand"):
        assert not may("gatehouse-invoke-hello", action, resource)


@pytest.mark.parametrize("resource", [f"{HELLO.runtime_arn}2", LEDGER.runtime_arn])
def test_other_runtimes_are_closed(resource: str) -> None:
    assert not may("gatehouse-invoke-hello", TALK, resource)


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({}, id="no tags"),
        pytest.param({**TAGS, "agent_name": "ledger"}, id="another agent"),
        pytest.param({**TAGS, "app_id": "other"}, id="another app"),
        pytest.param({"app_id": "demo", "agent_name": "hello"}, id="no tenant"),
        pytest.param({**TAGS, "tenant_id": ""}, id="an empty tenant"),
    ],
)
def test_sessions_with_other_tags_are_refused(tags: dict[str, str]) -> None:
    assert not may("gatehouse-invoke-hello", TALK, HELLO.runtime_arn, tags)


def test_the_role_of_an_agent_without_a_websocket_does_not_have_it() -> None:
    tags = {**TAGS, "agent_name": "ledger"}

    assert not may("gatehouse-invoke-ledger", TALK, LEDGER.runtime_arn, tags)
    invoke = "bedrock-agentcore:InvokeAgentRuntime"
    assert may("gatehouse-invoke-ledger", invoke, LEDGER.runtime_arn, tags)
    assert not may("gatehouse-data-hello", TALK, HELLO.runtime_arn)
