"""TLS between a connection and its socket: sealed on the way out, opened on the way in.

In the place of the event loop's own, for what a stream costs that only waits: uvloop's has 256 KiB
of buffer for each connection, and OpenSSL keeps 16 KiB more than it needs (`_freed`). A call over
it costs no more (docs/adr/0018 has the figures).
"""

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import TypeAlias, cast

Sealable: TypeAlias = bytes | bytearray | memoryview

RECORD_BYTES = 16_384
"""Longest content of a TLS record (RFC 8446 §5.1): what is read in one is all of it."""

PIECE_BYTES = 65_536
"""How much is handed to OpenSSL at once: it never gives back the room that this has taken."""

SENT_BYTES = 1_048_576
"""How much is handed to the socket at once. With a call of the system, and a packet, for each
record, 64 KB took a quarter more processor time, and a megabyte half as much again."""

TORN = "gatehouse.torn"
"""Of what else a transport knows (`get_extra_info`): whether a part of a record is here."""


class Channel(asyncio.Protocol, asyncio.Transport):
    """The protocol of a socket, and the transport of the protocol above it.

    What is above hears nothing before it is known who the peer is: OpenSSL verifies name and chain
    as the context says. It hears of an end of its peer's (`eof_received`) only if the peer
    said so by close_notify: the end of TCP alone may be anybody's on the way (RFC 8446 §6.1), and
    is a connection that was lost.
    """

    __slots__ = (
        "_above",
        "_below",
        "_failure",
        "_incoming",
        "_is_fresh",
        "_is_over",
        "_is_secured",
        "_is_torn",
        "_outgoing",
        "_tls",
        "_waiter",
    )

    def __init__(self, above: asyncio.Protocol, context: ssl.SSLContext, host: str) -> None:
        """Raise ValueError for a host that no certificate can name."""
        super().__init__()
        self._above = above
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._is_secured = self._is_over = False
        self._is_fresh = True
        self._is_torn = False
        """Whether OpenSSL waits for the rest of a record; or has had one without contents last, as
        a session ticket is: it does not tell the two apart."""
        self._failure: OSError | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def secured(self) -> None:
        """Wait for the end of the handshake. Raises OSError (ssl.SSLError is one)."""
        if not self._is_secured and self._failure is None:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._failure is not None:
            raise self._failure

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say the first word of the handshake."""
        self._below = cast("asyncio.Transport", transport)
        self._shake()

    def data_received(self, data: bytes) -> None:
        """Go on with the handshake, or hand the contents up."""
        for piece in _pieces(data, PIECE_BYTES):
            self._incoming.write(piece)
            if self._is_secured or self._shake():
                self._read()

    def eof_received(self) -> bool:
        """Let the transport close: whoever wants to be believed has said close_notify before."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell above, or whoever waits for the handshake."""
        if exc is None and not self._is_over:
            exc = ConnectionResetError("ended without close_notify")
        self._failed(exc if isinstance(exc, OSError) else ConnectionResetError())
        if self._is_secured:
            self._above.connection_lost(exc)

    # What is above does.

    def write(self, data: Sealable) -> None:
        """Seal it and send it."""
        try:
            if len(data) <= RECORD_BYTES:
                self._tls.write(data)
                self._flush()
                return
            for piece in _pieces(data, SENT_BYTES):
                sealed = [*self._sealed(piece)]
                if not self._below.is_closing():
                    self._below.writelines(sealed)
        except ssl.SSLError as error:
            self._break_off(error)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the peer has not taken."""
        return self._below.get_write_buffer_size()

    def pause_reading(self) -> None:
        """Let the peer wait."""
        self._below.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        self._below.resume_reading()

    def is_closing(self) -> bool:
        """Return whether it is, or is about to be, closed."""
        return self._below.is_closing()

    def close(self) -> None:
        """Say the end and close, when everything is sent."""
        with suppress(ssl.SSLError):
            # Does not wait for the peer's answer: it raises SSLWantReadError in its stead.
            self._tls.unwrap()
        self._flush()
        self._below.close()

    def abort(self) -> None:
        """Close now."""
        self._below.abort()

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Return what the socket's transport knows, and `TORN`."""
        if name == TORN:
            return self._is_torn
        return self._below.get_extra_info(name, default)

    # TLS.

    def _shake(self) -> bool:
        """Go on with the handshake; return whether it is over, and well."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        except ssl.SSLError as error:
            self._break_off(error)
            return False
        self._flush()
        self._is_secured = True
        self._above.connection_made(self)
        self._wake()
        return True

    def _read(self) -> None:
        """Hand up what is complete."""
        incoming, tls, below = self._incoming, self._tls, self._below
        try:
            # A record is read whole: where nothing came after it, nothing is left.
            while incoming.pending and not below.is_closing():
                content = tls.read(RECORD_BYTES)
                if not content:
                    self._said_the_end()
                    return
                if self._is_fresh:
                    self._freed()
                self._above.data_received(content)
            self._is_torn = False
        except ssl.SSLWantReadError:
            self._is_torn = True
        except ssl.SSLError as error:
            self._break_off(error)
            return
        # Such as the answer to a peer that changes its keys (RFC 8446 §4.6.3).
        self._flush()

    def _said_the_end(self) -> None:
        self._is_over = True
        self._above.eof_received()
        self.close()

    def _freed(self) -> None:
        """Let go of what OpenSSL keeps for nothing.

        Before the first content came session tickets (RFC 8446 §4.6.1). For the answer that they do
        not get there is room made, which is given back at the next write, if only of nothing.
        """
        self._is_fresh = False
        self._tls.write(b"")

    def _sealed(self, data: Sealable) -> Iterable[bytes]:
        """Yield its records. Taken out one by one: OpenSSL never gives back the room for more."""
        for piece in _pieces(data, RECORD_BYTES):
            self._tls.write(piece)
            yield self._outgoing.read()

    def _flush(self) -> None:
        if self._outgoing.pending and not self._below.is_closing():
            self._below.write(self._outgoing.read())

    def _break_off(self, error: ssl.SSLError) -> None:
        """Tell the peer why, as far as OpenSSL has a word for it, and go."""
        self._failed(error)
        self._flush()
        self._below.abort()

    def _failed(self, error: OSError) -> None:
        self._failure = self._failure or error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _pieces(data: Sealable, size: int) -> Iterable[Sealable]:
    """Cut what is longer than `size`, without a copy."""
    if len(data) <= size:
        return (data,)
    view = memoryview(data)
    return (view[start : start + size] for start in range(0, len(view), size))
