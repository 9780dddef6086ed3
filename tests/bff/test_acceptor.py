"""Who comes while the server is busy is heard as soon as those who came before."""

import asyncio
import os
import resource
import socket
from collections.abc import Callable, Coroutine, Generator
from contextlib import ExitStack, closing, contextmanager
from itertools import pairwise
from typing import Any

import pytest
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from bff import acceptor as acceptor_module
from bff.acceptor import Acceptor
from bff.connection import Connection
from bff.serve import Server
from fakes.proxy.wire import WAIT_S

CROWD = 50
FEW_TURNS = 8
"""Of the event loop: some from the accepted connection to its protocol's first word."""

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]
Loop = Callable[[], asyncio.AbstractEventLoop]


class Heard(asyncio.Protocol):
    """Counts the connections that have come."""

    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: ARG002 asyncio's
        """Count one more."""
        type(self).count += 1


@pytest.fixture(autouse=True)
def nobody_yet() -> None:
    Heard.count = 0


@pytest.fixture
def listening() -> Generator[socket.socket]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        found.listen(2 * CROWD)
        yield found


def run(loop: Loop, coroutine: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(coroutine)


@contextmanager
def crowd(listening: socket.socket, size: int = CROWD) -> Generator[None]:
    """Connect, before the loop has another turn: the system does so without the server."""
    with ExitStack() as clients:
        for _ in range(size):
            client = socket.create_connection(listening.getsockname(), timeout=WAIT_S)
            clients.enter_context(closing(client))
        yield


async def turns(count: int = FEW_TURNS) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("loop", LOOPS, ids=["asyncio", "uvloop"])
def test_everybody_who_waits_is_heard_in_the_same_turn(
    loop: Loop, listening: socket.socket
) -> None:
    async def scene() -> None:
        server = await asyncio.get_running_loop().create_server(Heard, sock=listening)
        acceptor = Acceptor(listening, Heard)
        with crowd(listening):
            await turns()
            assert Heard.count == CROWD
        acceptor.close()
        server.close()

    run(loop, scene())


@pytest.mark.parametrize("loop", LOOPS, ids=["asyncio", "uvloop"])
def test_a_flood_of_connections_lets_others_have_their_turn(
    loop: Loop, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptor_module, "MOST_AT_ONCE", 10)

    async def scene() -> None:
        acceptor = Acceptor(listening, Heard)
        with crowd(listening):
            heard = [0]
            while heard[-1] < CROWD:
                await turns(1)
                heard.append(Heard.count)
            assert max(after - before for before, after in pairwise(heard)) == 10
        acceptor.close()

    run(loop, scene())


@pytest.mark.parametrize("loop", LOOPS, ids=["asyncio", "uvloop"])
def test_nobody_is_accepted_after_the_end(loop: Loop, listening: socket.socket) -> None:
    async def scene() -> None:
        Acceptor(listening, Heard).close()
        with crowd(listening):
            await turns()

    run(loop, scene())
    assert Heard.count == 0


@contextmanager
def no_descriptor_left() -> Generator[None]:
    """Let the process open nothing more."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    next_one = os.dup(0)
    os.close(next_one)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_one, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_lack_of_descriptors_is_left_to_the_loop_s_own_server(listening: socket.socket) -> None:
    async def scene() -> None:
        failures: list[dict[str, Any]] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, failure: failures.append(failure))
        server = await loop.create_server(Heard, sock=listening)
        acceptor = Acceptor(listening, Heard)
        with crowd(listening):
            with no_descriptor_left():
                await turns()
            # libuv has closed one of them, or a few, with the descriptor that it keeps for this.
            assert Heard.count == 0
        with crowd(listening, 1):
            await turns()
            assert Heard.count >= 1
        assert failures == []
        acceptor.close()
        server.close()

    run(uvloop.new_event_loop, scene())


def test_the_server_accepts_so_and_ends_so(listening: socket.socket) -> None:
    place = listening.getsockname()

    async def nothing(_: Scope, __: Receive, ___: Send) -> None:
        """Answer nobody: nobody asks."""

    async def scene() -> None:
        config = uvicorn.Config(nothing, http=Connection, ws="none", lifespan="off")
        server = Server(config)
        serving = asyncio.ensure_future(server.serve([listening]))
        async with asyncio.timeout(WAIT_S):
            while not server.started:
                await turns(1)
            with crowd(listening):
                await turns()
                accepted = len(server.server_state.connections)
            server.should_exit = True
            await serving
        assert accepted == CROWD

    run(uvloop.new_event_loop, scene())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place, timeout=WAIT_S)
