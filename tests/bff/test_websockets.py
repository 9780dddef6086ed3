"""A browser's WebSocket on the wire: what it may send, how much is kept, when it is given up."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from bff.websockets import LEAVE_S, PIECE_BYTES, SocketConnection
from fakes.loop_time import timers
from fakes.websocket.hostile import BINARY, CLOSE, FIN, PING, TEXT
from fakes.websocket.wire import HEAD, Host, LoopTime, ServedSocket, masked, opened, settled, time
from proxy.request import HARDENED
from proxy.websocket.line import PING_EVERY_S

__all__ = ["time"]

CONT, PONG = 0x0, 0xA
LONG = bytes(3 * PIECE_BYTES)


async def test_messages_come_whole_and_in_order_however_they_were_sent() -> None:
    host = Host()
    line = await opened(host)
    frames = [
        masked(TEXT, "hé".encode()),
        masked(BINARY, LONG),
        masked(TEXT, b"in ", fin=False),
        masked(PING, b"?"),
        masked(CONT, b"two", fin=True),
        masked(TEXT),
        masked(CLOSE, (4005).to_bytes(2, "big")),
    ]

    await line.says(b"".join(frames))

    assert host.said == ["hé", LONG, "in two", ""]
    assert (host.left, line.closed) == (4005, (4005, b""))
    assert bytes([FIN | PONG, 1]) + b"?" in line.answer
    assert line.is_over()


async def test_what_arrives_byte_by_byte_is_the_same() -> None:
    host = Host()
    line = await opened(host)

    await line.says(*(bytes([byte]) for byte in masked(TEXT, b"slow") + masked(BINARY, b"b")))

    assert host.said == ["slow", b"b"]


async def test_nothing_is_compressed() -> None:
    line = await opened(Host())

    head = bytes(line.wire.written).partition(b"\r\n\r\n")[0].lower()
    assert b" 101 " in head
    assert b"sec-websocket-extensions" not in head


@pytest.mark.parametrize(
    ("handshake", "status"),
    [
        pytest.param(HEAD.replace(b"Version: 13", b"Version: 8"), 400, id="another version"),
        pytest.param(HEAD.replace(b"Key: ", b"Key: x"), 400, id="no key"),
        pytest.param(HEAD.replace(b"GET", b"POST"), 405, id="another method"),
        pytest.param(HEAD.replace(b" HTTP/1.1", b" HTTP/1.0"), 505, id="another HTTP"),
        pytest.param(HEAD.replace(b"Host", b"A: 1\r\n" * 129 + b"Host"), 431, id="unreadable"),
    ],
)
async def test_a_handshake_that_is_none_is_refused_as_everything_is(
    handshake: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    line = ServedSocket(SocketConnection, Host())

    await line.says(handshake)

    head = bytes(line.wire.written).partition(b"\r\n\r\n")[0].decode()
    fields = dict(field.split(": ", 1) for field in head.split("\r\n")[1:])
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert HARDENED.items() <= fields.items()
    assert f'"request": "{fields["x-request-id"]}"' in caplog.text
    assert line.is_over()


async def test_of_many_small_messages_few_wait_at_once_and_none_is_lost() -> None:
    host = Host()
    host.taking.clear()
    line = await opened(host)
    count = 256 * 1024 // len(masked(TEXT, b"123"))
    sent = [str(number % 1000).rjust(3) for number in range(count)]

    line.protocol.data_received(b"".join(masked(TEXT, text.encode()) for text in sent))
    await settled()

    assert line.protocol.queue.qsize() < 1000
    assert not line.wire.reads
    host.taking.set()
    while len(host.heard) < count:
        await asyncio.sleep(0)
    assert host.said == sent
    assert line.wire.reads


async def test_a_close_of_ours_is_answered_behind_whatever_stands_before_the_answer() -> None:
    async def close(send: Send) -> None:
        await going.wait()
        await send({"type": "websocket.close", "code": 1008, "reason": "rate_limited"})

    going = asyncio.Event()
    line = await opened(Host(then=close))
    flood = masked(TEXT, b"x" * 100) * (3 * PIECE_BYTES // 100)
    await line.says(flood + masked(CLOSE, (1008).to_bytes(2, "big")))
    assert not line.wire.reads

    going.set()
    await settled()

    assert line.closed == (1008, b"rate_limited")
    assert line.is_over()


async def test_a_browser_that_takes_nothing_does_not_keep_its_connection(time: LoopTime) -> None:
    async def close(send: Send) -> None:
        line.wire.takes = False
        await send({"type": "websocket.send", "bytes": b"x" * 100_000})
        line.protocol.resume_writing()
        await send({"type": "websocket.close", "code": 1000, "reason": ""})

    line = ServedSocket(SocketConnection, Host(then=close))
    await line.opens()

    await time.passes(LEAVE_S - 1)
    assert not line.is_over()
    await time.passes(2)
    assert line.is_over()
    assert line.state.connections == set()


@pytest.mark.parametrize(
    "handshake",
    [
        pytest.param(HEAD.replace(b"Key: ", b"Key: x"), id="refused"),
        pytest.param(HEAD.replace(b"Host", b"A: 1\r\n" * 129 + b"Host"), id="unreadable"),
    ],
)
async def test_a_handshake_that_is_none_does_not_keep_its_connection(
    time: LoopTime, handshake: bytes
) -> None:
    """What was asked for before may fill the way, and never be taken."""
    line = ServedSocket(SocketConnection, Host())
    line.wire.takes = False
    await line.says(handshake)

    await time.passes(LEAVE_S - 1)
    assert not line.is_over()
    await time.passes(2)
    assert line.is_over()


async def test_a_server_that_goes_down_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    async def crashes(_: Scope, receive: Receive, __: Send) -> None:
        await receive()
        raise RuntimeError("crashed")

    line = ServedSocket(SocketConnection, crashes)
    line.wire.takes = False
    await line.says(HEAD)
    assert "crashed" in caplog.text

    line.protocol.shutdown()

    assert bytes(line.wire.written).count(b"HTTP/1.1 500") == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"type": "websocket.accept"},
        {"type": "websocket.http.response.start", "status": 401, "headers": []},
    ],
    ids=["lets in", "refuses"],
)
async def test_whoever_answers_a_handshake_behind_a_stop_hears_that_the_browser_has_gone(
    answer: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    stopped, heard = asyncio.Event(), list[BaseException]()

    async def late(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await stopped.wait()
        try:
            await send(answer)
        except OSError as error:
            heard.append(error)
            raise

    line = ServedSocket(SocketConnection, late)
    line.wire.takes = False
    await line.says(HEAD)
    line.protocol.shutdown()
    stopped.set()
    await settled()

    assert len(heard) == 1
    assert "Exception" not in caplog.text
    assert bytes(line.wire.written).count(b"HTTP/1.1") == 1


async def test_a_server_that_goes_down_leaves_alone_who_is_leaving(time: LoopTime) -> None:
    """Were it an error, the server would leave all other connections alone."""
    host = Host()
    line = await opened(host)
    line.wire.takes = False
    await line.says(masked(CLOSE, (1000).to_bytes(2, "big")))
    assert not line.is_over()

    line.protocol.shutdown()

    assert line.closed == (1000, b"")
    await time.passes(LEAVE_S + 1)
    assert line.is_over()


async def test_a_server_that_goes_down_tells_each_browser_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In the middle of a message, too; the application comes with its own word too late."""

    async def ends(send: Send) -> None:
        await stopped.wait()
        try:
            await send({"type": "websocket.close", "code": 1012, "reason": "late"})
        except OSError as error:
            heard.append(error)
            raise

    stopped, heard = asyncio.Event(), list[BaseException]()
    line = await opened(Host(then=ends))
    line.wire.takes = False
    await line.says(masked(TEXT, b"half of ", fin=False))

    line.protocol.shutdown()
    stopped.set()
    await settled()

    assert line.closed == (1012, b"server_restarting")
    assert len(heard) == 1
    assert "Exception" not in caplog.text


