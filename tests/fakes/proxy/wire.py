"""An HTTP/1.1 server on loopback that a test plays by hand, byte by byte and in its own time.

It shares the test's event loop, so that a test can say: the next chunk only after the last was
seen. Requests are kept as they stood on the wire, names of headers in their own spelling.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

WAIT_S = 5.0
"""How long anything on loopback may take before a test has failed."""

Headers = Sequence[tuple[str, str]]

_HEAD_END = b"\r\n\r\n"


@dataclass(kw_only=True, eq=False)
class Call:
    """A request that arrived, and the way to answer it. `gone` is set when the client closed."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    transport: asyncio.Transport
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def header(self, name: str) -> str | None:
        """Return a header's value by its name in any case; the last one of several."""
        found = [value for given, value in self.headers if given.lower() == name.lower()]
        return found[-1] if found else None

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def send(self, raw: bytes) -> None:
        """Write bytes as they are."""
        self.transport.write(raw)

    def respond(self, status: int, headers: Headers = (), body: bytes = b"") -> None:
        """Answer at once, with a Content-Length."""
        self.send(_head(status, [*headers, ("Content-Length", str(len(body)))]) + body)

    def begin(self, status: int = 200, headers: Headers = ()) -> None:
        """Begin a chunked answer."""
        self.send(_head(status, [*headers, ("Transfer-Encoding", "chunked")]))

    def chunk(self, data: bytes) -> None:
        """Send a chunk."""
        self.send(b"%x\r\n%b\r\n" % (len(data), data))

    def end(self) -> None:
        """End a chunked answer."""
        self.send(b"0\r\n\r\n")

    def drop(self) -> None:
        """Tear the connection down, whatever was sent."""
        self.transport.abort()


Handler = Callable[[Call], Awaitable[None]]


def _head(status: int, headers: Headers) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1") + _HEAD_END


class Wire:
    """The server: what it was asked, and where it is."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.calls: list[Call] = []
        self.connections = 0
        self.origin = ""
        self.tasks: set[asyncio.Future[None]] = set()

    def accepted(self, call: Call) -> None:
        """Begin to answer a call."""
        self.calls.append(call)
        task = asyncio.ensure_future(self.handler(call))
        self.tasks.add(task)


class _Connection(asyncio.Protocol):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._buffer = b""
        self._call: Call | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # What it is: uvloop's are of no class of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._wire.connections += 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(_HEAD_END)
        if not found:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [(name, value.strip()) for name, _, value in (x.partition(":") for x in lines)]
        lengths = [int(value) for name, value in headers if name.lower() == "content-length"]
        length = lengths[0] if lengths else 0
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        method, target, _ = first.split(" ")
        assert self._transport is not None
        self._call = Call(
            method=method,
            target=target,
            headers=headers,
            body=rest[:length],
            transport=self._transport,
        )
        self._wire.accepted(self._call)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._call is not None:
            self._call.gone.set()


@asynccontextmanager
async def serving(handler: Handler) -> AsyncGenerator[Wire]:
    """Serve `handler` on a free port; what it still does at the end is cancelled."""
    wire = Wire(handler)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(wire), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wire.origin = f"http://127.0.0.1:{port}"
    try:
        yield wire
    finally:
        server.close()
        for call in wire.calls:
            call.drop()
        for task in wire.tasks:
            task.cancel()
        results = await asyncio.gather(*wire.tasks, return_exceptions=True)
        await server.wait_closed()
        raise_faults(results)


def raise_faults(results: Sequence[object]) -> None:
    """Raise what a handler failed of: a fake must not fail in silence."""
    for result in results:
        if isinstance(result, Exception):
            raise result
