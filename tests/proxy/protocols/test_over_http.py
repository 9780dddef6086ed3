"""MCP and A2A agents over HTTP, through a whole Gatehouse."""

import json
from pathlib import Path

import pytest

from attacks.smuggled import SMUGGLED, spellings
from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import FETCH, ORIGIN, Browser
from fakes.proxy.events import parse
from fakes.proxy.house import PEER, TOOLS, House
from fakes.proxy.provider.people import BOB
from fakes.proxy.rpc import call
from fakes.proxy.runtime import Play, answers, drops, refuses, says
from fakes.proxy.wire import Call
from trust.chat.record import is_chat_id

RUNTIME = "x-amzn-bedrock-agentcore-runtime-session-id"
GIVEN = "7f3c9a52-1f0e-4a7c-9d1b-2f9a6f0c1b7e"

REGISTRY = f"""
[tenants.acme]
name = "Acme Corporation"

{TOOLS}
[agents.others]
title = "Others"
protocol = "MCP"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/others-k1L2m3N4o5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-others"
tenants = ["acme"]

{PEER}
[agents.hello]
title = "Hello"
protocol = "AGUI"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/hello-a1B2c3D4e5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-hello"
tenants = ["acme"]
stop_by = "action"
stop_body = '{{"action": "stop"}}'
"""

JSON = ("Content-Type", "application/json")
ALLOWED = {
    *("accept", "authorization", "content-length", "content-type", "host"),
    *("mcp-session-id", "x-amz-date", "x-amz-security-token", RUNTIME),
}
EITHER = ("Accept", "application/json, text/event-stream")


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    """Have agents of every protocol."""
    place = tmp_path / "protocols.toml"
    place.write_text(REGISTRY)
    return {"BFF_REGISTRY": f"file:{place}"}


async def post(
    browser: Browser, body: bytes, *headers: tuple[str, str], agent: str = "tools"
) -> Answer:
    said = [*FETCH, JSON, EITHER, *headers]
    return await browser.fetch("POST", f"/api/agents/{agent}/invocations", headers=said, body=body)


async def delete(browser: Browser, *headers: tuple[str, str], agent: str = "tools") -> Answer:
    path = f"/api/agents/{agent}/invocations"
    return await browser.fetch("DELETE", path, headers=[*FETCH, *headers])


async def initialized(house: House, browser: Browser, *, given: str | None = GIVEN) -> str:
    """Begin a session; return the browser's name of it."""
    own = [] if given is None else [("Mcp-Session-Id", given)]
    house.runtime.script.append(answers(result(), headers=(JSON, *own)))
    answer = await post(browser, call("initialize", params={}))
    assert answer.status == 200
    return str(answer.header("mcp-session-id"))


