"""The agent that streams: answers a POST with server-sent events as the body orders.

usage: python -m bench.upstream.events PLAIN_PORT TLS_PORT CERTIFICATE KEY

Raw protocols on uvloop, so that the upstream is never what is measured. The order is a member of
the JSON body, which every proxy passes on:

{"bench": {"events": 5, "every_ms": 20}}   an event each 20 ms, the first at once, then the end
{"bench": {"events": 1, "hold": true}}     one event, then silence until the client goes
{"bench": {"flood": true}}                 events as fast as they are taken

An event is `data: N`, where N is the instant of writing (CLOCK_MONOTONIC, ns). `GET /held` tells
how many streams are open here.
"""

import asyncio
import gc
import json
import ssl
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import uvloop

_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
_EVENT = b"data: " + b"x" * 240 + b"\n\n"
_BLOCK = _EVENT * 264
_FLOOD = b"%x\r\n%b\r\n" % (len(_BLOCK), _BLOCK)
_END = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be streamed."""

    events: int = 1
    every_ms: float = 0
    hold: bool = False
    flood: bool = False


def order_of(body: bytes) -> Order:
    """Read the order of a body; without one it is a single event."""
    members = cast("dict[str, Any]", json.loads(body or b"{}"))
    return Order(**members.get("bench", {}))


class Agent(asyncio.Protocol):
    """One connection: one request after the other."""

    held = 0
    """Streams that are open, over all connections."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._streaming = False
        self._writable = True
        self._due = False
        self._order = Order()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 asyncio's signature
        """Note that nobody listens any more."""
        self._ended()

    def pause_writing(self) -> None:
        """Stop the flood until what was written is taken."""
        self._writable = False

    def resume_writing(self) -> None:
        """Go on with the flood."""
        self._writable = True
        if self._order.flood:
            self._flood_soon()

    def data_received(self, data: bytes) -> None:
        """Collect a request; answer it when its body is whole."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found or self._streaming:
            return
        length = _length(head)
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        if head.startswith(b"GET "):
            self._tell()
        elif b"\r\nauthorization: " not in head.lower():
            self._transport.write(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")
        else:
            self._stream(order_of(rest[:length]))

    def _tell(self) -> None:
        body = b'{"held": %d}' % Agent.held
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % len(body) + body)

    def _stream(self, order: Order) -> None:
        self._order, self._streaming = order, True
        Agent.held += 1
        if order.flood:
            self._transport.write(_HEAD)
            self._flood()
        else:
            self._transport.write(_HEAD + _chunk())
            self._further(order.events - 1, self._loop.time())

    def _further(self, left: int, last_at: float) -> None:
        if left <= 0:
            self._finish()
            return
        due = last_at + self._order.every_ms / 1000
        self._loop.call_at(due, self._next, left, due)

    def _next(self, left: int, due: float) -> None:
        if self._streaming:
            self._transport.write(_chunk())
            self._further(left - 1, due)

    def _finish(self) -> None:
        if not self._order.hold:
            self._transport.write(_END)
            self._ended()

    def _flood(self) -> None:
        # One block in each turn of the loop: a client that takes everything at once, or has gone,
        # would otherwise keep all others waiting for ever.
        self._due = False
        if self._writable and self._streaming:
            self._transport.write(_FLOOD)
            self._flood_soon()

    def _flood_soon(self) -> None:
        if not self._due:
            self._due = True
            self._loop.call_soon(self._flood)

    def _ended(self) -> None:
        if self._streaming:
            self._streaming = False
            Agent.held -= 1


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def _chunk() -> bytes:
    event = b"data: %d\n\n" % time.monotonic_ns()
    return b"%x\r\n%b\r\n" % (len(event), event)


async def serve(plain_port: int, tls_port: int, certificate: str, key: str) -> None:
    """Serve until the process is stopped; say so when ready."""
    loop = asyncio.get_running_loop()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    await loop.create_server(Agent, "127.0.0.1", plain_port, backlog=4096)
    await loop.create_server(Agent, "127.0.0.1", tls_port, ssl=context, backlog=4096)
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    await loop.create_future()


def main(arguments: Sequence[str]) -> None:
    """Run."""
    plain_port, tls_port, certificate, key = arguments
    # Its own pauses would be taken for the proxies'.
    gc.disable()
    uvloop.run(serve(int(plain_port), int(tls_port), certificate, key))


if __name__ == "__main__":
    main(sys.argv[1:])
