"""Messages to agents: the way in, and every refusal on it."""

import asyncio

import pytest

from fakes.proxy.asgi import Answer, exchange, problem_of
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import CAROL
from fakes.proxy.runtime import answers, drops, hangs, refuses, says
from proxy.streams import StreamLimits
from trust.errors import TrustError
from trust.grant.record import GrantDenied, GrantUnavailable

SESSION_ID = "x-amzn-bedrock-agentcore-runtime-session-id"


def refused(answer: Answer, code: str, status: int) -> None:
    """Check that an answer is this refusal and holds nothing of the upstream's words."""
    assert problem_of(answer)["code"] == code
    assert answer.status == status
    assert b"upstream-secret-text" not in answer.body
    assert b"arn:aws" not in answer.body


async def test_a_message_goes_to_the_agent_as_it_is(house: House, alice: Browser) -> None:
    body = '{"threadId": "t", "messages": [{"role": "user", "content": "Grüß  Gott"}]}'.encode()

    answer = await alice.say("hello", body)

    assert answer.status == 200
    assert answer.header("content-type") == "text/event-stream"
    (call,) = house.runtime.invocations
    assert call.body == body
    assert call.header("content-type") == "application/json"


async def test_the_answers_head_names_the_chat(house: House, alice: Browser) -> None:
    answer = await alice.say("hello")

    chats = (await alice.fetch("GET", "/api/chats")).json["chats"]
    assert [chat["id"] for chat in chats] == [answer.header("chat-id")]


async def test_a_message_that_the_browser_repeats_by_itself_is_asked_once(
    house: House, alice: Browser
) -> None:
    # Chromium does, where a kept-alive connection breaks before an answer has begun.
    named = [("Idempotency-Key", "run-1")]

    first = await alice.say("hello", headers=named)
    again = await alice.say("hello", headers=named)

    refused(again, "asked_already", 409)
    assert again.header("chat-id") == first.header("chat-id")
    assert len(house.runtime.invocations) == 1
    # The chat that was begun for it is gone again.
    chats = (await alice.fetch("GET", "/api/chats")).json["chats"]
    assert [chat["id"] for chat in chats] == [first.header("chat-id")]


async def test_a_chat_that_goes_on_outlives_a_repeated_message(
    house: House, alice: Browser
) -> None:
    chat = (await alice.say("hello")).header("chat-id")
    named = [("Chat-Id", str(chat)), ("Idempotency-Key", "run-1")]

    await alice.say("hello", headers=named)
    again = await alice.say("hello", headers=named)

    refused(again, "asked_already", 409)
    assert (await alice.say("hello", headers=[("Chat-Id", str(chat))])).status == 200
    assert len(house.runtime.invocations) == 3


async def test_messages_of_different_names_are_all_asked(house: House, alice: Browser) -> None:
    for name in ("run-1", "run-2"):
        assert (await alice.say("hello", headers=[("Idempotency-Key", name)])).status == 200

    assert len(house.runtime.invocations) == 2


async def test_a_json_answer_is_passed_on(house: House, alice: Browser) -> None:
    house.runtime.script = [answers(b'{"result": 7}')]

    answer = await alice.say("ledger")

    assert answer.header("content-type") == "application/json"
    assert answer.json == {"result": 7}


@pytest.mark.parametrize(
    ("accept", "passed_on"),
    [
        (None, "text/event-stream, application/json"),
        ("*/*", "text/event-stream, application/json"),
        ("application/json", "application/json"),
        ("text/event-stream", "text/event-stream"),
        ("APPLICATION/JSON;q=0.5, text/html", "application/json"),
        ("text/html, image/*", "text/event-stream, application/json"),
        ("application/json\tX", "text/event-stream, application/json"),
    ],
)
async def test_only_what_we_pass_on_is_asked_for(
    house: House, alice: Browser, accept: str | None, passed_on: str
) -> None:
    await alice.say("hello", headers=[] if accept is None else [("Accept", accept)])

    assert house.runtime.invocations[0].header("accept") == passed_on


async def test_grants_are_bought_for_the_sessions_own_tenant(house: House, alice: Browser) -> None:
    await alice.say("hello")

    caller, data = house.vendor.requests
    for request in (caller, data):
        assert request.coordinates.tags == {
            "app_id": "demo",
            "tenant_id": "acme",
            "agent_name": "hello",
        }
    assert caller.role_arn.endswith("gatehouse-invoke-hello")
    assert data.role_arn.endswith("gatehouse-data-hello")


