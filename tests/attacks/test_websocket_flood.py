"""Floods over one WebSocket: whoever is let in once is still held to what everybody may do.

A handshake is one call. What follows it is seen by no front door any more: messages, of which each
may start a model call; frames, which cost us memory where nobody bounds them; pings, which are all
answered.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bff.websockets import SocketConnection
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.browser import Browser
from fakes.proxy.provider.people import ALICE, BOB, CAROL, Person
from fakes.websocket.hostile import BINARY, CLOSE, PING, TEXT
from fakes.websocket.house import SocketHouse, open_sockets
from fakes.websocket.questions import VOICE, closed, events
from fakes.websocket.wire import HEAD, Host, ServedSocket, masked, settled
from proxy.websocket.controls import MOST
from proxy.websocket.line import MAX_FRAMES, MAX_MESSAGE_BYTES

LIMITS = {
    "BFF_LIMIT_MESSAGES": "5/1m",
    "BFF_LIMIT_TENANT_MESSAGES": "12/1m",
    "BFF_STREAMS_PER_SUBJECT": "4",
}
CONT, PONG = 0x0, 0xA
LONG_LINE = b"\r\nA: " + b"x" * 9000 + b"\r\nHost"


@pytest.fixture
async def limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SocketHouse]:
    """Open a Gatehouse of few calls, at the beginning of a window."""
    async with open_sockets(tmp_path, monkeypatch, LIMITS) as opened:
        opened.house.clock.advance(60 - opened.house.clock.now() % 60)
        yield opened


async def browser_of(house: SocketHouse, person: Person = ALICE) -> Browser:
    """Log somebody in."""
    browser = house.house.browser()
    await browser.login(person)
    return browser


async def flood(socket: ClientConnection, count: int) -> None:
    """Send messages, as many of them as anybody takes."""
    try:
        for number in range(count):
            await socket.send(f"message {number}")
    except ConnectionClosed:
        return


async def heard(house: SocketHouse, connection: int) -> list[str | bytes]:
    """Return what an agent heard over one of its connections, once that has ended."""
    other = await house.agent.met(connection)
    found: list[str | bytes] = []
    async with asyncio.timeout(WAIT_S):
        try:
            while True:
                found.append(await other.recv())
        except ConnectionClosed:
            assert other.close_code == 1001
            return found


def refusals(house: SocketHouse) -> list[str]:
    """Return what the audit trail says of limits."""
    told = [event for event in events(house, "audit") if event.get("why") == "rate_limited"]
    assert {(event["deed"], event["outcome"]) for event in told} <= {("request", "refused")}
    return [event["why"] for event in told]


async def test_websocket_flood_of_messages_over_one_socket(limited: SocketHouse) -> None:
    alice = await browser_of(limited)

    async with limited.talk(alice) as socket:
        await flood(socket, 200)
        assert await closed(socket) == (1008, "rate_limited")

    # What was said before the limit has arrived, and nothing else.
    assert await heard(limited, 1) == [f"message {number}" for number in range(5)]
    assert refusals(limited) == ["rate_limited"]
    async with asyncio.timeout(WAIT_S):
        while not (ends := events(limited, "socket.ended")):
            await asyncio.sleep(0.001)
    assert (ends[0]["how"], ends[0]["code"], ends[0]["why"]) == ("cut", 1008, "rate_limited")


async def test_websocket_flood_does_not_go_on_over_the_next_socket(limited: SocketHouse) -> None:
    alice = await browser_of(limited)
    for _ in range(2):
        async with limited.talk(alice) as socket:
            await flood(socket, 200)
            assert await closed(socket) == (1008, "rate_limited")
    assert await heard(limited, 2) == []

    # Calls are counted apart: she may look at her chats meanwhile.
    assert (await alice.fetch("GET", "/api/agents")).status == 200
    limited.house.clock.advance(60)
    async with limited.talk(alice) as socket:
        await socket.send("a minute later")
        assert await (await limited.agent.met(3)).recv() == "a minute later"


async def test_websocket_flood_over_several_sockets_of_one_session(limited: SocketHouse) -> None:
    alice = await browser_of(limited)

    async with limited.talk(alice) as one, limited.talk(alice) as other:
        await one.send("first")
        assert await (await limited.agent.met(1)).recv() == "first"
        await flood(other, 200)
        assert await closed(other) == (1008, "rate_limited")
        assert len(await heard(limited, 2)) == 4
        await one.send("what is left to nobody")
        assert await closed(one) == (1008, "rate_limited")

    assert await heard(limited, 1) == []


async def test_websocket_flood_by_many_sessions_of_one_tenant(limited: SocketHouse) -> None:
    people = [await browser_of(limited, person) for person in (ALICE, BOB, BOB)]
    carol = await browser_of(limited, CAROL)
    talks: list[int] = []
    for number, person in enumerate(people, 1):
        async with limited.talk(person) as socket:
            await flood(socket, 200)
            assert await closed(socket) == (1008, "rate_limited")
        talks.append(len(await heard(limited, number)))

    assert talks == [5, 5, 2]
    async with limited.talk(carol, "/api/agents/intercom/ws") as socket:
        await socket.send("another tenant's")
        assert await (await limited.agent.met(4)).recv() == "another tenant's"


@pytest.mark.parametrize(
    "message", [b"", "", ["a", "b", "c"], b"x" * MAX_MESSAGE_BYTES], ids=["b", "t", "parts", "long"]
)
async def test_websocket_flood_of_messages_of_every_kind(
    limited: SocketHouse, message: str | bytes | list[str]
) -> None:
    alice = await browser_of(limited)
    async with limited.talk(alice) as socket:
        other = await limited.agent.met()
        for _ in range(5):
            await socket.send(message)
            await other.recv()
        await socket.send(message)

        assert await closed(socket) == (1008, "rate_limited")


async def test_websocket_flood_while_the_store_is_worn_out(limited: SocketHouse) -> None:
    alice = await browser_of(limited)
    async with limited.talk(alice) as socket:
        await limited.agent.met()
        limited.house.table.down = True
        await flood(socket, 200)

        # Counted by this process alone, up to the whole rate: it is a limit all the same.
        assert await closed(socket) == (1008, "rate_limited")
    assert len(await heard(limited, 1)) == 5


async def test_websocket_flood_of_the_agent_s_is_no_browser_s(limited: SocketHouse) -> None:
    alice = await browser_of(limited)
    async with limited.talk(alice) as socket:
        other = await limited.agent.met()
        for number in range(50):
            await other.send(str(number))
        for number in range(50):
            assert await socket.recv() == str(number)

        await socket.send("still heard")
        assert await other.recv() == "still heard"


async def opened(host: Host) -> ServedSocket:
    """Return a socket of the server's whose handshake is answered."""
    line = ServedSocket(SocketConnection, host)
    await line.opens()
    return line


