"""One HTTP exchange under ASGI."""

import asyncio
from typing import Any

import pytest

from devstack.aws import reply as under_test
from devstack.aws.calls import Calls
from devstack.aws.reply import BodyTooLarge, ClientLeft, Message, Reply, wire_request
from devstack.aws.wire import Answer

DISCONNECT: Message = {"type": "http.disconnect"}


def received(*messages: Message) -> Any:
    waiting = list(messages)

    async def receive() -> Message:
        return waiting.pop(0)

    return receive


def sink(sent: list[Message]) -> Any:
    async def send(message: Message) -> None:
        sent.append(message)

    return send


def part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


SCOPE: dict[str, Any] = {
    "method": "PUT",
    "raw_path": b"/a%2Fb",
    "query_string": b"x=%20",
    "headers": [(b"X-Amz-Meta-A", b"\xe9t\xe9"), (b"host", b"h"), (b"x-amz-meta-a", b"2")],
}


async def test_a_request_is_read_whole_and_as_it_was_sent() -> None:
    parts = received(part(b"one", more=True), part(b"two", more=False))

    request = await wire_request(SCOPE, parts)

    assert (request.path, request.query, request.body) == ("/a%2Fb", "x=%20", b"onetwo")
    assert request.header("x-amz-meta-a") == "\xe9t\xe9,2"


async def test_who_leaves_before_the_end_is_noticed() -> None:
    with pytest.raises(ClientLeft):
        await wire_request(SCOPE, received(part(b"one", more=True), DISCONNECT))


async def test_a_body_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "MAX_BODY_BYTES", 5)

    with pytest.raises(BodyTooLarge):
        await wire_request(SCOPE, received(part(b"one", more=True), part(b"two", more=True)))


async def test_an_answer_to_head_keeps_the_length_it_speaks_of() -> None:
    sent: list[Message] = []

    await Reply(sink(sent)).whole(Answer(status=200, headers=(("content-length", "7"),)))

    assert sent[0]["headers"] == [(b"content-length", b"7")]
    assert sent[1]["body"] == b""


async def test_who_leaves_in_between_is_told_and_sent_no_more() -> None:
    sent: list[Message] = []
    reply, call = Reply(sink(sent)), Calls().opened("agentcore")
    reply.observed_by(call)
    await reply.start(200, ())
    assert (call.status, call.outcome) == (200, "open")

    await reply.watch(received(DISCONNECT))
    await reply.chunk(b"late")
    await asyncio.wait_for(reply.client_gone(), 5)

    assert call.outcome == "client_gone"
    assert len(sent) == 1


async def test_who_has_everything_did_not_leave() -> None:
    reply, call = Reply(sink([])), Calls().opened("agentcore")
    reply.observed_by(call)
    await reply.whole(Answer(status=200))

    await reply.watch(received(part(b"", more=False), DISCONNECT))

    assert not reply.gone
    assert call.outcome == "open"