async def test_text_that_is_none_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    line = await opened(Host())

    await line.says(masked(TEXT, b"\xc3", fin=False) + masked(CONT, b"("))

    assert line.closed == (1007, b"")
    assert "Traceback" not in caplog.text


async def test_a_browser_that_leaves_leaves_no_timer(time: LoopTime) -> None:
    async def close(send: Send) -> None:
        await send({"type": "websocket.close", "code": 1000, "reason": ""})

    line = await opened(Host(then=close))
    await line.says(masked(CLOSE, (1000).to_bytes(2, "big")))
    await settled()

    assert line.is_over()
    assert timers() == set()


async def test_a_browser_that_says_nothing_is_asked_and_given_up(time: LoopTime) -> None:
    host = Host()
    line = await opened(host)

    await time.passes(PING_EVERY_S + 1)
    assert line.answer[:1] == bytes([FIN | PING])
    await time.passes(PING_EVERY_S - 3)
    assert not line.is_over()
    await time.passes(3)
    assert line.is_over()
    assert host.left is not None


async def test_a_browser_that_answers_is_kept(time: LoopTime) -> None:
    line = await opened(Host())

    for _ in range(3):
        await time.passes(PING_EVERY_S + 1)
        await line.says(masked(PONG, line.answer[-4:]))
    await time.passes(PING_EVERY_S - 2)

    assert not line.is_over()