def result(**members: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": members}).encode()


async def test_initialize_begins_a_session_whose_name_tells_nothing(
    house: House, alice: Browser
) -> None:
    name = await initialized(house, alice)

    (sent,) = house.runtime.invocations
    assert sent.header("mcp-session-id") is None
    assert is_chat_id(name.partition(".")[0])
    assert GIVEN not in name
    assert str(sent.header(RUNTIME)) not in name


async def test_messages_of_a_session_reach_its_microvm(house: House, alice: Browser) -> None:
    name = await initialized(house, alice)

    answer = await post(alice, call("tools/list"), ("Mcp-Session-Id", name))

    sent = house.runtime.invocations[-1]
    assert (sent.header("mcp-session-id"), sent.header(RUNTIME)) == (GIVEN, GIVEN)
    assert answer.header("chat-id") == name.partition(".")[0]
    assert answer.header("mcp-session-id") is None
    assert len(house.runtime.invocations) == 2


async def test_a_session_that_was_given_no_id_goes_by_the_chats_own(
    house: House, alice: Browser
) -> None:
    name = await initialized(house, alice, given=None)
    await post(alice, call("tools/list"), ("Mcp-Session-Id", name))

    first, second = house.runtime.invocations
    assert is_chat_id(name)
    assert second.header("mcp-session-id") == second.header(RUNTIME) == first.header(RUNTIME)


async def test_a_client_without_sessions_stays_in_one_microvm(house: House, alice: Browser) -> None:
    """Of revision 2026-07-28: it names no session, ever."""
    for _ in range(3):
        house.clock.advance(1)
        await post(alice, call("tools/list"), ("Mcp-Method", "tools/list"))

    assert len(set(house.runtime.sessions)) == 1
    assert {sent.header("mcp-method") for sent in house.runtime.invocations} == {"tools/list"}
    chats = (await alice.fetch("GET", "/api/chats")).json["chats"]
    assert [chat["title"] for chat in chats] == ["Tools"]


async def test_each_initialize_begins_a_session_of_its_own(house: House, alice: Browser) -> None:
    names = {await initialized(house, alice, given=None) for _ in range(2)}

    assert len(names) == len(set(house.runtime.sessions)) == 2


async def test_a_notification_is_taken_without_an_answer(house: House, alice: Browser) -> None:
    house.runtime.script.append(answers(b"", status=202, headers=()))

    answer = await post(alice, call("notifications/initialized", id=...))

    assert (answer.status, answer.body) == (202, b"")


async def test_an_answer_may_come_as_events(house: House, alice: Browser) -> None:
    frame = b"event: message\ndata: " + result(content=[]) + b"\n\n"
    house.runtime.script.append(says(frame))

    answer = await post(alice, call("tools/call", params={"name": "x"}))

    assert (answer.header("content-type"), answer.body) == ("text/event-stream", frame)


async def test_a_call_whose_answer_breaks_off_fails_by_its_id(house: House, alice: Browser) -> None:
    async def torn(sent: Call) -> None:
        sent.begin(headers=(("Content-Type", "text/event-stream"),))
        sent.chunk(b"data: half")
        sent.drop()

    house.runtime.script.append(torn)
    answer = await post(alice, call("tools/call", id="a7", params={"name": "x"}))

    last = parse(answer.body)[-1]
    assert (last.type, last.json["id"]) == ("message", "a7")
    assert last.json["error"]["data"]["code"] == "agent_failed"


async def test_of_an_answers_headers_only_the_protocols_own_come_back(
    house: House, alice: Browser
) -> None:
    sent = (
        JSON,
        ("Mcp-Protocol-Version", "2025-11-25"),
        ("Mcp-Session-Id", GIVEN),
        ("X-Amzn-Bedrock-AgentCore-Runtime-Session-Id", GIVEN),
        ("Set-Cookie", "a=b"),
        ("A2A-Version", "1.0"),
        ("Server", "nginx"),
    )
    house.runtime.script.append(answers(result(), headers=sent))

    answer = await post(alice, call("tools/list"))

    assert answer.header("mcp-protocol-version") == "2025-11-25"
    names = {name for name, _ in answer.headers}
    assert not names & {"mcp-session-id", "set-cookie", "a2a-version", "server", RUNTIME}
    assert GIVEN not in str(answer.headers)


@pytest.mark.parametrize(("agent", "body"), [("tools", call("ping")), ("peer", call("GetTask"))])
async def test_header_smuggling_past_a_protocols_own_headers(
    house: House, alice: Browser, agent: str, body: bytes
) -> None:
    house.runtime.default = answers(result())
    for index in range(len(spellings(""))):
        smuggled = [n for n in SMUGGLED if n not in {"Mcp-Session-Id", "Content-Type"}]
        names = [spellings(name)[index] for name in smuggled]
        # In its own spelling it is refused: the message was sent before (test_sse_readers.py).
        headers = [(name, "smuggled") for name in names if name.lower() != "last-event-id"]
        assert (await post(alice, body, *headers, agent=agent)).status == 200

    for sent in house.runtime.invocations:
        assert {name.lower() for name, _ in sent.headers} <= ALLOWED
        assert "smuggled" not in json.dumps(sent.headers)


@pytest.mark.parametrize("refusal", [refuses(424), drops])
async def test_initialize_that_fails_names_no_session(
    house: House, alice: Browser, refusal: Play
) -> None:
    house.runtime.script.append(refusal)

    answer = await post(alice, call("initialize"))

    assert answer.status == 502
    assert answer.header("mcp-session-id") is None


async def test_hijack_anothers_session_is_an_unknown_one(house: House, alice: Browser) -> None:
    name = await initialized(house, alice)
    bob = house.browser()
    await bob.login(BOB)

    for said in (name, name.partition(".")[0]):
        answer = await post(bob, call("tools/list"), ("Mcp-Session-Id", said))
        assert problem_of(answer)["code"] == "chat_unknown"
        assert problem_of(await delete(bob, ("Mcp-Session-Id", said)))["code"] == "chat_unknown"

    assert len(house.runtime.invocations) == 1
    assert house.runtime.stops == []


async def test_hijack_a_session_leads_to_no_other_agent(house: House, alice: Browser) -> None:
    name = await initialized(house, alice)

    answer = await post(alice, call("tools/list"), ("Mcp-Session-Id", name), agent="others")
    ended = await delete(alice, ("Mcp-Session-Id", name), agent="others")

    assert problem_of(answer)["code"] == problem_of(ended)["code"] == "chat_unknown"
    assert len(house.runtime.invocations) == 1
    assert house.runtime.stops == []


@pytest.mark.parametrize("said", [GIVEN, "gh-" + "r" * 43, "", "x", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
async def test_a_session_that_nobody_was_given_is_unknown(
    house: House, alice: Browser, said: str
) -> None:
    answer = await post(alice, call("tools/list"), ("Mcp-Session-Id", said))

    assert answer.status == 404
    assert house.runtime.invocations == []


async def test_a_session_ends_with_its_chat_and_its_microvm(house: House, alice: Browser) -> None:
    name = await initialized(house, alice)

    assert (await delete(alice, ("Mcp-Session-Id", name))).status == 204

    (stop,) = house.runtime.stops
    assert stop.header(RUNTIME) == GIVEN
    assert (await alice.fetch("GET", "/api/chats")).json == {"chats": []}
    again = await post(alice, call("tools/list"), ("Mcp-Session-Id", name))
    assert again.status == 404


async def test_ending_no_session_in_particular_ends_none(house: House, alice: Browser) -> None:
    await initialized(house, alice)

    assert (await delete(alice)).status == 404
    assert house.runtime.stops == []


@pytest.mark.parametrize("agent", ["peer", "hello"])
async def test_only_a_session_can_be_ended(house: House, alice: Browser, agent: str) -> None:
    answer = await delete(alice, agent=agent)

    assert problem_of(answer)["code"] == "method_not_allowed"
    assert house.runtime.stops == []


async def test_csrf_no_other_site_ends_a_session(house: House, alice: Browser) -> None:
    name = await initialized(house, alice)
    headers = [("X-CSRF", "1"), ("Sec-Fetch-Site", "cross-site"), ("Mcp-Session-Id", name)]

    answer = await alice.fetch("DELETE", "/api/agents/tools/invocations", headers=headers)

    assert answer.status == 403
    assert house.runtime.stops == []


async def test_a_server_begins_no_stream_by_itself(house: House, alice: Browser) -> None:
    answer = await alice.fetch("GET", "/api/agents/tools/invocations")

    assert answer.status == 405
    assert answer.header("allow") == "DELETE, POST"
    assert house.runtime.invocations == []


@pytest.mark.parametrize(
    ("agent", "body", "code"),
    [
        ("tools", b"[]", "body_not_json"),
        ("tools", b"[" + call("ping") + b"]", "body_not_json"),
        ("tools", b"{}", "body_not_rpc"),
        ("tools", call("ping", _agent_core_app_action="ping_status"), "body_forbidden"),
        ("tools", b'{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}', "body_not_rpc"),
        ("peer", call("tasks/pushNotificationConfig/set"), "call_forbidden"),
        ("peer", call("message/send", params={"tenant": "globex"}), "call_forbidden"),
        ("hello", '{"_agent_core_app_action":1}'.encode("utf-16"), "body_not_json"),
    ],
)
async def test_what_may_not_be_said_reaches_no_agent(
    house: House, alice: Browser, agent: str, body: bytes, code: str
) -> None:
    answer = await post(alice, body, agent=agent)

    assert problem_of(answer)["code"] == code
    assert house.runtime.invocations == []
    assert (await alice.fetch("GET", "/api/chats")).json == {"chats": []}


SAID = {"message": {"role": "user", "parts": [{"kind": "text", "text": "Plan a trip"}]}}


async def test_an_a2a_conversation_stays_in_one_microvm(house: House, alice: Browser) -> None:
    house.runtime.default = answers(result(), headers=(JSON, ("A2A-Version", "1.0")))
    body = call("message/send", params=SAID)
    answer = await post(alice, body, ("A2A-Version", "1.0"), agent="peer")
    house.clock.advance(1)
    await post(alice, call("tasks/get", params={"id": "t"}), agent="peer")

    first, _ = house.runtime.invocations
    assert len(set(house.runtime.sessions)) == 1
    assert first.header("a2a-version") == "1.0"
    assert first.body == body
    assert answer.header("a2a-version") == "1.0"
    chats = (await alice.fetch("GET", "/api/chats")).json["chats"]
    assert [chat["title"] for chat in chats] == ["Plan a trip"]


@pytest.mark.parametrize(("agent", "shown"), [("peer", False), ("tools", True)])
async def test_an_internal_error_is_shown_where_it_is_meant_for_people(
    house: House, alice: Browser, agent: str, *, shown: bool
) -> None:
    """`a2a-sdk` puts an exception's text into it, and an MCP server its own words."""
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "words"}}
    house.runtime.default = answers(json.dumps(error).encode(), headers=(JSON,))
    method, params = ("message/send", SAID) if agent == "peer" else ("tools/list", {})

    answer = await post(alice, call(method, params=params), agent=agent)

    assert (answer.status == 200) is shown
    assert (b"words" in answer.body) is shown
    assert shown or problem_of(answer)["code"] == "agent_failed"


async def test_an_a2a_agents_card_has_our_address(house: House, alice: Browser) -> None:
    card: dict[str, object] = {"name": "Peer", "url": "https://runtime.internal/", "security": []}
    house.runtime.default = answers(json.dumps(card).encode())

    path = "/api/agents/peer/.well-known/agent-card.json"
    found = [await alice.fetch("GET", path) for _ in range(2)]

    assert found[0].json == found[1].json
    assert found[0].json["url"] == f"{ORIGIN}/api/agents/peer/invocations"
    assert "internal" not in found[0].text
    assert found[0].header("cache-control") == "no-store"
    (asked,) = house.runtime.invocations
    assert asked.method == "GET"
    assert asked.path.endswith("/invocations/.well-known/agent-card.json")


@pytest.mark.parametrize("agent", ["tools", "hello", "nobody", "..%2fpeer"])
async def test_who_has_no_card_shows_none(house: House, alice: Browser, agent: str) -> None:
    answer = await alice.fetch("GET", f"/api/agents/{agent}/.well-known/agent-card.json")

    assert answer.status == 404
    assert house.runtime.invocations == []


async def test_a_card_is_for_those_who_are_logged_in(house: House, browser: Browser) -> None:
    answer = await browser.fetch("GET", "/api/agents/peer/.well-known/agent-card.json")

    assert answer.status == 401
    assert house.runtime.invocations == []


async def test_an_agent_that_knows_how_to_stop_is_told(house: House, alice: Browser) -> None:
    chat = (await alice.say("hello", b'{"prompt": "hi"}')).header("chat-id")
    house.runtime.default = answers(b"{}")

    assert (await alice.fetch("POST", f"/api/chats/{chat}/stop")).status == 204

    first, stop = house.runtime.invocations
    assert stop.body == b'{"action": "stop"}'
    assert stop.header(RUNTIME) == first.header(RUNTIME)
    assert house.runtime.stops == []