async def test_grants_are_bought_once_and_used_again(house: House, alice: Browser) -> None:
    for _ in range(3):
        await alice.say("hello")

    assert len(house.vendor.requests) == 2


async def test_an_agent_that_is_to_know_it_is_told_a_keyed_hash(
    house: House, alice: Browser
) -> None:
    house.runtime.script = [answers(b"{}")]
    await alice.say("ledger")

    (call,) = house.runtime.invocations
    told = call.header("x-amzn-bedrock-agentcore-runtime-user-id")
    assert told is not None
    assert str(alice.ticket).split(".")[2] == told


async def test_an_agent_that_wants_a_token_gets_the_access_token(
    house: House, alice: Browser
) -> None:
    house.runtime.script = [answers(b"{}")]
    await alice.say("bearer")

    (call,) = house.runtime.invocations
    scheme, _, token = str(call.header("authorization")).partition(" ")
    assert scheme == "Bearer"
    assert token in house.provider.issued
    assert house.vendor.requests == []


async def test_who_is_not_logged_in_is_told_where_to(house: House, browser: Browser) -> None:
    answer = await browser.say("hello")

    refused(answer, "not_logged_in", 401)
    assert problem_of(answer)["login_url"] == "/auth/login"
    assert house.runtime.invocations == []


@pytest.mark.parametrize(
    "agent", ["nobody", "Hello", "hello ", "%2e%2e", "hello%2F..%2Fledger", "hello%00", "*"]
)
async def test_an_agent_that_is_not_there_is_not_found(
    house: House, alice: Browser, agent: str
) -> None:
    answer = await alice.say(agent)

    assert answer.status in {404, 405}
    problem_of(answer)
    assert house.runtime.invocations == []
    assert house.vendor.requests == []


async def test_another_tenants_agent_is_as_unknown_as_nobodys(house: House) -> None:
    carol = house.browser()
    await carol.login(CAROL)

    theirs, nobodys = await carol.say("ledger"), await carol.say("nobody")

    refused(theirs, "agent_unknown", 404)
    for name in ("type", "title", "status", "code"):
        assert problem_of(theirs)[name] == problem_of(nobodys)[name]
    assert house.vendor.requests == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_a_message_is_sent_by_post_only(house: House, alice: Browser, method: str) -> None:
    answer = await alice.fetch(method, "/api/agents/hello/invocations")

    refused(answer, "method_not_allowed", 405)
    assert answer.header("allow") == "DELETE, POST"
    assert house.runtime.invocations == []


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        pytest.param(b"", "body_not_json", 400, id="empty"),
        pytest.param(b"hello", "body_not_json", 400, id="text"),
        pytest.param(b"[]", "body_not_json", 400, id="list"),
        pytest.param(b"[" * 60_000, "body_not_json", 400, id="deep"),
        pytest.param(b'{"_agent_core_app_action": 1}', "body_forbidden", 400, id="debug action"),
        pytest.param(b'{"a": "%s"}' % (b"x" * 65_536), "body_too_large", 413, id="too large"),
    ],
)
async def test_a_body_that_is_none_goes_nowhere(
    house: House, alice: Browser, body: bytes, code: str, status: int
) -> None:
    refused(await alice.say("hello", body), code, status)
    assert house.runtime.invocations == []
    assert house.vendor.requests == []


async def test_an_announced_surplus_is_refused_unread(house: House, alice: Browser) -> None:
    answer = await alice.say("hello", headers=[("Content-Length", "65537")])

    refused(answer, "body_too_large", 413)


async def test_a_browser_that_leaves_while_it_writes_gets_no_answer(
    house: House, alice: Browser
) -> None:
    headers = [*FETCH, *alice.cookies()]
    sent = exchange(
        "POST", "/api/agents/hello/invocations", headers=headers, body=b"{", complete=False
    )
    sent.leave()

    await house.app(sent.scope, sent.receive, sent.send)

    assert sent.messages == []
    assert house.runtime.invocations == []


@pytest.mark.parametrize(
    ("refusal", "code", "status"),
    [
        (GrantDenied("upstream-secret-text arn:aws:iam::1:role/x"), "agent_forbidden", 403),
        (GrantUnavailable("upstream-secret-text"), "grant_unavailable", 503),
    ],
)
async def test_without_a_grant_there_is_no_call(
    house: House, alice: Browser, refusal: TrustError, code: str, status: int
) -> None:
    house.vendor.refusal = refusal

    answer = await alice.say("hello")

    refused(answer, code, status)
    assert answer.header("retry-after") == ("2" if status == 503 else None)
    assert house.runtime.invocations == []
    assert (await alice.fetch("GET", "/api/chats")).json == {"chats": []}


