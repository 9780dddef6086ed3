"""One request and its answer, as ASGI has them, and as one (`proxy/whole.py`)."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Protocol

from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from bff.flow import Awaited, Flow
from bff.framed import Framed
from proxy.relay import BodyBroken
from trust.wire.framing import BODILESS, field_lines
from trust.wire.sockets import reset

_LOGGER = logging.getLogger("uvicorn.error")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CRASHED = b"Internal Server Error"
_FRAMING = frozenset({"transfer-encoding", "connection"})
"""What a whole answer says nothing of."""


class Line(Protocol):
    """The connection that an exchange is on."""

    transport: asyncio.Transport

    @property
    def everywhere(self) -> bytes:
        """The headers of every answer of this server, as they go out."""
        ...

    def close(self) -> None:
        """Close the connection, once all is taken that was sent."""
        ...

    def answered(self) -> None:
        """Take notice that the answer is complete."""
        ...

    def over(self, task: asyncio.Task[None]) -> None:
        """Take notice that the application is done with it."""
        ...


class Exchange(Awaited):
    """One request and its answer."""

    __slots__ = (
        "_body",
        "_expects",
        "_flow",
        "_framed",
        "_is_lost",
        "_is_stream",
        "_line",
        "_scope",
        "_was_ended",
        "is_begun",
        "is_complete",
        "keep_alive",
        "more_body",
        "task",
    )

    def __init__(
        self, scope: Scope, line: Line, flow: Flow, *, keep_alive: bool, expects: bool
    ) -> None:
        """`expects`: whoever asks sends the body when they are told to (RFC 9110 §10.1.1)."""
        self._scope = scope
        self._line = line
        self._flow = flow
        self._expects = expects
        self._body: bytes | bytearray = b""
        self.more_body = True
        """Whether the body is not complete yet."""
        self._was_ended = False
        """Whether its end was received."""
        self._event = None
        self._is_lost = False
        self.keep_alive = keep_alive
        """Whether the connection goes on after the answer."""
        self.is_begun = self.is_complete = False
        """How far the answer is."""
        self._framed: Framed | None = None
        """The answer, if it is told in parts."""
        self._is_stream = False
        """Whether it has begun as one, in chunks, and is not complete."""
        self.task: asyncio.Task[None] | None = None
        """Who answers."""

    # What arrives.

    def take(self, body: bytes) -> int:
        """Take a part of the body; return how many bytes wait to be received."""
        if not self._body:
            self._body = body
        else:
            # Parts may be of one byte: to copy all that came before for each would take for ever.
            self._body = self._body if isinstance(self._body, bytearray) else bytearray(self._body)
            self._body += body
        # Asked here: a call of nothing, three times in each of them, would be felt.
        if self._event is not None:
            self._tell()
        return len(self._body)

    def end(self) -> None:
        """Take notice of the body's end."""
        self.more_body = False
        if self._event is not None:
            self._tell()

    def lost(self) -> None:
        """Take notice that the browser has gone."""
        self._is_lost = not self.is_complete
        self._tell()

    async def receive(self) -> dict[str, Any]:
        """Return the next part of the body, or that the browser has gone."""
        if self._expects and not self._line.transport.is_closing():
            self._line.transport.write(_CONTINUE)
            self._expects = False
        if not self._is_over:
            self._flow.resume_reading()
        while not (self._is_over or self._body or not (self.more_body or self._was_ended)):
            await self._told()
        if self._is_over:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self._received(), "more_body": self.more_body}

    def whole_body(self) -> bytes | None:
        """As `proxy.whole.Whole.whole_body`; what it leaves is what `receive` leaves."""
        if self.more_body or self._expects or self._is_lost:
            return None
        self._flow.resume_reading()
        return self._received()

    @property
    def _is_over(self) -> bool:
        return self._is_lost or self.is_complete

    def _received(self) -> bytes:
        body, self._body = bytes(self._body), b""
        self._was_ended = not self.more_body
        return body

    # What leaves.

    async def run(self, app: ASGIApp) -> None:
        """Have it answered by an application; say so where that fails (500)."""
        try:
            await app(self._scope, self.receive, self.send)
            if not self._is_over:
                _LOGGER.error("ASGI callable returned without completing response.")
                await self._break_off()
        except BodyBroken:
            # Nothing of ours has failed: no traceback for it.
            await self._break_off()
        except BaseException:  # a task that is cancelled, too: whoever asked is told
            _LOGGER.exception("Exception in ASGI application\n")
            await self._break_off()
        finally:
            task, self.task = self.task, None
            if task is not None:
                self._line.over(task)

    async def _break_off(self) -> None:
        if self.is_begun:
            # What is written behind a close may still leave, where the browser is slow.
            self._is_stream = False
            transport, framed = self._line.transport, self._framed
            if framed is not None and framed.until_close and not transport.is_closing():
                # Closed in good order, a torn answer would pass for a whole one.
                reset(transport)
            else:
                self._line.close()
            return
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(_CRASHED)),
            (b"connection", b"close"),
        ]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": _CRASHED})

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a part of the answer. Raises RuntimeError for what is none, as uvicorn does."""
        if self._flow.write_paused and not self._is_lost:
            await self._flow.drain()
        if self._is_lost:
            return
        due = "http.response.body" if self.is_begun else "http.response.start"
        if message["type"] != due or self.is_complete:
            raise RuntimeError(f"{message['type']} is not what an answer goes on with")
        framed = self._framed
        if framed is None:
            self._send_head(message)
            return
        more = message.get("more_body", False)
        piece = framed.part(message.get("body", b""), more=more)
        if piece:
            self._line.transport.write(piece)
        if not more:
            framed.end()
            self.keep_alive = self.keep_alive and framed.keep_alive
            self._end()

    def _send_head(self, message: Mapping[str, Any]) -> None:
        if self._expects and self.more_body:
            # Told no 100, they may send the body or not, and the next request would be taken for
            # it (request smuggling; RFC 9110 §10.1.1).
            self.keep_alive = False
        self.is_begun, self._expects = True, False
        is_of_head, version = self._scope["method"] == "HEAD", self._scope["http_version"]
        self._framed = framed = Framed(
            is_of_head=is_of_head, keep_alive=self.keep_alive, is_chunked=None
        )
        piece = framed.begin(
            message["status"],
            message.get("headers", ()),
            everywhere=self._line.everywhere,
            version=version,
        )
        if piece:
            self._line.transport.write(piece)

    def send_whole(self, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """As `proxy.whole.Whole.send_whole`."""
        if not self._is_usual(headers):
            return False
        head = self._begun_with(status, headers)
        self._line.transport.write(b"%b\r\n%b" % (head, body))
        self._end()
        return True

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """As `proxy.whole.Whole.begin`."""
        if not self._is_usual(headers) or status in BODILESS or "content-length" in headers:
            return False
        head = self._begun_with(status, headers)
        self._framed = Framed(is_of_head=False, keep_alive=True, is_chunked=True)
        self._is_stream = True
        self._line.transport.write(b"%btransfer-encoding: chunked\r\n\r\n" % head)
        return True

    @property
    def takes_parts(self) -> bool:
        """As `proxy.whole.Whole.takes_parts`."""
        return self._is_stream and not (self._flow.write_paused or self._is_lost)

    def send_part(self, body: bytes) -> None:
        """As `proxy.whole.Whole.send_part`."""
        # An empty chunk would be the last one.
        if body:
            self._line.transport.write(b"%x\r\n%b\r\n" % (len(body), body))

    def _is_usual(self, headers: Mapping[str, str]) -> bool:
        """Return whether an answer can leave now, and says nothing more of the connection."""
        waits = self.is_begun or self._is_lost or self._flow.write_paused
        if waits or self._expects or not self.keep_alive or self._scope["method"] == "HEAD":
            return False
        return _FRAMING.isdisjoint(headers)

    def _begun_with(self, status: int, headers: Mapping[str, str]) -> bytes:
        """Begin the answer; return its head but for the last lines. Raises RuntimeError."""
        try:
            lines = field_lines(headers)
        except ValueError as error:
            raise RuntimeError(str(error)) from error
        self.is_begun = True
        return STATUS_LINE[status] + self._line.everywhere + lines

    def _end(self) -> None:
        self.is_complete, self._is_stream = True, False
        if self._event is not None:
            self._tell()
        if not self.keep_alive:
            self._line.close()
        self._line.answered()
