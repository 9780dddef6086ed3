"""The stream's journeys by way of Lambda: API Gateway, the Runtime API, processes of our runtime.

Logins, chats and logouts happen at the usual stack; the functions share its store.
"""

import os
import sys
from collections.abc import Callable

import httpx
import pytest

from devstack.dev.child import Command
from devstack.dev.plan import bffs
from devstack.dev.ports import free_port
from devstack.dev.stack import Stack
from journeys.visitor import Visitor, events_in, said
from journeys.watched_stream import watching

pytestmark = pytest.mark.journey

Login = Callable[[str], Visitor]

PROMISED_S = 2.0
"""How soon an ended session's stream has to be over (docs/architecture.md)."""

SANDBOXES = 2


@pytest.fixture(scope="module")
def gateway(local: Stack) -> str:
    """Start API Gateway with the streaming function beside the usual stack; return its URL."""
    (beside, *_) = bffs(local.plan, local.secrets, dict(os.environ))  # noqa: TID251 the path
    port = free_port()
    options = ("--port", str(port), "--sandboxes", str(SANDBOXES))
    command = Command(
        name="lambda",
        argv=(sys.executable, "-m", "devstack.runtime_api", *options),
        env=beside.env,
        cwd=beside.cwd,
    )
    local.supervisor.start([command], within_s=30)
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def through_lambda(gateway: str, visitor: Login) -> Login:
    """Somebody who logged in at uvicorn and is served by Lambda."""

    def served(login: str) -> Visitor:
        found = visitor(login)
        return Visitor(origin=found.origin, via=gateway, cookies=dict(found.cookies))

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


def test_who_is_not_logged_in_or_of_another_site_gets_nothing(gateway: str, local: Stack) -> None:
    nobody = Visitor(origin=local.plan.public_url, via=gateway)

    assert nobody.ask("hello").status_code == 401
    crossed = httpx.post(f"{gateway}/api/agents/hello/invocations", json={"prompt": "hi"})
    assert (crossed.status_code, crossed.json()["code"]) == (403, "csrf_header_missing")
    assert nobody.send("GET", "/auth/session").status_code == 404
