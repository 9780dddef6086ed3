"""A browser that takes nothing of what was sent to it is given up; one that is slow is not."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from bff.connection import Connection
from bff.timed import TAKE_S, Timed
from fakes.loop_time import LoopTime, stopped, timers
from fakes.served_line import GET, Outlet, part, start

LENGTH = 8_000_000
"""More than the operating system holds between two sockets."""

LAST = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
IDLE_S = 5
TURNS = 100_000


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    """Stop the loop's clock."""
    return stopped(monkeypatch)


async def large(_: Scope, __: Receive, send: Send) -> None:
    """Answer in one piece: it has ended for whoever answers, long before it is taken."""
    await send(start((b"content-length", b"%d" % LENGTH)))
    await send(part(bytes(LENGTH)))


async def longer(_: Scope, __: Receive, send: Send) -> None:
    """Answer with more than is taken."""
    await send(start())
    for _number in range(2 * LENGTH // 60_000):
        await send(part(bytes(60_000), more=True))


async def torn(_: Scope, __: Receive, send: Send) -> None:
    """Break off."""
    await send(start())
    await send(part(bytes(LENGTH), more=True))


class Line:
    """A browser's end of a connection, with hardly any room."""

    def __init__(self, own: socket.socket, state: ServerState) -> None:
        self.own = own
        self.state = state

    @property
    def is_held(self) -> bool:
        """Whether the server has anything of it still."""
        return bool(self.state.connections or self.state.tasks)

    async def until(self, reached: Callable[[], bool]) -> None:
        """Let the server go on until something is so."""
        for _ in range(TURNS):
            if reached():
                return
            await asyncio.sleep(0)
        raise TimeoutError

    async def stands_still(self) -> None:
        """Let the server go on for as long as there is something to do."""
        (connection,) = self.state.connections
        assert isinstance(connection, Connection)
        await self.until(lambda: connection.transport.get_write_buffer_size() > 0)
        for _ in range(100):
            await asyncio.sleep(0)

    async def takes(self, size: int) -> None:
        """Take so much."""
        for _ in range(TURNS):
            try:
                size -= len(self.own.recv(min(size, 4096)))
            except BlockingIOError:
                await asyncio.sleep(0)
            if size <= 0:
                return
        raise TimeoutError


@asynccontextmanager
async def asked(app: ASGIApp, said: bytes) -> AsyncGenerator[Line]:
    """Ask, and take nothing of the answer."""
    loop, state = asyncio.get_running_loop(), ServerState()
    config = uvicorn.Config(
        app, http=Connection, lifespan="off", log_config=None, timeout_keep_alive=IDLE_S
    )
    config.load()
    server = await loop.create_server(
        lambda: Connection(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        with socket.socket() as own:
            own.setblocking(False)  # noqa: FBT003 as the standard library has it
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await loop.sock_connect(own, server.sockets[0].getsockname())
            await loop.sock_sendall(own, said)
            line = Line(own, state)
            await line.until(lambda: bool(state.connections))
            await line.stands_still()
            yield line
        await line.until(lambda: not line.is_held)


@pytest.mark.parametrize(
    ("app", "said", "idle_s"),
    [
        pytest.param(large, LAST, 0, id="an answer that was the last"),
        pytest.param(large, GET, IDLE_S, id="an answer that was not"),
        pytest.param(large, GET + GET, 0, id="an answer behind another"),
        pytest.param(longer, GET, 0, id="an answer that goes on"),
        pytest.param(torn, GET, 0, id="an answer that is torn"),
    ],
)
async def test_whoever_takes_nothing_is_not_waited_for(
    time: LoopTime, app: ASGIApp, said: bytes, idle_s: float
) -> None:
    async with asked(app, said) as line:
        await time.passes(idle_s)
        await time.passes(TAKE_S - 1)
        still = line.is_held
        # What left the server in the very first moments counts as taken until the next look.
        for _ in range(3):
            await time.passes(TAKE_S)

        await line.until(lambda: not line.is_held)
        assert still


@pytest.mark.parametrize("said", [LAST, GET])
async def test_whoever_is_slow_and_takes_something_now_and_then_gets_it_all(
    time: LoopTime, said: bytes
) -> None:
    async with asked(large, said) as line:
        for _ in range(50):
            await line.takes(20_000)
            await time.passes(TAKE_S - 1)
        assert line.is_held

        await line.takes(LENGTH - 50 * 20_000)


async def test_whoever_was_slow_once_is_not_cut_off_later(time: LoopTime) -> None:
    async with asked(large, GET + GET) as line:
        await line.takes(2 * LENGTH)
        (connection,) = line.state.connections
        assert isinstance(connection, Connection)
        await line.until(lambda: connection.transport.get_write_buffer_size() == 0)
        for _ in range(5):
            await time.passes(IDLE_S - 1)
            await asyncio.get_running_loop().sock_sendall(line.own, GET)
            await line.takes(LENGTH)

        assert line.is_held


class Behind(Outlet):
    """A far end that takes what it is let take."""

    def __init__(self, own: socket.socket) -> None:
        super().__init__()
        self._own = own
        self.left = 20_000
        self.is_cut = False

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Return the socket, which carries nothing."""
        return self._own if name == "socket" else super().get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        """Return what is not taken."""
        return self.left

    def abort(self) -> None:
        """End it at once."""
        self.is_cut = self.closed = True


@pytest.fixture
def behind() -> Generator[Behind]:
    """Return one that has taken nothing yet."""
    with socket.socket() as own:
        yield Behind(own)


def timed(behind: Behind) -> Timed:
    """Return a connection to it."""
    connection = Timed(asyncio.get_running_loop())
    connection.connection_made(behind)
    return connection


@pytest.mark.parametrize("end", [Timed.close, Timed.eof_received])
async def test_what_nobody_waits_to_add_to_is_watched_from_the_end_on(
    time: LoopTime, behind: Behind, end: Callable[[Timed], None]
) -> None:
    """So little is left that no writer was ever stopped for it."""
    end(timed(behind))

    await time.passes(TAKE_S)
    assert (behind.closed, behind.is_cut) == (True, False)
    await time.passes(TAKE_S)
    assert behind.is_cut


async def test_the_last_of_what_was_sent_has_to_be_taken_too(
    time: LoopTime, behind: Behind
) -> None:
    connection = timed(behind)
    connection.pause_writing()
    connection.close()
    behind.left = 10_000
    connection.resume_writing()

    for _ in range(2):
        await time.passes(TAKE_S)

    assert behind.is_cut


async def test_whoever_is_as_far_behind_again_has_taken_something(
    time: LoopTime, behind: Behind
) -> None:
    connection = timed(behind)
    for _ in range(5):
        connection.pause_writing()
        await time.passes(TAKE_S)
        connection.resume_writing()

    assert not behind.is_cut


async def test_whoever_has_taken_what_let_others_go_on_is_not_watched_any_more(
    time: LoopTime, behind: Behind
) -> None:
    connection = timed(behind)
    connection.pause_writing()
    connection.resume_writing()

    for _ in range(5):
        await time.passes(TAKE_S)

    assert (behind.closed, timers()) == (False, set())