REFUSALS = [
    (402, "agent_busy", 429),
    (403, "agent_forbidden", 403),
    (404, "agent_failed", 502),
    (424, "agent_failed", 502),
    (429, "agent_busy", 429),
    (500, "agent_failed", 502),
    (503, "agent_failed", 502),
    (504, "agent_timeout", 504),
    (307, "agent_failed", 502),
]


@pytest.mark.parametrize(("given", "code", "status"), REFUSALS)
async def test_a_refusal_of_the_runtime_is_told_in_our_words_after_one_call(
    house: House, alice: Browser, given: int, code: str, status: int
) -> None:
    house.runtime.script = [refuses(given, headers=[("Location", "/x"), ("Retry-After", "7")])]

    answer = await alice.say("hello")

    refused(answer, code, status)
    assert answer.header("retry-after") == ("7" if code == "agent_busy" else None)
    assert len(house.runtime.invocations) == 1


async def test_a_conflict_is_tried_once_more(house: House, alice: Browser) -> None:
    house.runtime.script = [refuses(409), says(b"data: second\n\n")]

    answer = await alice.say("hello")

    assert answer.body == b"data: second\n\n"
    first, second = house.runtime.invocations
    assert first.header(SESSION_ID) == second.header(SESSION_ID)


async def test_a_connection_that_breaks_is_not_tried_again(house: House, alice: Browser) -> None:
    house.runtime.script = [drops]

    refused(await alice.say("hello"), "agent_failed", 502)
    assert len(house.runtime.invocations) == 1


async def test_too_many_answers_at_once_are_refused(house: House, alice: Browser) -> None:
    house.runtime.default = hangs
    open_ones = [alice.invocation("hello") for _ in range(2)]
    tasks = [
        asyncio.ensure_future(house.app(sent.scope, sent.receive, sent.send)) for sent in open_ones
    ]
    async with asyncio.timeout(5):
        while len(house.runtime.invocations) < 2:
            await asyncio.sleep(0)

    answer = await alice.say("hello")

    refused(answer, "too_many_streams", 429)
    assert answer.header("retry-after") == "5"
    assert len(house.runtime.invocations) == 2
    for sent in open_ones:
        sent.leave()
    await asyncio.gather(*tasks)
    house.runtime.default = says(b"data: room again\n\n")
    assert (await alice.say("hello")).status == 200


async def test_a_message_too_many_leaves_no_chat_behind(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = StreamLimits(per_subject=0, per_tenant=0, total=0)
    monkeypatch.setattr(house.gate.turns.streams, "_limits", none)

    refused(await alice.say("hello"), "too_many_streams", 429)

    assert (await alice.fetch("GET", "/api/chats")).json == {"chats": []}


async def test_a_draining_process_takes_no_messages(house: House, alice: Browser) -> None:
    await house.gate.turns.streams.drain(0)

    refused(await alice.say("hello"), "server_restarting", 503)
    assert house.runtime.invocations == []


class TestAnExpiredToken:
    """An agent that wants the person's token, after it has run out for good."""

    @pytest.fixture
    def settings_changes(self) -> dict[str, str]:
        return {"BFF_SESSION_IDLE": "6h"}

    async def test_is_not_sent(self, house: House, browser: Browser) -> None:
        house.provider.token = {"refresh_token": None}
        await browser.login()
        house.clock.advance(3600)

        answer = await browser.say("bearer")

        refused(answer, "token_expired", 401)
        assert house.runtime.invocations == []


async def test_the_event_of_a_turn_says_how_it_ended(house: House, alice: Browser) -> None:
    answer = await alice.say("hello")

    (line,) = house.canary.events("turn.ended")
    assert '"how": "complete"' in line
    assert f'"chat": "{answer.header("chat-id")}"' in line
    assert f'"request": "{answer.header("x-request-id")}"' in line


async def test_a_refusal_is_written_down_under_the_id_that_the_client_was_given(
    house: House, alice: Browser
) -> None:
    answer = await alice.say("nobody")

    (line,) = house.canary.events("turn.refused")
    assert str(answer.header("x-request-id")) in line
    (audited,) = house.canary.audited("request")
    assert (audited["outcome"], audited["why"]) == ("refused", answer.json["code"])