@pytest.mark.parametrize("payload", [b"", b"x"], ids=["empty", "of one byte"])
async def test_websocket_flood_of_frames_of_a_message_without_end(payload: bytes) -> None:
    host = Host()
    line = await opened(host)
    await line.says(masked(TEXT, payload, fin=False) + masked(CONT, payload, fin=False) * 500)
    assert not line.wire.closing

    await line.says(masked(CONT, payload, fin=False) * 9000)

    assert line.closed == (1009, b"")
    assert not line.wire.says_more
    # Nor is anything kept of what came after the end.
    assert line.protocol.queue.qsize() <= 1
    assert len(line.protocol.frames) <= MAX_FRAMES
    assert (host.said, host.left) == ([], 1009)


async def test_websocket_flood_of_frames_has_a_bound_that_honest_messages_keep() -> None:
    host = Host()
    line = await opened(host)
    pieces = [masked(CONT, b"x" * 1024, fin=False)] * (MAX_FRAMES - 2)
    whole = [masked(BINARY, b"x" * 1024, fin=False), *pieces, masked(CONT, b"x" * 1024)]

    await line.says(b"".join(whole), b"".join(whole))

    assert [len(message) for message in host.said] == [MAX_MESSAGE_BYTES] * 2
    assert line.closed is None


@pytest.mark.parametrize("kind", [PING, PONG], ids=["pings", "pongs"])
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "one by one"])
async def test_websocket_flood_of_control_frames(kind: int, *, at_once: bool) -> None:
    host = Host()
    line = await opened(host)
    frames = [masked(kind, b"x" * 125)] * (MOST + 20)
    await line.says(b"".join(frames[:MOST]))
    assert not line.wire.closing

    await line.says(*([b"".join(frames)] if at_once else frames))

    assert line.closed == (1008, b"")
    assert line.is_over()
    # What nobody takes waits in our memory: no more pongs than those, and those for one piece.
    assert len(line.answer) <= MOST * 127 + 8192
    assert host.left == 1008
    assert line.protocol.queue.qsize() == 1


async def test_websocket_flood_of_control_frames_after_our_close() -> None:
    line = await opened(Host())
    await line.protocol.send({"type": "websocket.close", "code": 1008, "reason": "x"})

    await line.says(masked(PING, b"x" * 125) * (MOST * 3))

    assert line.wire.closing
    assert len(line.answer) <= MOST * 127 + 8192


