"""A server of scripted bytes on loopback: it says what a test says, and nothing else.

It runs in the event loop of the test. So both sides take turns, and a test knows where the other
side stands without looking at a clock.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Protocol

from fakes.wire.line import Line, TlsLine

WAIT_S = 10.0
"""How long one side waits for the other before a test has failed."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Left(Exception):
    """The client has left in the middle of a script, which ends it."""


class Peer:
    """One connection, seen from the server."""

    def __init__(self, line: Line) -> None:
        self._unread = b""
        self.line = line

    async def head(self) -> bytes:
        """Return the head of the next request. Raises Left."""
        while (end := self._unread.find(b"\r\n\r\n") + 4) < 4:
            await self._more()
        return self._taken(end)

    async def request(self) -> bytes:
        """Return the next request whole. Raises Left."""
        head = await self.head()
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        while len(self._unread) < size:
            await self._more()
        return head + self._taken(size)

    async def say(self, *pieces: bytes) -> None:
        """Send some bytes, each piece by itself."""
        for piece in pieces:
            async with asyncio.timeout(WAIT_S):
                await self.line.send(piece)

    async def answer(self, *pieces: bytes) -> None:
        """Take a request and send some bytes."""
        await self.request()
        await self.say(*pieces)

    async def gone(self) -> bool:
        """Wait for the client to leave; tell whether it left without another byte."""
        quiet = not self._unread
        with suppress(ConnectionError, ssl.SSLError):
            async with asyncio.timeout(WAIT_S):
                while await self.line.receive():
                    quiet = False
        return quiet

    async def close(self) -> None:
        """End the connection in good order."""
        with suppress(OSError):
            await self.line.notice()
        self.line.close()

    async def _more(self) -> None:
        async with asyncio.timeout(WAIT_S):
            data = await self.line.receive()
        if not data:
            raise Left
        self._unread += data

    def _taken(self, size: int) -> bytes:
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken


Script = Callable[[Peer], Awaitable[None]]
"""What the server does with one connection; the connection is closed behind it."""


class Scripted:
    """A server: where it is, and how often somebody connected."""

    def __init__(self, scripts: tuple[Script, ...], tls: ssl.SSLContext | None) -> None:
        self._scripts = scripts
        self._tls = tls
        self._tasks: list[asyncio.Future[None]] = []
        self.connections = 0
        self.url = ""

    async def accepting(self, listener: socket.socket) -> None:
        """Play a script to each who connects: the next one, or the last one again."""
        loop = asyncio.get_running_loop()
        while True:
            own, _ = await loop.sock_accept(listener)
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            line = Line(own) if self._tls is None else TlsLine(own, self._tls)
            self._tasks.append(asyncio.ensure_future(_played(script, line)))

    async def end(self) -> None:
        """End all scripts. Raises what one of them raised."""
        for task in self._tasks:
            task.cancel()
        for end in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(end, Exception):
                raise end


async def _played(script: Script, line: Line) -> None:
    # A client that leaves in the middle is part of what is tested.
    try:
        with suppress(Left, ConnectionError, ssl.SSLError):
            await line.begin()
            peer = Peer(line)
            await script(peer)
            await peer.close()
    finally:
        line.close()


class Serve(Protocol):
    """Starts a scripted server: with TLS or without, as the test is run for."""

    def __call__(self, *scripts: Script) -> AbstractAsyncContextManager[Scripted]:
        """Start it."""
        ...


@asynccontextmanager
async def scripted(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Scripted]:
    """Serve on a free port: the first connection by the first script and so on."""
    played = Scripted(scripts, tls)
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        listener.setblocking(False)  # noqa: FBT003 as the standard library has it
        played.url = f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}/"
        accepting = asyncio.ensure_future(played.accepting(listener))
        try:
            yield played
        finally:
            accepting.cancel()
            await asyncio.wait({accepting})
            await played.end()


async def many(peer: Peer) -> None:
    """Answer every request."""
    while True:
        await peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


async def turns(count: int) -> None:
    """Let everybody else have some turns."""
    for _ in range(count):
        await asyncio.sleep(0)
