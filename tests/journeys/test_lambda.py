"""The journeys by way of Lambda: API Gateway, the authorizer, the Runtime API, our runtime.

Each function runs with the key of its own role. Logins and logouts happen at the usual process of
the same stack; they share its store.
"""

from collections.abc import Callable

import pytest

from devstack.dev.stack import Stack
from journeys.visitor import SESSION, Visitor, events_in, said
from journeys.watched_stream import watching

pytestmark = pytest.mark.journey

Login = Callable[[str], Visitor]

PROMISED_S = 2.0
"""How soon an ended session's stream has to be over (docs/architecture.md)."""


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