async def test_websocket_flood_of_tiny_messages_while_the_agent_is_slow() -> None:
    host = Host()
    host.taking.clear()
    line = await opened(host)

    await line.says(masked(BINARY) * (256 * 1024 // 6))

    # Each takes thirty times as much in the queue as on the way: of 43,690, these may wait there.
    assert line.protocol.queue.qsize() < 1500
    assert not line.wire.reads


async def test_websocket_flood_before_the_handshake_is_answered() -> None:
    host = Host()
    host.begun.clear()
    line = await opened(host)

    await line.says(masked(TEXT, b"too early"))

    assert line.is_over()
    assert line.protocol.queue.qsize() == 1
    assert bytes(line.wire.written) == b""
    host.begun.set()
    await settled()
    assert (host.said, line.state.tasks) == ([], set())


@pytest.mark.parametrize(
    ("head", "status"),
    [
        pytest.param(HEAD.replace(b" HTTP", b"?" + b"x" * 9000 + b" HTTP"), b"414"),
        pytest.param(HEAD.replace(b"\r\nHost", LONG_LINE), b"431"),
        pytest.param(HEAD.replace(b"\r\nHost", b"\r\nA: 1" * 129 + b"\r\nHost"), b"431"),
        pytest.param(HEAD.replace(b" HTTP", b"\xff HTTP"), b""),
    ],
    ids=["a long target", "a long header", "many headers", "a target that is no text"],
)
async def test_websocket_flood_of_handshakes_that_cannot_be_read(
    head: bytes, status: bytes
) -> None:
    """Nobody has to be logged in for these: kept open, they would take all there is of sockets."""
    host = Host()
    line = ServedSocket(SocketConnection, host)

    await line.says(head)

    assert bytes(line.wire.written)[9:12] == status
    assert line.is_over()
    assert (host.heard, line.state.tasks, line.state.connections) == ([], set(), set())


async def test_websocket_flood_of_such_handshakes_does_not_hinder_a_shutdown() -> None:
    line = ServedSocket(SocketConnection, Host())
    # Too long a line; what is said to it is not taken, and so the connection is not over yet.
    line.wire.takes = False
    await line.says(HEAD.replace(b"\r\nHost", LONG_LINE))

    line.protocol.shutdown()

    assert line.wire.closing


NONSENSE = [
    pytest.param(masked(TEXT, b"x", first=0x40), 1002, id="a compression bomb's bit"),
    pytest.param(masked(TEXT, b"x", first=0x20), 1002, id="the second reserved bit"),
    pytest.param(masked(TEXT, b"x", first=0x10), 1002, id="the third reserved bit"),
    pytest.param(masked(PING, b"x" * 126), 1002, id="a ping too long"),
    pytest.param(masked(CLOSE, b"\x03\xe8" + b"x" * 124), 1002, id="a close too long"),
    pytest.param(masked(PING, b"x", fin=False), 1002, id="a ping in pieces"),
    pytest.param(masked(0x3), 1002, id="an unknown opcode"),
    pytest.param(masked(0xB), 1002, id="an unknown control opcode"),
    pytest.param(masked(CONT, b"x"), 1002, id="a continuation of nothing"),
    pytest.param(masked(TEXT, fin=False) + masked(TEXT), 1002, id="a message in another"),
    pytest.param(bytes([0x81, 1]) + b"x", 1002, id="without a mask"),
    pytest.param(masked(TEXT, b"\xff"), 1007, id="text that is no text"),
    pytest.param(bytes([0x82, 0xFF]) + (1 << 62).to_bytes(8, "big"), 1009, id="four exabytes"),
    pytest.param(
        masked(BINARY, bytes(MAX_MESSAGE_BYTES), fin=False) + masked(CONT, b"x"),
        1009,
        id="a byte too many in two frames",
    ),
    pytest.param(masked(CLOSE, b"\x03"), 1002, id="a close of one byte"),
    *(
        pytest.param(masked(CLOSE, code.to_bytes(2, "big")), 1002, id=f"a close with {code}")
        for code in (0, 999, 1004, 1005, 1006, 1015, 5000, 65535)
    ),
]


@pytest.mark.parametrize(("frames", "code"), NONSENSE)
async def test_websocket_nonsense_ends_the_socket_and_reaches_nobody(
    frames: bytes, code: int
) -> None:
    host = Host()
    line = await opened(host)

    await line.says(frames + masked(TEXT, b"and then this" * 2000))

    assert line.closed == (code, b"")
    # Of too long a message the rest is passed over: an honest browser may be busy sending it.
    assert line.is_over() or (code == 1009 and not line.wire.says_more)
    assert (host.said, host.left) == ([], code)
    assert line.protocol.queue.qsize() <= 1


async def test_websocket_refusal_by_limit_is_the_same_for_a_chat_that_goes_on(
    limited: SocketHouse,
) -> None:
    alice = await browser_of(limited)
    async with limited.talk(alice) as socket:
        assert socket.response is not None
        chat = socket.response.headers["chat-id"]
    async with limited.talk(alice, f"{VOICE}?chat={chat}") as socket:
        await flood(socket, 200)
        assert await closed(socket) == (1008, "rate_limited")

    assert len(await heard(limited, 2)) == 5
