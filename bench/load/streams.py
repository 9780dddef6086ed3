"""Readers of event streams: when the first event came, how late each was, how many bytes."""

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import cast
from urllib.parse import urlsplit

from bench.load.wrk import LoadFailed
from bench.target import Target

WITHIN_S = 30.0
_EVENT = re.compile(rb"data: (\d+)\n\n")
_LONGEST_EVENT = 64
_SHOWN = 600
_NS = 1e-9


class Reader(asyncio.Protocol):
    """One stream: asks when it is connected, notes when each event came."""

    def __init__(self, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.begun: asyncio.Future[None] = loop.create_future()
        """Done when the first event is here."""
        self.ended: asyncio.Future[None] = loop.create_future()
        """Done when the connection is closed, or the answer complete."""
        self.lags_s: list[float] = []
        """How long after its writing upstream each event was read here."""
        self.first_s = 0.0
        """From the question to the first event."""
        self._request = request
        self._seen = b""
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = cast("asyncio.Transport", transport)
        self._asked_ns = time.monotonic_ns()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Note the events that are now whole."""
        now = time.monotonic_ns()
        self._answer = self._answer or data[:_SHOWN]
        if not self._answer.startswith(b"HTTP/1.1 200"):
            self._refused()
        self._seen += data
        position = 0
        for found in _EVENT.finditer(self._seen):
            self.lags_s.append((now - int(found[1])) * _NS)
            position = found.end()
        ended = self._seen.endswith(b"0\r\n\r\n")
        self._seen = self._seen[max(position, len(self._seen) - _LONGEST_EVENT) :]
        if self.lags_s and not self.begun.done():
            self.first_s = (now - self._asked_ns) * _NS
            self.begun.set_result(None)
        if ended:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 asyncio's signature
        """Note the end, too early or not."""
        self._refused()
        self._end()

    def close(self) -> None:
        """Go away, as a browser does whose tab is closed."""
        self._transport.close()

    def _refused(self) -> None:
        if not self.begun.done():
            self.begun.set_exception(LoadFailed(f"no event came: {self._answer!r}"))

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Drain(asyncio.BufferedProtocol):
    """One stream of which only the bytes are counted, copied by nobody."""

    def __init__(self, request: bytes) -> None:
        self.count = 0
        self.lost = False
        self._request = request
        self._buffer = bytearray(1 << 20)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        cast("asyncio.Transport", transport).write(self._request)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 asyncio's signature
        """Return where the next bytes go: over the last ones."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Count."""
        self.count += nbytes

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 asyncio's signature
        """Note the end: none was asked for."""
        self.lost = True


def request_of(target: Target, body: bytes) -> bytes:
    """Return the question as it goes over the connection."""
    parts = urlsplit(target.url)
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        **target.headers,
        "Accept": "text/event-stream",
        "Content-Length": str(len(body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {parts.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def read(target: Target, body: bytes) -> Reader:
    """Open a stream on a connection of its own. Raises OSError."""
    _, reader = await _connected(target, lambda: Reader(request_of(target, body)))
    return cast("Reader", reader)


async def opened(targets: Iterable[Target], body: bytes, *, apart_s: float) -> list[Reader]:
    """Open a stream to each target and wait for their first events. Raises LoadFailed, OSError."""
    readers: list[Reader] = []
    for target in targets:
        readers.append(await read(target, body))
        await asyncio.sleep(apart_s)
    try:
        async with asyncio.timeout(WITHIN_S):
            await asyncio.gather(*(reader.begun for reader in readers))
    except BaseException:
        for reader in readers:
            reader.close()
        raise
    return readers


async def ended(readers: Sequence[Reader]) -> None:
    """Wait until all streams have ended, and hang up. Raises TimeoutError."""
    async with asyncio.timeout(WITHIN_S):
        await asyncio.gather(*(reader.ended for reader in readers))
    for reader in readers:
        reader.close()


async def drained(target: Target, body: bytes, *, seconds: float) -> tuple[int, float]:
    """Read a stream as fast as it comes; return bytes and seconds. Raises LoadFailed, OSError."""
    transport, protocol = await _connected(target, lambda: Drain(request_of(target, body)))
    drain = cast("Drain", protocol)
    began, before = time.monotonic(), drain.count
    await asyncio.sleep(seconds)
    count, took = drain.count - before, time.monotonic() - began
    if drain.lost:
        raise LoadFailed(f"the stream ended after {count} bytes")
    transport.close()
    return count, took


async def _connected(
    target: Target, made: Callable[[], asyncio.BaseProtocol]
) -> tuple[asyncio.BaseTransport, asyncio.BaseProtocol]:
    parts = urlsplit(target.url)
    async with asyncio.timeout(WITHIN_S):
        return await asyncio.get_running_loop().create_connection(
            made, parts.hostname or "", parts.port or 0
        )
