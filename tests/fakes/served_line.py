"""A connection to an ASGI application without a socket."""

import asyncio
from collections.abc import Sequence
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bff.connection import Connection

GET = b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""A whole request."""

FIVE = (b"content-length", b"5")
"""The header of a body of five bytes."""

Header = tuple[bytes, bytes]

Kind = type[Connection] | type[HttpToolsProtocol]
"""Ours, or uvicorn's own, which is the oracle."""

_UNTOLD = ("asgi", "gatehouse.")

_TURNS = 20
"""More turns of the event loop than any answer here takes."""


class Outlet(asyncio.Transport):
    """The far end of a connection: keeps what was written, piece by piece."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 8000), "peername": ("192.0.2.1", 4000)})
        self.written: list[bytes] = []
        self.reads = True
        self.closed = False
        self._protocol = asyncio.BaseProtocol()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Let another one have the connection."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return whose connection it is."""
        return self._protocol

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        """Keep it."""
        self.written.append(bytes(data))

    def close(self) -> None:
        """Close, when everything is sent."""
        self.closed = True

    def is_closing(self) -> bool:
        """Return whether it is closed."""
        return self.closed

    def get_write_buffer_size(self) -> int:
        """Return 0: all is taken."""
        return 0

    def pause_reading(self) -> None:
        """Let the browser wait."""
        self.reads = False

    def resume_reading(self) -> None:
        """Go on reading."""
        self.reads = True


class ServedLine:
    """One connection, of the server's class `kind`."""

    def __init__(self, kind: Kind, app: ASGIApp, **options: Any) -> None:
        config = uvicorn.Config(
            app, http=kind, lifespan="off", log_config=None, access_log=False, **options
        )
        config.load()
        self.state = ServerState()
        self.protocol = kind(config=config, server_state=self.state, app_state={})
        self.outlet = Outlet()
        self.outlet.set_protocol(self.protocol)
        self.protocol.connection_made(self.outlet)

    async def says(self, *pieces: bytes) -> None:
        """Let pieces arrive one after the other, and everybody do what there is to do."""
        for piece in pieces:
            self.protocol.data_received(piece)
            await self.settled()

    async def settled(self) -> None:
        """Let everybody else run who can."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def hangs_up(self) -> None:
        """Let the browser go away."""
        self.outlet.closed = True
        self.protocol.connection_lost(None)
        await self.settled()

    @property
    def sent(self) -> bytes:
        """All that was written."""
        return b"".join(self.outlet.written)


class Asked:
    """An application that remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bytes]] = []
        self.headers: list[Sequence[tuple[bytes, bytes]]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the request to its end, and say hello."""
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.requests.append((scope["path"], body))
        self.headers.append(list(scope["headers"]))
        await send(start(FIVE))
        await send(part(b"hello"))


async def of_both(
    app: ASGIApp, *pieces: bytes, **options: Any
) -> tuple[tuple[bytes, bool], tuple[bytes, bool]]:
    """Return what our connection sends and whether it closes then, and what uvicorn's does."""
    found: list[tuple[bytes, bool]] = []
    for kind in (Connection, HttpToolsProtocol):
        line = ServedLine(kind, app, **options)
        await line.says(*pieces)
        found.append((line.sent, line.outlet.closed))
        await line.hangs_up()
    return found[0], found[1]


def start(*headers: Header) -> dict[str, Any]:
    """Return the beginning of an answer."""
    return {"type": "http.response.start", "status": 200, "headers": headers}


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    """Return a part of its body."""
    return {"type": "http.response.body", "body": body, "more_body": more}


def answering(*pieces: bytes, status: int = 200, headers: Sequence[Header] = (FIVE,)) -> ASGIApp:
    """Return an application that answers with these pieces, whatever it is asked."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        while (await receive()).get("more_body", False):
            pass
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for number, piece in enumerate(pieces, 1):
            more = number < len(pieces)
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    return app


async def shown(scope: Scope, _: Receive, send: Send) -> None:
    """Answer with what the server says of the request, but for what only ours says."""
    told = {name: value for name, value in scope.items() if not name.startswith(_UNTOLD)}
    body = repr(told).encode()
    length = str(len(body)).encode()
    headers = [(b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
