"""The way to peers that keep to nothing: bad handshakes, bad frames, and silence."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from fakes.proxy.asgi import WAIT_S
from fakes.proxy.wire import Call, serving
from fakes.websocket.agent import FakeAgent, agent
from fakes.websocket.dialing import dialed, soon
from fakes.websocket.hostile import BINARY, CLOSE, FIN, PING, TEXT, accept, frame
from fakes.websocket.wire import LoopTime, time
from proxy.errors import AgentFailed, AgentTimeout, AgentUnreachable
from proxy.websocket import line
from proxy.websocket.controls import MOST
from proxy.websocket.line import MAX_MESSAGE_BYTES, PING_EVERY_S, HandshakeRefused
from proxy.websocket.line import LineClosed as Closed
from trust.errors import TrustError

__all__ = ["soon", "time"]

PONG = 0xA


@pytest.fixture
async def peer() -> AsyncIterator[FakeAgent]:
    """An agent that does what it should."""
    async with agent() as fake:
        yield fake


Answering = Callable[[Call], Awaitable[None]]


async def refusal(answer: Answering, *subprotocols: str) -> BaseException:
    """Return what comes of a handshake that is answered like this."""
    async with serving(answer) as wire:
        with pytest.raises((TrustError, HandshakeRefused)) as refused:
            await dialed(wire.origin, *subprotocols)
        assert len(wire.calls) == 1, "a handshake was repeated"
    return refused.value


@pytest.mark.parametrize("status", [200, 204, 302, 307, 400, 403, 424, 426, 429, 500, 503])
async def test_another_status_is_told_without_its_body(status: int) -> None:
    async def answer(call: Call) -> None:
        headers = [("x-amzn-ErrorType", "SomeException"), ("Location", "http://127.0.0.1:1/else")]
        call.respond(status, headers, b"secret text of theirs" if status != 204 else b"")

    refused = await refusal(answer)

    assert isinstance(refused, HandshakeRefused)
    assert (refused.status, refused.headers["x-amzn-errortype"]) == (status, "SomeException")
    assert "secret" not in str(refused)


async def test_a_redirect_is_not_followed() -> None:
    async with agent() as elsewhere:

        async def answer(call: Call) -> None:
            call.respond(302, [("Location", elsewhere.origin.replace("http", "ws") + "/ws")])

        refused = await refusal(answer)

        assert isinstance(refused, HandshakeRefused)
        assert elsewhere.connections == []


async def test_a_wrong_accept_key_is_no_websocket() -> None:
    async def answer(call: Call) -> None:
        accept(call, key="AAAAAAAAAAAAAAAAAAAAAAAAAAA=")

    assert isinstance(await refusal(answer), AgentFailed)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(("Sec-WebSocket-Protocol", "nobody-asked"), id="a subprotocol"),
        pytest.param(("Sec-WebSocket-Extensions", "permessage-deflate"), id="an extension"),
    ],
)
async def test_what_was_not_offered_cannot_be_chosen(header: tuple[str, str]) -> None:
    async def answer(call: Call) -> None:
        accept(call, header)

    assert isinstance(await refusal(answer, "mcp"), AgentFailed)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", id="101 without an upgrade"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 101 S\r\n" + b"a: b\r\n" * 5000 + b"\r\n", id="too many headers"),
        pytest.param(b"HTTP/1.1 101 " + b"x" * 70_000, id="an endless line"),
        pytest.param(b"HTTP/1.1 500 Oops\r\nContent-Length: x\r\n\r\n", id="a broken length"),
    ],
)
async def test_what_is_no_answer_is_a_failure_of_the_agents(raw: bytes) -> None:
    async def answer(call: Call) -> None:
        call.send(raw)
        call.transport.close()

    assert isinstance(await refusal(answer), AgentFailed)


async def test_nobody_there_is_unreachable() -> None:
    async with agent() as fake:
        origin = fake.origin

    with pytest.raises(AgentUnreachable):
        await dialed(origin)


async def test_an_answer_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "OPEN_TIMEOUT_S", 0.05)

    async def answer(call: Call) -> None:
        await call.gone.wait()

    assert isinstance(await refusal(answer), AgentTimeout)


async def test_a_proxy_of_the_environment_sees_nothing(
    peer: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:1")

    opened = await dialed(peer.origin)

    await opened.close(1000)


BROKEN = [
    pytest.param([frame(TEXT, b"", length=MAX_MESSAGE_BYTES + 1)], id="a frame too long"),
    pytest.param([frame(BINARY, b"", length=1 << 62)], id="a frame of four exabytes"),
    pytest.param(
        [frame(BINARY, b"x" * 600_000, fin=False), frame(0, b"x" * 600_000)], id="too long in two"
    ),
    pytest.param([frame(TEXT, b"\xff\xfe")], id="text that is no UTF-8"),
    pytest.param([frame(0x3, b"")], id="an unknown opcode"),
    pytest.param([bytes([FIN | 0x40 | TEXT, 0])], id="a reserved bit"),
    pytest.param([bytes([FIN | TEXT, 0x80]) + b"mask"], id="masked by a server"),
    pytest.param([frame(0, b"x")], id="a continuation of nothing"),
    pytest.param([frame(TEXT, b"a", fin=False), frame(TEXT, b"b")], id="a message in another"),
    pytest.param([frame(PING, b"x" * 126)], id="a ping too long"),
    pytest.param([frame(PING, b"x", fin=False)], id="a ping in pieces"),
    pytest.param([frame(CLOSE, b"\x03")], id="a close of one byte"),
    pytest.param(
        [frame(TEXT, b"", fin=False), *[frame(0, b"", fin=False)] * 5000], id="frames without end"
    ),
    pytest.param([frame(PING, b"x" * 125)] * (MOST + 1), id="pings without end"),
    pytest.param([frame(PONG, b"")] * (MOST + 1), id="pongs without end"),
    pytest.param([frame(CLOSE, (1005).to_bytes(2, "big"))], id="a close code nobody sends"),
    pytest.param([frame(TEXT, b"half", length=100)], id="gone in mid-frame"),
    pytest.param([frame(TEXT, b"half", fin=False)], id="gone in mid-message"),
]


@pytest.mark.parametrize("frames", BROKEN)
async def test_a_protocol_error_ends_the_line_as_broken(frames: list[bytes], soon: None) -> None:
    async def answer(call: Call) -> None:
        accept(call)
        call.send(b"".join(frames))
        call.transport.close()

    async with serving(answer) as wire:
        opened = await dialed(wire.origin)
        with pytest.raises(Closed) as closed:
            async with asyncio.timeout(WAIT_S):
                await opened.receive()
        await opened.close(1000)

    assert closed.value.code is None


@pytest.mark.parametrize("frames", BROKEN[:-2])
async def test_a_protocol_error_ends_the_line_also_where_the_peer_stays(
    frames: list[bytes], soon: None
) -> None:
    async def answer(call: Call) -> None:
        accept(call)
        call.send(b"".join(frames))
        await call.gone.wait()

    async with serving(answer) as wire:
        opened = await dialed(wire.origin)
        with pytest.raises(Closed) as closed:
            async with asyncio.timeout(WAIT_S):
                await opened.receive()

    assert closed.value.code is None


async def test_an_agent_that_pings_now_and_then_is_kept(soon: None) -> None:
    async def answer(call: Call) -> None:
        accept(call)
        call.send(frame(PING, b"?") * MOST + frame(TEXT, b"hello"))
        await call.gone.wait()

    async with serving(answer) as wire:
        opened = await dialed(wire.origin)
        async with asyncio.timeout(WAIT_S):
            assert await opened.receive() == "hello"
        await opened.close(1000)


async def test_a_close_in_mid_message_is_a_close(soon: None) -> None:
    async def answer(call: Call) -> None:
        accept(call)
        call.send(frame(TEXT, b"half", fin=False))
        call.send(frame(CLOSE, (4321).to_bytes(2, "big") + b"their words"))
        await call.gone.wait()

    async with serving(answer) as wire:
        opened = await dialed(wire.origin)
        with pytest.raises(Closed) as closed:
            async with asyncio.timeout(WAIT_S):
                await opened.receive()

    assert closed.value.code == 4321


async def test_an_agent_that_never_answers_a_close_is_left(soon: None) -> None:
    async def answer(call: Call) -> None:
        accept(call)
        await call.gone.wait()

    async with serving(answer) as wire:
        opened = await dialed(wire.origin)
        async with asyncio.timeout(WAIT_S):
            await opened.close(1000)
            await wire.calls[0].gone.wait()


@pytest.mark.parametrize("message", ["x" * 1000, b"x" * MAX_MESSAGE_BYTES], ids=["whole", "frames"])
async def test_an_agent_that_takes_nothing_any_more_is_left(
    message: str | bytes, soon: None
) -> None:
    """It would hold a place among the open answers of its person for as long as it likes."""

    async def deaf(call: Call) -> None:
        accept(call)
        call.transport.pause_reading()
        await call.gone.wait()

    async def say_a_lot() -> None:
        while True:
            await opened.send(message)

    async with serving(deaf) as wire:
        opened = await dialed(wire.origin)
        saying = asyncio.ensure_future(say_a_lot())
        await asyncio.wait({saying}, timeout=0.3)
        saying.cancel()
        await asyncio.wait({saying})
        async with asyncio.timeout(WAIT_S):
            await opened.close(1001)
            wire.calls[0].transport.resume_reading()
            await wire.calls[0].gone.wait()


async def test_an_agent_that_answers_no_ping_is_given_up(time: LoopTime) -> None:
    async def answer(call: Call) -> None:
        accept(call)
        await call.gone.wait()

    async with serving(answer) as wire:
        opened = await dialed(wire.origin)
        hearing = asyncio.ensure_future(opened.receive())
        await time.passes(PING_EVERY_S * 2 - 1)
        assert not hearing.done()
        await time.passes(2)

        with pytest.raises(Closed) as closed:
            await hearing

    assert closed.value.code is None
