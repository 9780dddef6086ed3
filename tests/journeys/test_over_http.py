"""From login to logout, as the browser's requests: what is in the cookies and headers."""

from collections.abc import Callable

import httpx
import pytest

from devstack.dev.stack import Stack
from journeys.visitor import SESSION, Visitor, events_in, said

pytestmark = pytest.mark.journey

Login = Callable[[str], Visitor]


def test_a_login_leaves_one_strict_host_cookie_and_no_attempt(local: Stack) -> None:
    alice = Visitor(origin=local.plan.public_url)

    landed = alice.log_in("alice@acme.test", local.secrets.password)

    assert landed.status_code == 200
    line = next(li for li in landed.headers.get_list("set-cookie") if li.startswith(SESSION))
    assert line.partition("; ")[2] == "Path=/; Secure; HttpOnly; SameSite=Strict"
    assert [name for name in alice.cookies if "login" in name] == []


def test_the_attempt_cookie_is_lax_and_short(local: Stack) -> None:
    alice = Visitor(origin=local.plan.public_url)

    answer = alice.navigate("/auth/login")

    (line,) = answer.headers.get_list("set-cookie")
    assert line.startswith("__Host-Http-login-")
    assert line.partition("; ")[2] == "Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"
    assert answer.headers["location"].startswith(local.plan.issuer)


def test_everybody_is_greeted_by_name_and_tenant(visitor: Login) -> None:
    greeted = {
        login: visitor(login).send("GET", "/auth/session").json()
        for login in ("alice@acme.test", "bob@acme.test", "carol@globex.test")
    }

    names = {login: (who["user"]["name"], who["tenant"]["id"]) for login, who in greeted.items()}
    assert names == {
        "alice@acme.test": ("Alice Archer", "acme"),
        "bob@acme.test": ("Bob Baker", "acme"),
        "carol@globex.test": ("Carol Chen", "globex"),
    }


def test_a_wrong_password_is_no_login(local: Stack) -> None:
    alice = Visitor(origin=local.plan.public_url)

    with pytest.raises(AssertionError):
        alice.log_in("alice@acme.test", "guessed")

    assert alice.send("GET", "/auth/session").json() == {"authenticated": False}


def test_an_answer_arrives_in_pieces_while_the_agent_still_writes(visitor: Login) -> None:
    alice = visitor("alice@acme.test")

    with alice.asking("count to 40") as answer:
        pieces = answer.iter_raw()
        # A busy machine may take so long to begin that a sign of life comes first.
        first = next(piece for piece in pieces if not piece.startswith(b":"))

        # The agent pauses between its pieces: a relay that collects would hand out one big chunk.
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert b"RUN_STARTED" in first
        assert b"RUN_FINISHED" not in first
        assert sum(1 for _ in pieces) > 10


def test_a_tool_call_and_its_result_are_events(visitor: Login) -> None:
    kinds = [event["type"] for event in events_in(visitor("bob@acme.test").ask("note buy tea"))]

    assert kinds.index("TOOL_CALL_START") < kinds.index("TOOL_CALL_RESULT")
    assert kinds[0] == "RUN_STARTED"
    assert kinds[-1] == "RUN_FINISHED"


def test_a_chat_goes_on_and_is_listed_and_forgotten(visitor: Login) -> None:
    alice = visitor("alice@acme.test")
    chat = alice.ask("hello there").headers["chat-id"]
    again = alice.ask("and again", **{"Chat-Id": chat})

    listed = {c["id"]: c["title"] for c in alice.send("GET", "/api/chats").json()["chats"]}
    stored = alice.ask("", **{"Chat-Id": chat})
    forgotten = alice.send("DELETE", f"/api/chats/{chat}")

    assert again.headers["chat-id"] == chat
    assert listed[chat] == "hello there"
    assert "MESSAGES_SNAPSHOT" in stored.text
    assert "and again" in stored.text
    assert forgotten.status_code == 204
    assert alice.ask("more", **{"Chat-Id": chat}).json()["code"] == "chat_unknown"


def test_the_same_notes_for_one_tenant_and_none_of_them_for_the_other(visitor: Login) -> None:
    visitor("alice@acme.test").ask("note the vault code is under the mat")

    seen_by_bob = said(visitor("bob@acme.test").ask("what do you remember?"))
    seen_by_carol = said(visitor("carol@globex.test").ask("what do you remember?"))

    assert "under the mat" in seen_by_bob
    assert "under the mat" not in seen_by_carol


