"""The browser's side of a WebSocket on the wire: uvicorn's, within bounds.

uvicorn frames, closes, pings and holds up who is too fast. By itself it does so for browsers that
mean well: it has no bound on the frames of a message and on pings, takes a whole read's tiny
messages for its queue, gives up a browser whose pong waits behind what a slow agent has not taken,
leaves a handshake that cannot be read without an answer and without an end, and keeps a connection
that is to be closed until the browser takes all that is left for it.
"""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from proxy.errors import ServerRestarting
from proxy.request import HARDENED, request_id
from proxy.websocket.closing import NO_TEXT, POLICY, TOO_BIG, closing_for
from proxy.websocket.controls import Controls
from proxy.websocket.line import MAX_FRAMES
from trust import log

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
    from uvicorn.server import ServerState

PIECE_BYTES = 8 * 1024
"""How much is read at once of what has arrived. In a whole read of 256 KiB there is room for 43,690
empty messages, and waiting in the queue each takes thirty times as much as on the wire."""

LEAVE_S = 10.0
"""How long a browser may take for what is left for it once the application is done with it, or has
never heard of it."""


class Reading(ServerProtocol):
    """The library's reading of the wire; what it refuses itself, no application ever sees."""

    def fail(self, code: int, reason: str = "") -> None:  # noqa: ARG002 the library's signature
        """Close for what the browser does; no reason, as no error is ours (docs/agents.md)."""
        super().fail(code)

    def reject(self, status: HTTPStatus | int, text: str) -> Response:
        """Return a refusal, hardened and to be found again as everybody's are."""
        response = super().reject(status, text)
        identity = request_id({})
        response.headers.update({**HARDENED, "x-request-id": identity})
        log.event("socket.refused", request=identity, status=response.status_code)
        return response


