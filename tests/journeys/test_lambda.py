"""The journeys by way of Lambda: API Gateway, the authorizer, the Runtime API, our runtime.

Each function runs with the key of its own role. Logins and logouts happen at the usual process of
the same stack; they share its store.

And what each role may do, against what the functions call, both ways. What is called and not
allowed fails by itself, since the local AWS enforces the policies. The other way is shown here:
what is allowed is called, or stands in a table with its reason.
"""

import time
from collections.abc import Callable, Mapping

import httpx
import pytest

from devstack.aws.iam.role import Role
from devstack.aws.iam.statement import Effect
from devstack.aws.landscape import roles
from devstack.aws.settings import POLICIES
from devstack.dev.stack import Stack
from journeys.visitor import SESSION, Visitor, events_in, said
from journeys.watched_stream import watching

pytestmark = pytest.mark.journey

Login = Callable[[str], Visitor]

PROMISED_S = 2.0
"""How soon an ended session's stream has to be over (docs/architecture.md)."""

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


@pytest.fixture
def through_lambda(functions: str, shared: Stack) -> Login:
    """Somebody who logged in at uvicorn and is served by Lambda."""

    def served(login: str) -> Visitor:
        found = Visitor(origin=shared.plan.public_url)
        assert found.log_in(login, shared.secrets.password).status_code == 200
        return Visitor(origin=found.origin, via=functions, cookies=dict(found.cookies))

    return served


def at_uvicorn(visitor: Visitor) -> Visitor:
    """Return the same browser as served by the usual process."""
    return Visitor(origin=visitor.origin, cookies=dict(visitor.cookies))


def test_an_answer_arrives_in_pieces_while_the_agent_still_writes(through_lambda: Login) -> None:
    alice = through_lambda("alice@acme.test")

    with alice.asking("count to 40") as answer:
        pieces = answer.iter_raw()
        first = next(piece for piece in pieces if not piece.startswith(b":"))

        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        assert b"RUN_STARTED" in first
        assert b"RUN_FINISHED" not in first
        assert sum(1 for _ in pieces) > 10


def test_a_chat_that_began_on_lambda_goes_on_elsewhere(through_lambda: Login) -> None:
    alice = through_lambda("alice@acme.test")
    answer = alice.ask("hello there")

    stored = at_uvicorn(alice).ask("", **{"Chat-Id": answer.headers["chat-id"]})

    assert [event["type"] for event in events_in(answer)][-1] == "RUN_FINISHED"
    assert "hello there" in stored.text


def test_one_tenants_notes_are_not_the_others_on_lambda(through_lambda: Login) -> None:
    through_lambda("alice@acme.test").ask("note the lambda key is in the drawer")

    assert "in the drawer" in said(through_lambda("bob@acme.test").ask("what do you remember?"))
    seen_by_carol = said(through_lambda("carol@globex.test").ask("what do you remember?"))
    assert "in the drawer" not in seen_by_carol


def test_a_logout_elsewhere_cuts_the_answer_within_two_seconds(through_lambda: Login) -> None:
    alice = through_lambda("alice@acme.test")

    with watching(alice) as (stream,):
        ended = at_uvicorn(alice).send("POST", "/auth/logout")
        assert ended.status_code == 200
        assert stream.over.wait(PROMISED_S), "the stream goes on"

    assert stream.last_event.startswith("event: error\n")
    assert '"code": "session_revoked"' in stream.last_event
    refused = alice.ask("hello")
    assert (refused.status_code, refused.json()["code"]) == (401, "not_logged_in")


def test_who_is_not_logged_in_is_refused_by_the_authorizer(functions: str, shared: Stack) -> None:
    nobody = Visitor(origin=shared.plan.public_url, via=functions)
    forged = Visitor(
        origin=shared.plan.public_url, via=functions, cookies={SESSION: "v1.forged.forged"}
    )

    for visitor in (nobody, forged):
        refused = visitor.ask("hello")
        assert (refused.status_code, refused.json()["code"]) == (401, "not_logged_in")
        assert visitor.send("GET", "/api/agents").status_code == 401
        assert visitor.send("GET", "/auth/session").json() == {"authenticated": False}


def test_a_page_of_another_site_gets_nothing(through_lambda: Login) -> None:
    alice = through_lambda("alice@acme.test")

    crossed = alice.ask("hello", **{"sec-fetch-site": "cross-site", "x-csrf": ""})

    assert (crossed.status_code, crossed.json()["code"]) == (403, "csrf_header_missing")


def test_the_json_routes_are_the_other_function(through_lambda: Login) -> None:
    carol = through_lambda("carol@globex.test")

    assert [agent["name"] for agent in carol.send("GET", "/api/agents").json()["agents"]] == [
        "hello"
    ]
    assert carol.ask("hello", agent="ledger").status_code == 404


@pytest.fixture(scope="module")
def called(shared: Stack, functions: str) -> Mapping[str, frozenset[str]]:
    """Go through all that the functions do; return which role has called what since its start."""
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
