"""An ASGI application behind Lambda's Runtime API: what it is asked, and how its answer leaves."""

import asyncio
import json
import logging

import pytest
from starlette.types import Receive, Scope, Send

from devstack.runtime_api.invoked import FunctionFailed
from fakes.lambda_application import EVENTS, WAIT_S, body, echo, start
from fakes.lambda_function import answered, encoded, function, request


async def test_a_request_reaches_the_application_and_its_answer_the_caller() -> None:
    cookies = [("Cookie", "a=1"), ("Cookie", "b=2")]
    async with function(echo) as running:
        answer = await running.ask(request("POST", "/a%20b?q=1&q=2", headers=cookies, body=b"hi"))

    assert answer.prelude.status == 201
    assert answer.prelude.headers == (("x-one", "1"), ("set-cookie", "a=1"), ("set-cookie", "b=2"))
    assert json.loads(answer.body) == {
        "path": "/a b",
        "query": "q=1&q=2",
        "method": "POST",
        "client": ["192.0.2.7", 0],
        "cookies": ["a=1", "b=2"],
        "body": "hi",
        "more": False,
    }
    assert answer.failure is None


async def test_the_answer_says_that_it_streams() -> None:
    async with function(echo) as running:
        invoked = running.api.invoke(request())
        await answered(invoked)

    assert invoked.head["lambda-runtime-function-response-mode"] == "streaming"
    assert invoked.head["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert invoked.head["transfer-encoding"] == "chunked"
    assert "content-length" not in invoked.head


async def test_one_process_answers_one_invocation_after_the_other() -> None:
    async with function(echo) as running:
        paths = [f"/{number}" for number in range(5)]
        answers = [await running.ask(request("GET", path)) for path in paths]

    assert [json.loads(answer.body)["path"] for answer in answers] == paths


async def test_each_piece_leaves_before_the_application_sends_the_next() -> None:
    go_on = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"first", more=True))
        await go_on.wait()
        await send(body(b"second"))

    async with function(slow) as running:
        pieces = running.api.invoke(request()).pieces()
        async with asyncio.timeout(WAIT_S):
            assert (await anext(pieces)).endswith(b"\0" * 8)
            assert await anext(pieces) == b"first"
            go_on.set()
            assert await anext(pieces) == b"second"


async def test_an_empty_piece_does_not_end_the_answer() -> None:
    async def empty(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"", more=True))
        await send(body(b"there is more"))

    async with function(empty) as running:
        assert (await running.ask(request())).body == b"there is more"


async def test_who_does_not_read_slows_the_application_down() -> None:
    sent = 0

    async def flood(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        await send(start())
        for _ in range(1000):
            await send(body(b"x" * 65536, more=True))
            sent += 1

    async with function(flood) as running:
        pieces = running.api.invoke(request()).pieces()
        await anext(pieces)
        before = -1
        # Until nothing moves any more: what the kernel holds of a connection is full.
        while before != sent:
            before = sent
            await asyncio.sleep(0.05)

    assert 0 < sent < 200


async def test_the_application_is_not_told_that_anybody_went_away() -> None:
    told = asyncio.Event()

    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        waiting = asyncio.ensure_future(receive())
        await send(start())
        for number in range(20):
            await send(body(b"%d" % number, more=True))
        if waiting.done():
            told.set()
        waiting.cancel()
        await send(body(b"end"))

    async with function(listening) as running:
        answer = await running.ask(request())

    assert not told.is_set()
    assert answer.body.endswith(b"end")


async def test_a_failure_before_the_answer_is_told_without_its_words() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("the password is swordfish")

    async with function(failing) as running:
        with pytest.raises(FunctionFailed) as failed:
            await running.ask(request())
        assert failed.value.told["errorType"] == "ValueError"
        assert "swordfish" not in json.dumps(failed.value.told)
        # And the next one is served.
        with pytest.raises(FunctionFailed):
            await running.ask(request())


async def test_a_failure_in_mid_answer_is_told_in_trailers() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"half", more=True))
        raise ValueError("the password is swordfish")

    async with function(failing) as running:
        invoked = running.api.invoke(request())
        answer = await answered(invoked)
        again = await running.ask(request())

    assert answer.body == b"half"
    assert answer.failure is not None
    assert answer.failure["errorType"] == "ValueError"
    assert "swordfish" not in json.dumps(answer.failure)
    assert invoked.trailers["lambda-runtime-function-error-type"] == "ValueError"
    assert again.failure is not None


