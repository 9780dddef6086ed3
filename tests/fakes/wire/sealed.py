"""A server's end of TLS in memory, and the ends of a channel that leads to it."""

import asyncio
import ssl
from contextlib import suppress

import pytest

from trust.wire.channel import Channel


class Socket(asyncio.Transport):
    """The transport below a channel: keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent, self.writes = b"", 0
        self.closed = self.aborted = self.paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it, and how often there was something."""
        self.sent += bytes(data)
        self.writes += 1

    def taken(self) -> bytes:
        """Return what was sent since the last time."""
        sent, self.sent = self.sent, b""
        return sent

    def get_write_buffer_size(self) -> int:
        """Return how much nobody has taken."""
        return len(self.sent)

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Give itself for a socket."""
        return self if name == "socket" else default

    def is_closing(self) -> bool:
        """Return whether somebody has closed it."""
        return self.closed or self.aborted

    def pause_reading(self) -> None:
        """Remember it."""
        self.paused = True

    def resume_reading(self) -> None:
        """Remember it."""
        self.paused = False

    def close(self) -> None:
        """Remember it."""
        self.closed = True

    def abort(self) -> None:
        """Remember it."""
        self.aborted = True


class Above(asyncio.Protocol):
    """The protocol above: remembers what it hears."""

    def __init__(self) -> None:
        self.transport: asyncio.BaseTransport | None = None
        self.heard: list[bytes] = []
        self.is_over = False
        self.lost: list[Exception | None] = []
        self.aborts_at: bytes | None = None
        """A content at which it gives up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember it: there is one."""
        assert self.transport is None
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Remember it."""
        self.heard.append(data)
        if data == self.aborts_at and isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def eof_received(self) -> bool:
        """Remember it."""
        self.is_over = True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember it."""
        self.lost.append(exc)


class Sealed:
    """A channel with everything around it: `server` is the other end."""

    def __init__(
        self, believes: ssl.SSLContext, shown: ssl.SSLContext, host: str = "127.0.0.1"
    ) -> None:
        self.above, self.socket = Above(), Socket()
        self.channel = Channel(self.above, believes, host)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.server = shown.wrap_bio(self._incoming, self._outgoing, server_side=True)

    def shaken(self) -> "Sealed":
        """Do the handshake, as far as both go along with it; the session tickets are left."""
        self.channel.connection_made(self.socket)
        self.take()
        with pytest.raises(ssl.SSLWantReadError):
            self.server.do_handshake()
        self.channel.data_received(self.given())
        if not self.socket.is_closing():
            self.take()
            self.server.do_handshake()
        return self

    def take(self) -> None:
        """Let the server have what was sent."""
        self._incoming.write(self.socket.taken())

    def given(self) -> bytes:
        """Return what the server has to send."""
        return self._outgoing.read()

    def said(self, content: bytes) -> bytes:
        """Return contents as the server seals them."""
        sealed, view = b"", memoryview(content)
        while view:
            view = view[self.server.write(view) :]
            sealed += self.given()
        return sealed

    def read(self) -> bytes:
        """Return what the server has been told."""
        self.take()
        told = b""
        with suppress(ssl.SSLWantReadError):
            while part := self.server.read(65_536):
                told += part
        return told
