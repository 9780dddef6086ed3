"""What comes behind a request and is none: what was asked before is answered, and nothing else."""

import asyncio
import re
import tracemalloc

import pytest
from starlette.types import Receive, Scope, Send

from bff.connection import MOST_WAITING, Connection
from bff.guarded import HEAD_BYTES, HEAD_TIMEOUT_S
from fakes.loop_time import LoopTime, stopped
from fakes.served_line import FIVE, GET, ServedLine, part, start

POST = b"POST /a HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    """Stop the loop's clock."""
    return stopped(monkeypatch)


NONSENSE = {
    "nonsense": b"HELLO\r\n\r\n",
    "bytes": b"\x16\x03\x01",
    "no host": b"GET /b HTTP/1.1\r\n\r\n",
    "a head without end": b"GET /" + b"a" * (HEAD_BYTES + 4096),
    "a body that is torn": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok!",
}


@pytest.mark.parametrize("begun", [False, True], ids=["not begun", "begun"])
@pytest.mark.parametrize("more", [0, 1, 2], ids=["alone", "and another", "and two"])
@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
async def test_what_was_asked_before_some_nonsense_is_answered_and_nothing_else(
    nonsense: bytes, more: int, *, begun: bool
) -> None:
    """A refusal would be taken for the answer that is due, or for a part of it."""
    goes_on = asyncio.Event()

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        # Which lets the next ones arrive.
        await receive()
        if begun:
            await send(start(FIVE))
            await send(part(b"he", more=True))
        await goes_on.wait()
        if not begun:
            await send(start(FIVE))
            await send(part(b"he", more=True))
        await send(part(b"llo"))

    line = ServedLine(Connection, app)
    await line.says(GET, GET * more)
    await line.says(*(nonsense[at : at + 4096] for at in range(0, len(nonsense), 4096)))
    meanwhile = line.sent.count(b"HTTP/1.1"), line.outlet.closed
    # Nothing of it is heard, and so nothing is kept.
    await line.says(GET, b"a" * HEAD_BYTES)
    goes_on.set()
    for _ in range(1 + more):
        await line.settled()

    assert meanwhile == (int(begun), False)
    assert re.findall(rb"HTTP/1.1 (\d+)", line.sent) == [b"200"] * (1 + more)
    assert line.sent.endswith(b"\r\n\r\nhello")
    assert line.outlet.closed
    await line.hangs_up()
    assert not line.state.tasks


async def slow(_: Scope, receive: Receive, __: Send) -> None:
    """Answer nothing."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def test_nonsense_is_not_waited_for_to_go_on(time: LoopTime) -> None:
    line = ServedLine(Connection, slow)
    await line.says(GET + b"GET /" + b"a" * 4096, b"a" * (HEAD_BYTES + 1))
    await time.passes(HEAD_TIMEOUT_S + 1)

    assert not line.outlet.closed
    await line.hangs_up()


async def test_nothing_of_nonsense_is_kept() -> None:
    line = ServedLine(Connection, slow)
    more = b"a" * HEAD_BYTES
    await line.says(GET + b"GET /a HTTP/1.1\r\nX: ", more, more)
    tracemalloc.start()
    try:
        for _ in range(10):
            line.protocol.data_received(more)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < HEAD_BYTES
    await line.hangs_up()


@pytest.mark.parametrize("begun", [False, True], ids=["not begun", "begun"])
async def test_who_answers_a_body_that_is_torn_hears_that_no_more_comes(*, begun: bool) -> None:
    heard: list[str] = []

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await send(start())
            await send(part(b"hello", more=True))
        while (message := await receive())["type"] != "http.disconnect":
            pass
        heard.append(message["type"])
        # As long as a browser takes nothing, what is written behind a close may still leave.
        await send(part(b"late") if begun else start(FIVE))

    line = ServedLine(Connection, app)
    await line.says(POST + b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\nok!")

    assert heard == ["http.disconnect"]
    assert re.findall(rb"HTTP/1.1 (\d+)", line.sent) == [b"200" if begun else b"400"]
    assert line.outlet.closed
    assert b"late" not in line.sent


@pytest.mark.parametrize("more", [0, 1])
async def test_nobody_asks_much_faster_than_is_answered(more: int) -> None:
    goes_on = asyncio.Event()

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        # Which lets the next ones arrive.
        await receive()
        await goes_on.wait()
        await send(start(FIVE))
        await send(part(b"hello"))

    line = ServedLine(Connection, app)
    await line.says(GET, GET * MOST_WAITING, GET * more)
    goes_on.set()
    for _ in range(MOST_WAITING):
        await line.settled()

    assert line.sent.count(b"hello") == 1 + MOST_WAITING
    assert line.sent.count(b"HTTP/1.1 ") == 1 + MOST_WAITING
    assert line.outlet.closed == bool(more)
    await line.hangs_up()
    assert not line.state.tasks