def test_stop_ends_the_running_turn(visitor: Login) -> None:
    alice = visitor("alice@acme.test")

    with alice.asking("count to 500") as answer:
        pieces = answer.iter_raw()
        next(pieces)
        stopped = alice.send("POST", f"/api/chats/{answer.headers['chat-id']}/stop")
        rest = b"".join(pieces)

    assert stopped.status_code == 204
    assert b"RUN_FINISHED" not in rest
    assert b'"code": "turn_stopped"' in rest


def test_logout_ends_it_here_and_at_the_provider(local: Stack, visitor: Login) -> None:
    alice = visitor("alice@acme.test")
    kept = dict(alice.cookies)

    answer = alice.send("POST", "/auth/logout")

    assert answer.json()["redirect"].startswith(f"{local.plan.issuer}/session/end")
    assert "token" not in answer.text.lower()
    assert SESSION not in alice.cookies
    replayed = Visitor(origin=local.plan.public_url, cookies=kept)
    assert replayed.send("GET", "/api/agents").json()["code"] == "not_logged_in"


def test_logout_in_one_process_cuts_the_stream_of_another(local: Stack, visitor: Login) -> None:
    alice = visitor("alice@acme.test")
    other = Visitor(origin=alice.origin, via=local.plan.bffs[1], cookies=dict(alice.cookies))

    with alice.asking("count to 500") as answer:
        pieces = answer.iter_raw()
        next(pieces)
        other.send("POST", "/auth/logout")
        rest = b"".join(pieces)

    assert b'"code": "session_revoked"' in rest
    assert b"RUN_FINISHED" not in rest


def test_several_tabs_may_log_in_at_once(local: Stack) -> None:
    alice = Visitor(origin=local.plan.public_url)
    alice.navigate("/auth/login?return_to=/one")

    landed = alice.log_in(
        "alice@acme.test", local.secrets.password, path="/auth/login?return_to=/two"
    )

    assert '"/two"' in landed.text
    assert sum(name.startswith("__Host-Http-login-") for name in alice.cookies) == 1


def test_sessions_in_dynamodb_serve_the_same_journey(shared: Stack) -> None:
    carol = Visitor(origin=shared.plan.public_url)
    carol.log_in("carol@globex.test", shared.secrets.password)

    answer = carol.ask("hello")
    [latest, *_] = carol.send("GET", "/api/chats").json()["chats"]
    ended = carol.send("POST", "/auth/logout")

    assert events_in(answer)[-1]["type"] == "RUN_FINISHED"
    assert latest["id"] == answer.headers["chat-id"]
    assert ended.status_code == 200
    assert carol.send("GET", "/auth/session").json() == {"authenticated": False}


def test_the_store_knows_no_token_and_no_session_id(local: Stack, visitor: Login) -> None:
    alice = visitor("alice@acme.test")
    session_id = alice.cookies[SESSION].rpartition(".")[2]

    database = b"".join(
        file.read_bytes() for file in local.plan.state.glob("gatehouse.db*") if file.is_file()
    )

    assert database
    assert session_id.encode() not in database
    assert b"alice@acme.test" not in database
    assert b"access_token" not in database
    assert b"eyJhbGciOi" not in database  # how a JWT begins


def test_the_logs_know_no_token_and_no_session_id(local: Stack, visitor: Login) -> None:
    alice = visitor("alice@acme.test")
    alice.ask("a prompt that nobody logs")
    session_id = alice.cookies[SESSION].rpartition(".")[2]

    logs = "".join(log.read_text() for log in (local.plan.state / "logs").glob("bff*.log"))

    assert '"deed": "login"' in logs
    assert session_id not in logs
    assert "a prompt that nobody logs" not in logs
    assert "eyJhbGciOi" not in logs
    assert local.secrets.client_secret not in logs


def test_the_app_and_its_policy_are_served_on_unknown_paths(local: Stack) -> None:
    page = httpx.get(f"{local.plan.public_url}/chats/01ARZ3NDEKTSV4RRFFQ69G5FAV")

    assert page.status_code == 200
    assert "require-trusted-types-for 'script'" in page.headers["content-security-policy"]
