"""What a boto3 user reads of an agent's answer, he reads the same of it through Gatehouse."""

import asyncio
import io
import json
import struct
from binascii import crc32
from collections.abc import Callable

import httpx
import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.response import StreamingBody

from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.runtime import JSON, Play
from fakes.proxy.served import asking, served
from fakes.proxy.wire import Call, Headers

pytestmark = pytest.mark.journey

FRAMES: Headers = (("Content-Type", "application/vnd.amazon.eventstream"),)
EVENTS: Headers = (("Content-Type", "text/event-stream; charset=utf-8"),)


def frame(kind: str, payload: bytes) -> bytes:
    """Return a message of `application/vnd.amazon.eventstream` (Smithy's event stream)."""
    headers = b""
    for name, value in ((":message-type", "event"), (":event-type", kind)):
        text = value.encode()
        headers += struct.pack("!B", len(name)) + name.encode()
        headers += struct.pack("!BH", 7, len(text)) + text
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack("!I", crc32(prelude)) + headers + payload
    return message + struct.pack("!I", crc32(message))


def told(kind: str, **members: object) -> bytes:
    """Return a frame whose payload is JSON, as ConverseStream's are."""
    return frame(kind, json.dumps(members).encode())


CONVERSE = (
    told("messageStart", role="assistant")
    + told("contentBlockDelta", contentBlockIndex=0, delta={"text": "Good day\r\n\r\n"})
    # What in an event stream of the other kind would be taken out, or end it.
    + frame("chunk", b'\n\ndata: {"error": "x", "error_type": "ValueError"}\n\n')
    + frame("chunk", bytes(range(256)) * 800)
    + frame("chunk", b"")
    + told("messageStop", stopReason="end_turn")
)
SSE = b"".join(
    (
        b'data: "Good day"\n\n: comment\n\nid: 1\nevent: x\ndata: {"a": "\xc3\xa4"}\r\n\r\n',
        b"data: %b\n\n" % (b"x" * 150_000),
        b"data: the last has no end",
    )
)
DOCUMENT = json.dumps({"result": "ä" * 40_000, "error": None}, ensure_ascii=False).encode()


def pieces(body: bytes, size: int) -> list[bytes]:
    """Return the body in pieces, whatever they tear."""
    return [body[at : at + size] for at in range(0, len(body), size)]


def sends(body: bytes, headers: Headers, size: int) -> Play:
    """Answer in pieces, each of which leaves by itself."""

    async def play(call: Call) -> None:
        call.begin(headers=headers)
        for piece in pieces(body, size):
            call.chunk(piece)
            await asyncio.sleep(0)
        call.end()

    return play


def messages(body: bytes) -> list[object]:
    """Read frames with botocore's own parser, which verifies both checksums of each."""
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    return [(message.headers, message.payload) for message in buffer]


def lines(body: bytes) -> list[bytes]:
    """Read lines as AWS's examples of InvokeAgentRuntime do: in chunks that tear all of them."""
    return list(StreamingBody(io.BytesIO(body), len(body)).iter_lines(chunk_size=10))


def document(body: bytes) -> list[object]:
    """Read JSON as AWS's examples do."""
    chunks = StreamingBody(io.BytesIO(body), len(body)).iter_chunks(1000)
    return [json.loads(b"".join(chunks))]


@pytest.mark.parametrize("size", [101, 8192, 1 << 20])
@pytest.mark.parametrize(
    ("body", "headers", "read"),
    [
        pytest.param(CONVERSE, FRAMES, messages, id="frames"),
        pytest.param(SSE, EVENTS, lines, id="events"),
        pytest.param(DOCUMENT, JSON, document, id="document"),
    ],
)
async def test_it_is_the_same_in_pieces_of_any_size(
    house: House,
    alice: Browser,
    body: bytes,
    headers: Headers,
    read: Callable[[bytes], list[object]],
    size: int,
) -> None:
    house.runtime.script = [sends(body, headers, size)]

    async with served(house) as running, asking(running, alice) as answer:
        passed = await answer.aread()

    assert read(passed) == read(body)
    assert passed == body


def dies(body: bytes, headers: Headers, *, announced: bool) -> Play:
    """Answer with half of the body; then the agent is gone."""

    async def play(call: Call) -> None:
        if announced:
            length = f"Content-Length: {len(body)}\r\n"
            kind = f"Content-Type: {headers[0][1]}\r\n"
            head = f"HTTP/1.1 200 OK\r\n{kind}{length}\r\n"
            call.send(head.encode() + body[: len(body) // 2])
        else:
            call.begin(headers=headers)
            call.chunk(body[: len(body) // 2])
        call.transport.close()

    return play


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
@pytest.mark.parametrize(
    ("body", "headers"),
    [pytest.param(CONVERSE, FRAMES, id="frames"), pytest.param(DOCUMENT, JSON, id="document")],
)
async def test_an_answer_that_dies_in_mid_frame_is_torn_and_not_short(
    house: House, alice: Browser, body: bytes, headers: Headers, *, announced: bool
) -> None:
    house.runtime.script = [dies(body, headers, announced=announced)]
    seen: list[bytes] = []

    async with served(house) as running, asking(running, alice) as answer:
        with pytest.raises(httpx.RemoteProtocolError):
            seen += [piece async for piece in answer.aiter_raw()]

    passed = b"".join(seen)
    assert body.startswith(passed)
    if headers is FRAMES:
        assert messages(passed) == messages(body)[: len(messages(passed))]
