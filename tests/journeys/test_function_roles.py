"""Each function may do just what it does: the calls of a journey against the policies, both ways.

What is called and not allowed fails by itself, since the local AWS enforces the policies. The other
way is shown here: what is allowed is called, or stands in a table with its reason.
"""

import time
from collections.abc import Mapping

import httpx
import pytest

from devstack.aws.iam.role import Role
from devstack.aws.iam.statement import Effect
from devstack.aws.landscape import roles
from devstack.aws.settings import POLICIES
from devstack.dev.stack import Stack
from journeys.visitor import Visitor

pytestmark = pytest.mark.journey

FUNCTIONS = ("gatehouse-authorizer", "gatehouse-json", "gatehouse-stream")
KNOWN = roles(POLICIES).runners

BY_LAMBDA_ITSELF = "Lambda writes what a function prints, as the function's role, outside its code"
BY_A_SECRET = "here their credential is a client secret; a deployment may have a key in KMS"
NEVER_CALLED: Mapping[tuple[str, str], str] = {
    **{
        (name, action): BY_LAMBDA_ITSELF
        for name in FUNCTIONS
        for action in ("logs:CreateLogStream", "logs:PutLogEvents")
    },
    **{
        (name, action): BY_A_SECRET
        for name in ("gatehouse-json", "gatehouse-stream")
        for action in ("kms:GetPublicKey", "kms:Sign")
    },
}
"""Role and action → why it is allowed all the same."""

PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def called(shared: Stack, functions: str) -> Mapping[str, frozenset[str]]:
    """Go through all that the functions do; return which role called what."""
    httpx.delete(f"{shared.plan.aws}/_local/calls").raise_for_status()
    alice = Visitor(origin=shared.plan.public_url, via=functions)
    alice.log_in("alice@acme.test", shared.secrets.password)
    chat = _talks(alice)
    assert alice.send("POST", f"/api/chats/{chat}/stop").status_code == 204
    assert alice.send("DELETE", f"/api/chats/{chat}").status_code == 204
    assert alice.send("GET", "/auth/sessions").status_code == 200
    _loses_the_session(alice, shared)
    return _calls(shared)


def _talks(alice: Visitor) -> str:
    answer = alice.ask("hello there")
    assert "RUN_FINISHED" in answer.text
    chat = answer.headers["chat-id"]
    assert chat in alice.send("GET", "/api/chats").text
    return chat


def _loses_the_session(alice: Visitor, shared: Stack) -> None:
    """Have the provider refuse the next refresh, which the streaming function asks for."""
    fault = {"path": "/token", "status": 400, "error": "invalid_grant", "times": 1}
    httpx.post(f"{shared.plan.issuer}/_local/faults", json=fault).raise_for_status()
    deadline = time.monotonic() + PATIENCE_S
    while (answer := alice.ask("hello")).status_code == 200:
        assert time.monotonic() < deadline, "no token ran out"
    assert answer.status_code == 401, answer.text


def _calls(shared: Stack) -> Mapping[str, frozenset[str]]:
    calls = httpx.get(f"{shared.plan.aws}/_local/calls").json()["calls"]
    ours = [call for call in calls if _role(call["principal"]) in FUNCTIONS]
    assert not [call for call in ours if call["decision"] != "allowed"]
    return {
        name: frozenset(
            action
            for call in ours
            if _role(call["principal"]) == name
            for action in call["actions"]
        )
        for name in FUNCTIONS
    }


def _role(principal: str | None) -> str:
    return (principal or "").partition(":assumed-role/")[2].partition("/")[0]


def _allowed(role: Role) -> frozenset[str]:
    return frozenset(
        action
        for policy in role.policies
        for statement in policy.statements
        if statement.effect is Effect.ALLOW
        for action in statement.actions.entries
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_a_function_may_do_it_does_or_there_is_a_reason(
    name: str, called: Mapping[str, frozenset[str]]
) -> None:
    """Equal, so that a reason that is no longer needed is told, too."""
    excused = {action for role, action in NEVER_CALLED if role == name}

    assert _allowed(KNOWN[name]) - called[name] == excused


def test_the_container_may_do_what_both_functions_behind_the_authorizer_do() -> None:
    logs = {action for (_, action), why in NEVER_CALLED.items() if why == BY_LAMBDA_ITSELF}
    functions = _allowed(KNOWN["gatehouse-json"]) | _allowed(KNOWN["gatehouse-stream"])

    assert _allowed(KNOWN["gatehouse-bff"]) == functions - logs