async def test_a_pong_that_waits_behind_what_a_slow_agent_has_not_taken_is_no_silence(
    time: LoopTime,
) -> None:
    host = Host()
    host.taking.clear()
    line = await opened(host)
    # One is taken and on its way, the other holds up everything behind it.
    await line.says(masked(TEXT, b"one"), masked(TEXT, b"two"))
    await time.passes(PING_EVERY_S * 5)
    assert not line.is_over()

    host.taking.set()
    await settled()
    await line.says(masked(PONG, line.answer[-4:]))
    await time.passes(PING_EVERY_S - 2)

    assert host.said == ["one", "two"]
    assert not line.is_over()
    # From now on it says nothing, and nothing of its is left unread.
    await time.passes(PING_EVERY_S * 3)
    assert line.is_over()


async def talking(line: ServedSocket) -> None:
    """Let the agent say more than the browser takes."""
    line.wire.takes = False
    await line.protocol.send({"type": "websocket.send", "bytes": b"x" * 100_000})
    await settled()


async def test_a_browser_that_is_behind_but_goes_on_taking_is_kept(time: LoopTime) -> None:
    line = await opened(Host())
    await talking(line)

    for _ in range(4):
        await time.passes(PING_EVERY_S)
        line.wire.taken(1000)
    assert not line.is_over()
    line.wire.takes = True
    line.wire.taken(line.wire.backlog)
    await time.passes(PING_EVERY_S)
    assert not line.is_over()

    await time.passes(PING_EVERY_S * 2)
    assert line.is_over()


async def test_a_browser_that_takes_all_but_is_sent_even_more_is_kept(time: LoopTime) -> None:
    line = await opened(Host())
    await talking(line)

    for _ in range(4):
        await time.passes(PING_EVERY_S)
        before = line.wire.backlog
        line.wire.taken(before)
        await line.protocol.send({"type": "websocket.send", "bytes": b"x" * (before + 1)})

    assert not line.is_over()


async def test_a_browser_that_takes_nothing_is_given_up_and_whoever_sends_is_told(
    time: LoopTime,
) -> None:
    host = Host()
    line = await opened(host)
    await talking(line)
    sending = asyncio.ensure_future(
        line.protocol.send({"type": "websocket.send", "bytes": b"more"})
    )

    await time.passes(PING_EVERY_S * 2 + 2)

    assert line.is_over()
    assert host.left is not None
    with pytest.raises(OSError, match=r"^$"):
        await sending
