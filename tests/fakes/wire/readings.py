"""The same bytes, read by our client and by h11: both at once and without a network."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import h11

from trust.wire.call import Broken
from trust.wire.connection import Connection

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """How an answer was read: whether to its end, and whether another may follow it.

    `dropped`: whether the connection was given up before its server ended it.
    """

    status: int
    body: bytes
    whole: bool
    kept: bool
    dropped: bool = False


class Loose(asyncio.Transport):
    """A transport that leads nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = self.paused = False

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Give itself for a socket: there is none to ask."""
        return self if name == "socket" else default

    def fileno(self) -> int:
        """Return a file that is always there."""
        return 0

    def write(self, data: object) -> None:
        """Send nothing."""

    def get_write_buffer_size(self) -> int:
        """Return that everything has been sent."""
        return 0

    def is_closing(self) -> bool:
        """Return whether somebody has closed it."""
        return self.closed

    def pause_reading(self) -> None:
        """Remember it."""
        self.paused = True

    def resume_reading(self) -> None:
        """Remember it."""
        self.paused = False

    def abort(self) -> None:
        """Remember it."""
        self.closed = True


class Over:
    """An event loop after the last event: whoever waits on it would wait for ever."""

    def create_future(self) -> asyncio.Future[Any]:
        """Refuse to wait."""
        raise AssertionError("the client waits for what will not come")


def ours(method: str, pieces: Sequence[bytes]) -> Read:
    """Return how our client reads an answer that its server ends the connection behind."""
    transport = Loose()
    connection = Connection(cast("asyncio.AbstractEventLoop", Over()), _lost)
    connection.connection_made(transport)
    connection.send(method, b"", b"")
    for piece in pieces:
        if not transport.closed:
            connection.data_received(piece)
    dropped = transport.closed
    kept = connection.reusable and not dropped
    connection.eof_received()
    connection.connection_lost(None)
    body, whole = b"", False
    try:
        _now(connection.head())
        while part := _now(connection.read()):
            body += part
        whole = True
    except Broken:
        pass
    return Read(status=connection.status, body=body, whole=whole, kept=kept, dropped=dropped)


def _lost(_: Connection) -> None:
    pass


def _now(coroutine: Coroutine[object, None, _T]) -> _T:
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast("_T", end.value)
    raise AssertionError("the client waits")


def theirs(method: str, data: bytes) -> Read:
    """Return how h11 reads it."""
    peer = h11.Connection(h11.CLIENT)
    peer.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    peer.send(h11.EndOfMessage())
    status, body = 0, b""
    try:
        peer.receive_data(data)
        peer.receive_data(b"")
        while True:
            event = peer.next_event()
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                # Line ends behind an answer mean nothing, and are nobody's answer.
                kept = peer.their_state is h11.DONE and not peer.trailing_data[0].strip(b"\r\n")
                return Read(status=status, body=body, whole=True, kept=kept)
            elif not isinstance(event, h11.InformationalResponse):
                break
    except h11.RemoteProtocolError:
        pass
    return Read(status=status, body=body, whole=False, kept=False)
