"""A browser's WebSocket at uvicorn's end of it, without a network: frames in, frames out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from bff.websockets import SocketConnection
from fakes import loop_time
from fakes.websocket.hostile import CLOSE, FIN
from proxy.websocket.line import MAX_MESSAGE_BYTES, PING_EVERY_S

HEAD = (
    b"GET /api/agents/voice/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
"""A handshake; it offers what browsers offer."""

_TURNS = 20
"""More turns of the event loop than anything here takes."""


def masked(opcode: int, payload: bytes = b"", *, fin: bool = True, first: int = 0) -> bytes:
    """Return a frame as a browser sends it, by a mask that changes nothing; `first`: more bits."""
    size = len(payload)
    begin = bytes([(FIN if fin else 0) | opcode | first])
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = b"\xfe" + size.to_bytes(2, "big")
    else:
        length = b"\xff" + size.to_bytes(8, "big")
    return begin + length + bytes(4) + payload


class LoopTime(loop_time.LoopTime):
    """The loop's clock, which moves on in steps that keepalive can follow."""

    async def passes(self, seconds: float) -> None:
        """Move on, second by second, and let everybody do what is due."""
        for _ in range(int(seconds)):
            self.now += 1
            await settled()


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    """Stop the loop's clock."""
    loop = asyncio.get_running_loop()
    stopped = LoopTime(loop)
    monkeypatch.setattr(loop, "time", stopped)
    return stopped


async def settled() -> None:
    """Let everybody else run who can."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


class Wire(asyncio.Transport):
    """The network: keeps what was written. `takes`: whether the browser takes anything."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__({"sockname": ("127.0.0.1", 8000), "peername": ("192.0.2.1", 4000)})
        self._protocol = protocol
        self.written = bytearray()
        self.backlog = 0
        self.takes = True
        self.reads = True
        self.closing = False
        self.gone = False
        self.says_more = True

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        """Keep it, or keep it waiting."""
        self.written += data
        if not self.takes:
            self.backlog += len(data)
            self._protocol.pause_writing()

    def write_eof(self) -> None:
        """Say that nothing more comes, and listen on."""
        self.says_more = False

    def hang_up(self) -> None:
        """Let the browser end the connection."""
        if not self._protocol.eof_received():
            self.close()

    def taken(self, count: int) -> None:
        """Let the browser take so much of what waits."""
        self.backlog -= count
        if not self.backlog:
            self._protocol.resume_writing()
            if self.closing:
                self.abort()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait."""
        return self.backlog

    def close(self) -> None:
        """Close as soon as everything is taken."""
        if not self.closing:
            self.closing = True
            if not self.backlog:
                self.abort()

    def abort(self) -> None:
        """Close now."""
        self.closing = True
        if not self.gone:
            self.gone = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def is_closing(self) -> bool:
        """Return whether it is closed, or about to be."""
        return self.closing

    def pause_reading(self) -> None:
        """Let the browser wait."""
        self.reads = False

    def resume_reading(self) -> None:
        """Go on reading."""
        self.reads = True


@dataclass(kw_only=True, eq=False)
class Host:
    """An application that accepts and keeps what it hears. `taking`: clear it, and it waits."""

    heard: list[Message] = field(default_factory=list[Message])
    taking: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    then: Callable[[Send], Awaitable[None]] | None = None
    """What it does after it has accepted, instead of listening."""

    def __post_init__(self) -> None:
        self.taking.set()
        self.begun.set()

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Talk to one browser until it has left."""
        assert (await receive())["type"] == "websocket.connect"
        await self.begun.wait()
        await send({"type": "websocket.accept"})
        if self.then is not None:
            await self.then(send)
            return
        while True:
            await self.taking.wait()
            self.heard.append(await receive())
            if self.heard[-1]["type"] == "websocket.disconnect":
                return

    @property
    def said(self) -> list[Any]:
        """What the browser said."""
        return [
            message["text"] if "text" in message else message["bytes"]
            for message in self.heard
            if message["type"] == "websocket.receive"
        ]

    @property
    def left(self) -> int | None:
        """By which code the browser left, if it has."""
        codes = [one["code"] for one in self.heard if one["type"] == "websocket.disconnect"]
        return codes[0] if codes else None


class ServedSocket:
    """One connection of the server's class `kind`, from the handshake on."""

    def __init__(self, kind: type[WebSocketsSansIOProtocol], app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            ws=kind,
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            ws_ping_interval=PING_EVERY_S,
            ws_ping_timeout=PING_EVERY_S,
            lifespan="off",
            log_config=None,
        )
        config.load()
        self.state = ServerState()
        self.protocol = kind(config=config, server_state=self.state, app_state={})
        self.wire = Wire(self.protocol)
        self.protocol.connection_made(self.wire)

    async def opens(self) -> None:
        """Send the handshake."""
        self.protocol.data_received(HEAD)
        await settled()

    async def says(self, *pieces: bytes) -> None:
        """Let pieces arrive one after the other, and everybody do what there is to do."""
        for piece in pieces:
            if not self.wire.closing:
                self.protocol.data_received(piece)
            await settled()

    def is_over(self) -> bool:
        """Return whether the connection has ended."""
        return self.wire.gone

    @property
    def answer(self) -> bytes:
        """What was sent after the answer to the handshake."""
        return bytes(self.wire.written).partition(b"\r\n\r\n")[2]

    @property
    def closed(self) -> tuple[int, bytes] | None:
        """Code and reason of the close frame that was sent last, if one was."""
        head, found, payload = self.answer.rpartition(bytes([FIN | CLOSE]))
        del head
        return (int.from_bytes(payload[1:3], "big"), payload[3:]) if found else None


async def opened(host: Host) -> ServedSocket:
    """Return a socket whose handshake is answered."""
    line = ServedSocket(SocketConnection, host)
    await line.opens()
    return line