async def test_an_answer_that_just_stops_is_a_failure() -> None:
    async def stopping(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"half", more=True))

    async with function(stopping) as running:
        answer = await running.ask(request())

    assert answer.failure is not None
    assert answer.failure["errorType"] == "AnswerIncomplete"


async def test_no_answer_at_all_is_a_failure() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    async with function(silent) as running:
        with pytest.raises(FunctionFailed, match="AnswerIncomplete"):
            await running.ask(request())


async def test_a_failure_behind_a_complete_answer_takes_nothing_back() -> None:
    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"whole"))
        raise ValueError

    async with function(late) as running:
        answer = await running.ask(request())

    assert (answer.body, answer.failure) == (b"whole", None)


async def test_an_event_stream_is_ended_before_the_deadline_with_a_word() -> None:
    gone = asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(200, EVENTS))
        await send(body(b"data: 1\n\ndata: tor", more=True))
        await receive()
        await receive()
        gone.set()

    async with function(endless) as running:
        answer = await running.ask(request(), timeout_s=1.2)

    assert answer.body.startswith(b"data: 1\n\ndata: tor\n\nevent: error\ndata: {")
    assert b'"code": "server_restarting"' in answer.body
    assert answer.body.endswith(b"\n\n")
    assert answer.failure is None
    assert gone.is_set()


async def test_an_answer_that_has_not_begun_at_the_deadline_is_refused() -> None:
    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    async with function(endless) as running:
        answer = await running.ask(request(), timeout_s=1.2)

    assert answer.prelude.status == 503
    assert json.loads(answer.body)["code"] == "server_restarting"
    assert ("retry-after", "2") in answer.prelude.headers


async def test_any_other_body_is_broken_off_at_the_deadline() -> None:
    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(200, (b"content-type", b"application/json")))
        await send(body(b"{", more=True))
        await asyncio.Event().wait()

    async with function(endless) as running:
        answer = await running.ask(request(), timeout_s=1.2)

    assert answer.body == b"{"
    assert answer.failure is not None


async def test_what_is_said_after_the_end_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    async def talkative(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"end"))
        await send(body(b"and more"))

    async with function(talkative) as running:
        answer = await running.ask(request())

    assert (answer.body, answer.failure) == (b"end", None)
    assert not caplog.records


async def test_an_application_that_begins_twice_is_wrong() -> None:
    async def twice(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(start())

    async def headless(scope: Scope, receive: Receive, send: Send) -> None:
        await send(body(b"no head"))

    async with function(twice) as running:
        failure = (await running.ask(request())).failure
    async with function(headless) as running:
        with pytest.raises(FunctionFailed, match="AnswerMisused"):
            await running.ask(request())

    assert failure is not None
    assert failure["errorType"] == "AnswerMisused"


async def test_headers_that_api_gateway_would_not_read_are_a_failure() -> None:
    async def long(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(200, (b"x-long", b"x" * 16384)))

    async with function(long) as running:
        with pytest.raises(FunctionFailed, match="PreludeTooLong"):
            await running.ask(request())


@pytest.mark.parametrize("event", [b"no JSON", b"[]", b"{}", b'{"Records": []}', b"[" * 10**5])
async def test_what_is_no_request_is_refused(event: bytes) -> None:
    async with function(echo) as running:
        with pytest.raises(FunctionFailed, match="EventRefused"):
            await running.ask(event)
        assert (await running.ask(request())).prelude.status == 201


async def test_a_request_that_api_gateway_would_not_send_is_a_bad_one() -> None:
    event = json.loads(request()) | {"body": "no base64", "isBase64Encoded": True}
    async with function(echo) as running:
        answer = await running.ask(encoded(event))

    assert answer.prelude.status == 400
    assert json.loads(answer.body)["code"] == "event_malformed"
    assert ("cache-control", "no-store") in answer.prelude.headers


async def test_the_trace_and_the_invocation_are_known_to_whoever_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with function(echo) as running:
        await answered(running.api.invoke(request(), trace_id="Root=1-2-3"))
        await running.ask(request())
        with caplog.at_level(logging.INFO, "gatehouse"), pytest.raises(FunctionFailed):
            await running.ask(b"{}")

    assert running.traces == ["Root=1-2-3", None, None]
    told = json.loads(caplog.messages[0])
    assert told["event"] == "lambda.event_refused"
    assert told["invocation"].startswith("00000000-")
