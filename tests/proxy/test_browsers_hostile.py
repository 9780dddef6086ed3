"""Browsers on a bad line, through the whole of a server: whatever they do, nothing of it stays."""

import asyncio
import random
import socket
import struct

import pytest

from fakes.proxy.asgi import WAIT_S
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.house import House
from fakes.proxy.runtime import EVENTS
from fakes.proxy.served import Served, served
from fakes.proxy.wire import Call
from fakes.wire.scripted import turns
from trust.wire.client import LeanWire

AT_ONCE = 40
ROUNDS = 2
BODY = b'{"prompt": "hi"}'


@pytest.fixture
def settings_changes() -> dict[str, str]:
    """Let one person do it all; an agent may be silent for longer than a test waits."""
    return {"BFF_STREAMS_PER_SUBJECT": "1000", "BFF_STREAM_IDLE": "60s"}


def message(alice: Browser) -> bytes:
    """Return a message to an agent as it stands on the wire."""
    said = [*FETCH, *alice.cookies(), ("Content-Length", str(len(BODY)))]
    head = [b"POST /api/agents/hello/invocations HTTP/1.1", b"Host: localhost"]
    lines = [*head, *(f"{name}: {value}".encode() for name, value in said)]
    return b"\r\n".join([*lines, b"", BODY])


async def connected(running: Served) -> socket.socket:
    """Connect to the server, with hardly any room for what it says."""
    own = socket.socket()
    own.setblocking(False)  # noqa: FBT003 as the standard library has it
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    port = int(running.origin.rpartition(":")[2])
    await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", port))
    return own


def leave(own: socket.socket, numbers: random.Random) -> None:
    """Be gone in one of the ways of doing so."""
    match numbers.randrange(3):
        case 0:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        case 1:
            own.shutdown(socket.SHUT_WR)
        case _:
            pass
    own.close()


class Agent:
    """Says something or not, and ends only now and then."""

    def __init__(self, numbers: random.Random) -> None:
        self._numbers = numbers

    async def __call__(self, call: Call) -> None:
        """Answer a call."""
        numbers = self._numbers
        await turns(numbers.randrange(5))
        call.begin(headers=EVENTS)
        for number in range(numbers.randrange(5)):
            call.chunk(b"data: %d\n\n" % number)
            await turns(numbers.randrange(5))
        if numbers.randrange(4) == 0:
            call.end()


async def test_whoever_leaves_at_whatever_moment_leaves_nothing(
    house: House, alice: Browser
) -> None:
    numbers = random.Random(1)  # noqa: S311 the same each time, as far as the network is
    house.runtime.default = Agent(numbers)
    loop, whole, served_to = asyncio.get_running_loop(), message(alice), 0

    async def visit(running: Served) -> None:
        nonlocal served_to
        own = await connected(running)
        said = whole[: numbers.randrange(len(whole))] if numbers.randrange(4) == 0 else whole
        await loop.sock_sendall(own, said)
        if said is whole and numbers.randrange(2):
            assert await loop.sock_recv(own, numbers.randrange(1, 600))
            served_to += 1
        await turns(numbers.randrange(30))
        leave(own, numbers)

    async with served(house) as running:
        tasks = at_work(house)
        for _ in range(ROUNDS):
            async with asyncio.timeout(WAIT_S):
                await asyncio.gather(*(visit(running) for _ in range(AT_ONCE)))
        await nobody_is_left(house, running)
        async with asyncio.timeout(WAIT_S):
            # Who watches over the streams learns at the next look that there are none.
            while at_work(house) > tasks:
                await asyncio.sleep(0.001)

        assert len(house.runtime.invocations) >= served_to > AT_ONCE / 4


async def nobody_is_left(house: House, running: Served) -> None:
    """Wait until there is no connection, no work and no stream of anybody's."""
    state, streams = running.server.server_state, house.gate.turns.streams
    async with asyncio.timeout(WAIT_S):
        while state.connections or state.tasks or streams.open:
            await asyncio.sleep(0.001)
        while held(house):
            await asyncio.sleep(0.001)


def at_work(house: House) -> int:
    """Return how many tasks there are that are not the upstream's own."""
    return len(asyncio.all_tasks()) - sum(not task.done() for task in house.wire.tasks)


def held(house: House) -> int:
    """Return how many connections to the upstream are neither closed nor idle."""
    wire = house.gate.turns.runtime.wire
    assert isinstance(wire, LeanWire)
    return len(wire._open) - sum(map(len, wire._idle.values()))


@pytest.mark.parametrize("size", [20, 60_000])
async def test_an_agent_says_no_more_than_a_browser_takes(
    house: House, alice: Browser, size: int
) -> None:
    said, waits = 0, asyncio.Event()
    event = b"data: %b\n\n" % (b"x" * size)
    piece = (b"%x\r\n%b\r\n" % (len(event), event)) * max(1, 60_000 // size)

    async def talkative(call: Call) -> None:
        nonlocal said
        call.begin(headers=EVENTS)
        quiet = 0
        while not call.gone.is_set():
            if call.transport.get_write_buffer_size() > len(piece):
                quiet += 1
                if quiet > 100:
                    waits.set()
                await asyncio.sleep(0.001)
            else:
                quiet, said = 0, said + len(piece)
                call.send(piece)
                await asyncio.sleep(0)

    house.runtime.script = [talkative]
    async with served(house) as running:
        own = await connected(running)
        await asyncio.get_running_loop().sock_sendall(own, message(alice))
        async with asyncio.timeout(WAIT_S):
            await waits.wait()
        # What the operating system holds between the three is some megabytes.
        assert said < 40_000_000
        own.close()
        async with asyncio.timeout(WAIT_S):
            while house.gate.turns.streams.open:
                await asyncio.sleep(0.001)
