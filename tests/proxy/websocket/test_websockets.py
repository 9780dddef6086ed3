"""The way to agents that keep to the protocol, over real sockets."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from fakes.loopback_tls import certificate
from fakes.proxy.asgi import WAIT_S
from fakes.websocket.agent import SILENT, FakeAgent, agent
from fakes.websocket.dialing import dialed, soon, to
from fakes.websocket.wire import LoopTime, settled, time
from proxy.errors import AgentUnreachable
from proxy.websocket.line import FRAME_BYTES, MAX_MESSAGE_BYTES, PING_EVERY_S
from proxy.websocket.line import LineClosed as Closed
from proxy.websocket.websockets import WebsocketsDialer

__all__ = ["soon", "time"]


@pytest.fixture
async def peer() -> AsyncIterator[FakeAgent]:
    """An agent that does what it should."""
    async with agent() as fake:
        yield fake


async def test_the_handshake_is_sent_as_it_is_and_says_no_more(peer: FakeAgent) -> None:
    opened = await dialed(peer.origin)
    request = (await peer.met()).request

    assert request is not None
    assert request.path == "/runtimes/arn%3Aaws%3Ax%2Fy/ws?qualifier=DEFAULT"
    names = sorted(name.lower() for name, _ in request.headers.raw_items())
    assert names == [
        *("authorization", "connection", "host", "sec-websocket-key", "sec-websocket-version"),
        *("upgrade", "x-amz-date"),
    ]
    await opened.close(1000)


async def test_text_and_bytes_are_kept_apart_both_ways(peer: FakeAgent) -> None:
    opened = await dialed(peer.origin)
    other = await peer.met()

    for message in ("hé", b"\xff\x00", "", b""):
        await opened.send(message)
        assert await other.recv() == message
        await other.send(message)
        assert await opened.receive() == message
    await opened.close(1000)


async def test_a_message_in_many_frames_is_one_message(peer: FakeAgent) -> None:
    opened = await dialed(peer.origin)
    other = await peer.met()

    await other.send(["a", "b"] * 200)
    await other.send([b"c"] * 100)

    assert await opened.receive() == "ab" * 200
    assert await opened.receive() == b"c" * 100
    await opened.close(1000)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"x" * MAX_MESSAGE_BYTES, id="bytes"),
        pytest.param("\U0001f600" * (MAX_MESSAGE_BYTES // 4), id="four bytes a character"),
        pytest.param("é" * FRAME_BYTES, id="two bytes a character"),
        pytest.param(b"x" * (FRAME_BYTES + 1), id="a byte more than a frame"),
    ],
)
async def test_the_longest_message_goes_out_in_frames_that_agentcore_takes(
    message: str | bytes,
) -> None:
    heard: asyncio.Queue[str | bytes] = asyncio.Queue()

    async def hear(connection: ServerConnection) -> None:
        async for one in connection:
            await heard.put(one)

    async with serve(hear, "127.0.0.1", 0, max_size=(None, FRAME_BYTES)) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        opened = await dialed(f"http://127.0.0.1:{port}")
        async with asyncio.timeout(WAIT_S):
            await opened.send(message)
            assert await heard.get() == message
            await opened.send("still there")
            assert await heard.get() == "still there"
        await opened.close(1000)


async def test_what_the_agent_chose_of_what_was_offered_is_known() -> None:
    async with agent(subprotocols=["ag-ui"]) as fake:
        opened = await dialed(fake.origin, "mcp", "ag-ui")

        assert opened.subprotocol == "ag-ui"
        await opened.close(1000)


async def test_without_an_offer_there_is_no_subprotocol(peer: FakeAgent) -> None:
    opened = await dialed(peer.origin)

    assert opened.subprotocol is None
    assert peer.header("Sec-WebSocket-Protocol") is None
    await opened.close(1000)


async def test_nothing_is_compressed(peer: FakeAgent) -> None:
    opened = await dialed(peer.origin)
    await peer.met()

    assert peer.header("Sec-WebSocket-Extensions") is None
    await opened.close(1000)


async def test_a_close_comes_after_everything_that_was_said_before_it(peer: FakeAgent) -> None:
    opened = await dialed(peer.origin)
    other = await peer.met()
    await other.send("one")
    await other.send("two")
    closing = asyncio.ensure_future(other.close(4001, "a reason of theirs"))

    assert [await opened.receive(), await opened.receive()] == ["one", "two"]
    with pytest.raises(Closed) as closed:
        await opened.receive()
    with pytest.raises(Closed):
        await opened.send("late")

    assert closed.value.code == 4001
    assert "theirs" not in str(closed.value)
    await closing


async def test_a_close_of_ours_reaches_the_agent_and_may_come_twice(peer: FakeAgent) -> None:
    opened = await dialed(peer.origin)
    other = await peer.met()

    await opened.close(4002)
    await opened.close(1001)

    with pytest.raises(ConnectionClosed) as closed:
        await other.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4002


async def test_an_agent_that_reads_nothing_holds_up_the_sender() -> None:
    async with agent(max_queue=1) as fake:
        opened = await dialed(fake.origin)
        other = await fake.met()

        async def say_a_lot() -> None:
            while True:
                await opened.send(b"x" * MAX_MESSAGE_BYTES)

        saying = asyncio.ensure_future(say_a_lot())
        finished, _ = await asyncio.wait({saying}, timeout=0.3)
        saying.cancel()
        await asyncio.wait({saying})

        assert finished == set()
        other.transport.abort()
        await opened.close(1001)


async def test_a_relay_that_takes_nothing_holds_up_the_agent(peer: FakeAgent, soon: None) -> None:
    opened = await dialed(peer.origin)
    other = await peer.met()
    sent = 0

    async def say_a_lot() -> None:
        nonlocal sent
        while True:
            await other.send(b"x" * MAX_MESSAGE_BYTES)
            sent += 1

    saying = asyncio.ensure_future(say_a_lot())
    finished, _ = await asyncio.wait({saying}, timeout=0.3)
    saying.cancel()
    await asyncio.wait({saying})

    assert finished == set()
    # What two sockets' buffers hold, a few megabytes: not as much as 0.3 seconds could bring.
    assert sent < 32
    await opened.close(1001)


async def test_who_is_slow_to_take_what_an_agent_says_does_not_lose_it(
    peer: FakeAgent, time: LoopTime
) -> None:
    opened = await dialed(peer.origin)
    other = await peer.met()

    async def say_a_lot() -> None:
        for _ in range(12):
            await other.send(b"x" * MAX_MESSAGE_BYTES)

    saying = asyncio.ensure_future(say_a_lot())
    # Many times as long as a pong may take, and none could come through.
    await time.passes(PING_EVERY_S * 5)
    for _ in range(12):
        assert len(await opened.receive()) == MAX_MESSAGE_BYTES
    await saying
    await opened.close(1000)


async def test_an_agent_that_takes_nothing_for_a_while_is_not_given_up(time: LoopTime) -> None:
    async with agent(max_queue=1) as fake:
        opened = await dialed(fake.origin)
        other = await fake.met()
        sent = 0

        async def say_a_lot() -> None:
            nonlocal sent
            for _ in range(24):
                await opened.send(b"x" * MAX_MESSAGE_BYTES)
                sent += 1

        saying = asyncio.ensure_future(say_a_lot())
        hearing = asyncio.ensure_future(opened.receive())
        before = -1
        while sent > before:
            # Until every buffer on the way is full.
            before = sent
            for _ in range(20):
                await settled()
        await time.passes(PING_EVERY_S * 5)
        assert not saying.done()
        for _ in range(24):
            assert len(await other.recv()) == MAX_MESSAGE_BYTES
        await other.send("I was busy")

        assert await hearing == "I was busy"
        await saying
        await opened.close(1000)


async def test_a_silent_agent_that_is_there_is_kept(peer: FakeAgent, time: LoopTime) -> None:
    opened = await dialed(peer.origin)
    other = await peer.met()
    hearing = asyncio.ensure_future(opened.receive())

    await time.passes(PING_EVERY_S * 5)
    await other.send("at last")

    assert await hearing == "at last"
    await opened.close(1000)


async def test_nothing_of_a_handshake_is_logged(
    peer: FakeAgent, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    opened = await dialed(peer.origin)
    await opened.close(1000)

    ours = [record for record in caplog.records if "server" not in record.name]
    assert not any("AWS4-HMAC-SHA256" in record.getMessage() for record in ours)


async def test_a_name_is_proven_before_anything_is_sent(tmp_path: Path) -> None:
    file = certificate("localhost", tmp_path)
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(file)
    asked = 0

    def trusted() -> ssl.SSLContext:
        nonlocal asked
        asked += 1
        return ssl.create_default_context(cafile=file)

    async def echo(connection: ServerConnection) -> None:
        await connection.send(await connection.recv())

    dialer = WebsocketsDialer(tls=trusted)
    async with serve(echo, "127.0.0.1", 0, ssl=shown, logger=SILENT) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        for _ in range(2):
            opened = await dialer.open(to(f"https://localhost:{port}"))
            await opened.send("over TLS")
            assert await opened.receive() == "over TLS"
            await opened.close(1000)
        with pytest.raises(AgentUnreachable, match=r"not valid for '127\.0\.0\.1'"):
            # The certificate is for another name.
            await dialer.open(to(f"https://127.0.0.1:{port}"))
        with pytest.raises(AgentUnreachable):
            # Nobody whom we know vouches for it.
            await WebsocketsDialer(tls=ssl.create_default_context).open(
                to(f"https://localhost:{port}")
            )

    assert asked == 1
