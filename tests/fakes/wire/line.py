"""One TCP connection as a server holds it: bytes in and out, with TLS or without.

TLS is spoken by hand, since a server of asyncio ends a connection in one way only; here each end
of one can be played: with the notice that TLS asks for, without it, and by a reset.
"""

import asyncio
import socket
import ssl
import struct
from contextlib import suppress

_PIECE = 65_536


class Line:
    """A connection without TLS."""

    def __init__(self, own: socket.socket) -> None:
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = own
        self._loop = asyncio.get_running_loop()

    async def begin(self) -> None:
        """Do what comes before the first byte."""

    async def send(self, data: bytes) -> None:
        """Send bytes; returns when the operating system has taken all of them."""
        await self._loop.sock_sendall(self._socket, data)

    async def receive(self) -> bytes:
        """Return some bytes; b"" at their end."""
        return await self._loop.sock_recv(self._socket, _PIECE)

    async def notice(self) -> None:
        """Tell the other side that nothing more will come, as far as the protocol has words."""

    def give_small_buffers(self) -> None:
        """Let hardly anything wait between this side and the other."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)

    def stop_talking(self) -> None:
        """End this direction of TCP, and hear the other out."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Drop the connection so that the other side hears of an error."""
        linger = struct.pack("ii", 1, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._socket.close()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class TlsLine(Line):
    """A connection with TLS."""

    def __init__(self, own: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(own)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)

    async def begin(self) -> None:
        """Shake hands. Raises SSLError, ConnectionError."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    raise ConnectionError from None
            else:
                return await self._flush()

    async def send(self, data: bytes) -> None:
        """As `Line.send`."""
        await super().send(self.sealed(data))

    def sealed(self, data: bytes) -> bytes:
        """Return bytes as they go out, for whoever sends them in parts (`Line.send`)."""
        self._tls.write(data)
        return self._out.read()

    async def receive(self) -> bytes:
        """As `Line.receive`; an end without notice is one, too."""
        while True:
            try:
                return self._tls.read(_PIECE)
            except ssl.SSLWantReadError:
                if not await self._fill():
                    return b""

    async def notice(self) -> None:
        """As `Line.notice`: TLS has its close_notify (RFC 8446 §6.1)."""
        # It says so first, and then complains of whatever the other side has said or not said.
        with suppress(ssl.SSLError):
            self._tls.unwrap()
        await self._flush()

    async def _fill(self) -> bool:
        data = await super().receive()
        self._in.write(data)
        return bool(data)

    async def _flush(self) -> None:
        await super().send(self._out.read())
