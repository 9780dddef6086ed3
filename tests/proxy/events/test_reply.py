"""Answers in JSON-RPC of which an internal error is the agent's own failure, as of A2A."""

import pytest

from fakes.proxy.passage import Passed, assert_held_back, cut_at, passed
from proxy.errors import AgentFailed
from proxy.events.named import scrubbed
from proxy.events.reply import ScrubbedReplies, ScrubbedReply
from proxy.events.verdict import MOST_HELD_BYTES

NAMES = ["application/json", "application/a2a+json", "text/plain", ""]
"""What servers call such an answer: its name, another's, and none."""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "document",
    [
        pytest.param(
            b'{"jsonrpc":"2.0","id":"1","error":{"code":-32603,"message":"secret"}}', id="0.3"
        ),
        pytest.param(
            b'{"id": 7, "jsonrpc": "2.0", "error": {"message": "secret", "code": -32603}}',
            id="another-order",
        ),
        pytest.param(
            b'\n{ "jsonrpc": "2.0",\n "id": null, "error": {"code": -32603, "message": "secret'
            + b"x" * MOST_HELD_BYTES,
            id="long",
        ),
        pytest.param(b'{"error":"secret"}', id="of-no-protocol"),
        pytest.param(
            b'{"jsonrpc":"2.0","id":"1","error":{"code":-32603,"message":"secret', id="torn"
        ),
        pytest.param(b"Traceback (most recent call last):\n secret", id="traceback"),
    ],
)
def test_an_internal_error_does_not_pass(document: bytes, name: str) -> None:
    assert_held_back(lambda: scrubbed(name, ScrubbedReply), document)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "document",
    [
        b'{"jsonrpc":"2.0","id":"1","result":{"error":{"code":-32603}}}',
        b'{"jsonrpc":"2.0","id":"1","error":{"code":-32001,"message":"Task not found"}}',
        b'{"jsonrpc":"2.0","id":"1","error":{"code":-326030,"message":"of nobody\'s"}}',
        b'{"jsonrpc":"2.0","id":"1","error":"-32603"}',
        b'{"jsonrpc":"2.0","id":"1","result":{"text":"'
        + b"x" * MOST_HELD_BYTES
        + b'","error":{"code":-32603}}}',
        b'{"jsonrpc":"2.0","id":1,',
        b"[1, 2]",
        b"",
    ],
)
def test_every_other_answer_passes(document: bytes, name: str) -> None:
    for places in ([1], range(0, len(document), max(1, len(document) // 50))):
        assert passed(scrubbed(name, ScrubbedReply), cut_at(document, places)) == Passed(document)


BEFORE = b'data: {"jsonrpc":"2.0","id":1,"result":{"kind":"task"}}\n\n'


@pytest.mark.parametrize("name", ["text/event-stream", "text/plain"])
@pytest.mark.parametrize(
    "event",
    [
        pytest.param(
            b'data: {"jsonrpc":"2.0","id":"1","error":{"code":-32603,"message":"secret"}}\n\n',
            id="java",
        ),
        pytest.param(
            b'id: 7\r\ndata: {"id": 1, "error": {"message": "secret",\r\n'
            b'data:  "code": -32603}}\r\n\r\n',
            id="lines",
        ),
        pytest.param(
            b'data: {"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"secret'
            + b"x" * MOST_HELD_BYTES
            + b'"}}\n\n',
            id="long",
        ),
        pytest.param(b'data: {"error":"secret"}\n\n', id="of-no-protocol"),
        pytest.param(
            b'data: {"error":"secret' + b"x" * MOST_HELD_BYTES + b'","note":"-32603"}\n\n',
            id="long-of-no-protocol",
        ),
        pytest.param(
            b'data: {"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"secret\n\n', id="torn"
        ),
        pytest.param(b"event: error\ndata: secret\n\n", id="named"),
    ],
)
def test_an_internal_error_ends_a_stream(event: bytes, name: str) -> None:
    stream = BEFORE + event + BEFORE
    for step in (1, 7, 1000, len(stream)):
        chunks = cut_at(stream, range(0, len(stream), step))

        found = passed(scrubbed(name, ScrubbedReply, ScrubbedReplies), chunks)

        assert found.out == BEFORE
        assert isinstance(found.failure, AgentFailed)
        assert "secret" not in str(found.failure)


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"Task not found"}}\n\n',
        b'data: {"jsonrpc":"2.0","id":1,"error":{"code":-326030,"message":"of nobody\'s"}}\n\n',
        b'data: {"jsonrpc":"2.0","id":1,"result":{"text":"-32603","error":{"code":-32603}}}\n\n',
        b'data: {"jsonrpc":"2.0","id":1,"result":{"text":"'
        + b"x" * MOST_HELD_BYTES
        + b'-32603"}}\n\n',
        b": -32603\n\n",
        b"data: -32603\n\n",
        b'data: {"jsonrpc":"2.0","id":1,"error":{"code":-3260',
        b'data: {"jsonrpc":"2.0","id":1,"error":{"code":-3.2603e4,"message":"as nobody says"}}\n\n',
    ],
)
def test_every_other_event_passes(event: bytes) -> None:
    stream = BEFORE + event
    for step in (1, 7, 1000, len(stream)):
        chunks = cut_at(stream, range(0, len(stream), step))

        assert passed(ScrubbedReplies(), chunks) == Passed(stream)