class SocketConnection(WebSocketsSansIOProtocol):
    """A browser's connection, from its handshake on; for uvicorn's setting `ws`."""

    _unread: bytes = b""
    """What has arrived and waits until the messages before it are taken; one read at most."""
    _backlog = 0
    """How many bytes were not sent yet when we last looked whether the browser is there."""
    _has_taken = False
    """Whether it has taken what it was behind with since then."""
    _leaving: asyncio.TimerHandle | None = None
    _has_ended = False
    """Whether we have said the end in the application's place: what comes is passed over, and there
    is nothing more to say."""

    def __init__(
        self,
        config: Config,
        server_state: "ServerState",
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = Reading(max_size=config.ws_max_size, logger=self.conn.logger)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self._controls = Controls()

    def data_received(self, data: bytes) -> None:
        """Read what has arrived, as far as there is room."""
        if self.handshake_initiated and not self.handshake_complete:
            # "MUST wait for a response from the server before sending any further data" (RFC 6455
            # §4.1): what comes now would be read, and kept, for somebody not yet let in.
            self.transport.abort()
            return
        if not self._has_ended:
            self._unread += data
            self._read()

    def _read(self) -> None:
        while self._unread and not self.read_paused:
            piece, self._unread = self._unread[:PIECE_BYTES], self._unread[PIECE_BYTES:]
            super().data_received(piece)
            if self.conn.handshake_exc is not None and not self.handshake_initiated:
                self._turn_away()
            if self.transport.is_closing():
                self._unread = b""

    def _turn_away(self) -> None:
        """Say what the library says to a handshake that it cannot read, and end the connection.

        uvicorn leaves it unsaid: nobody would look at that connection again, but for the end of the
        process, which would fail at it.
        """
        self.close_sent = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()
        self._leave_soon()

    def handle_connect(self, event: Request) -> None:
        """Begin, or refuse what is no handshake."""
        super().handle_connect(event)
        if self.close_sent:
            self._leave_soon()

    def shutdown(self) -> None:
        """End, for the server goes down; what is about to end is left to that.

        The library minds a second close, and the server would leave all other connections alone.
        """
        if self.transport.is_closing():
            self.stop_keepalive()
            return
        if self.handshake_complete and not self.close_sent:
            # uvicorn would say no reason, and the application comes too late with its own.
            self._say_restart()
        super().shutdown()

    def _say_restart(self) -> None:
        closing = closing_for(ServerRestarting("the process is going down"))
        self.conn.send_close(closing.code, closing.reason)
        self._ended(closing.code)

    def send_500_response(self) -> None:
        """Say that something went wrong, if nothing was said before; the library minds a second."""
        if not self.conn.eof_sent:
            super().send_500_response()

    async def receive(self) -> "ASGIReceiveEvent":
        """Return the next message, and read on when there is none before it."""
        message = await super().receive()
        self._read()
        return message

    async def send(self, message: "ASGISendEvent") -> None:
        """Send a message; after a close, look for the browser's answer to it."""
        if self._has_ended or (self.conn.eof_sent and not self.handshake_complete):
            # Something else was said in the place of whoever was to say this: that the server goes
            # down, for one.
            raise ClientDisconnected
        await super().send(message)
        self._read()

    def handle_cont(self, event: Frame) -> None:
        """Keep a frame of a message, unless there are too many: empty ones add to no size."""
        if len(self.frames) < MAX_FRAMES:
            super().handle_cont(event)
        else:
            self._fail(TOO_BIG)

    def handle_ping(self) -> None:
        """Answer a ping, unless there are too many."""
        if self._controls.lets(self.loop.time()):
            super().handle_ping()
        else:
            self._fail(POLICY)

    def handle_pong(self, event: Frame) -> None:
        """Take a pong, asked for or not, unless there are too many."""
        if self._controls.lets(self.loop.time()):
            super().handle_pong(event)
        else:
            self._fail(POLICY)

    def _fail(self, code: int) -> None:
        """Close for what the browser does (RFC 6455 §7.1.7)."""
        if not (self._has_ended or self.transport.is_closing()):
            self.conn.fail(code)
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        """Keep a message until it is asked for; text that is none ends the socket (§8.1).

        uvicorn would write a traceback into the log: it is nothing of ours that has failed.
        """
        try:
            if self.curr_msg_data_type == "text":
                b"".join(self.frames).decode()
        except UnicodeDecodeError:
            self._fail(NO_TEXT)
        else:
            super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Close for what cannot be read, or is too much.

        Of a message that is too long, the rest is under way. Closed at once, the connection would
        be reset by it, and a browser that is busy sending would never hear why (RFC 6455 §7.1.1).
        """
        if self.conn.close_sent is not None and self.conn.close_sent.code == TOO_BIG:
            self._hear_out()
        else:
            super().handle_parser_exception()

    def _ended(self, code: int) -> None:
        """Send the close, and tell the application that the browser has left."""
        self._has_ended, self.close_sent = True, True
        self._unread, self.frames = b"", []
        self.stop_keepalive()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})

    def _hear_out(self) -> None:
        self._ended(TOO_BIG)
        self.transport.write_eof()
        # The library ends the connection with the application, unless there is such a timer.
        self.close_timer = self.loop.call_later(LEAVE_S, self.transport.abort)
        self.read_paused = False
        self.transport.resume_reading()

    def resume_writing(self) -> None:
        """Note that the browser has taken what it was behind with."""
        self._has_taken = True
        super().resume_writing()

    def send_keepalive_ping(self) -> None:
        """Ask whether the browser is there."""
        super().send_keepalive_ping()
        self._looked()

    def keepalive_timeout(self) -> None:
        """Give up a browser that answers nothing and takes nothing.

        Not one whose pong we have not read yet, because the agent is slow, nor one that is still
        busy with what stands before the ping.
        """
        fewer = self.transport.get_write_buffer_size() < self._backlog
        if self.ping_timeout and (self.read_paused or self._has_taken or fewer):
            self._looked()
            self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)
        else:
            # No close: that would wait behind everything else that is not taken.
            self.pong_timer = None
            self.transport.abort()

    def _looked(self) -> None:
        self._backlog, self._has_taken = self.transport.get_write_buffer_size(), False

    async def run_asgi(self) -> None:
        """Run the application; after it the connection is soon over, whatever the browser takes."""
        await super().run_asgi()
        self._leave_soon()

    def _leave_soon(self) -> None:
        # Before what is left may stand what was asked for before the handshake.
        if not self.disconnected:
            self._leaving = self.loop.call_later(LEAVE_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._leaving is not None:
            # It would keep all of this for as long.
            self._leaving.cancel()
        super().connection_lost(exc)
