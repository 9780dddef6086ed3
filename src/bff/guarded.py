"""What a connection refuses of whoever is not known yet: heads without end, hidden requests.

uvicorn leaves both to whatever is before it: on httptools a head may grow and drip for ever, the
trailers of a body become headers, and the body of a request that asks for an upgrade becomes the
next request.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_TIMEOUT_S = 30.0
"""How long a head may take to arrive; for the first one, from the connection's first moment."""

HEAD_BYTES = 65_536
"""How much of a head, or of framing behind it, may come on top of what one read brings."""

MOST_HEADERS = 128


class HeadRefused(Exception):
    """A head without bounds, or one that does not tell where its body ends: answered by 400."""


class _Nowhere:
    """The headers of what has had its headers."""

    def append(self, _: object) -> None:
        """Forget it."""


_NOWHERE: Any = _Nowhere()


class Guarded(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, with bounds on all that comes before a request counts.

    A base: what begins a request calls `take_head` before it.
    """

    _in_head = False
    """Whether a request has begun, and its head is not complete."""
    _has_content = False
    """Whether a part of a body came with the last piece."""
    _framing = 0
    """Bytes that were no content, of a head or a body that is not complete."""
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Take notice of a connection; one on which nothing is asked is not kept."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End what was going on."""
        super().connection_lost(exc)
        self._stop_waiting()

    def data_received(self, data: bytes) -> None:
        """Parse what arrived; neither a head nor a trailer may grow or drip without end."""
        was_in_head, self._has_content = self._in_head, False
        super().data_received(data)
        if self._in_head:
            self._wait_for_head()
            # The parser tells of a name or a value at its end only, and keeps it until then. What
            # came with the head's beginning may have been the end of a body.
            grows = was_in_head
        else:
            # Any: uvicorn's types do not know that there is none at first.
            exchange: Any = self.cycle
            grows = exchange is not None and exchange.more_body and not self._has_content
        if grows:
            self._framing += len(data)
            if self._framing > HEAD_BYTES and not self.transport.is_closing():
                self._end_it()

    def _end_it(self) -> None:
        """Say why, where those words would not be taken for a part of another answer."""
        exchange: Any = self.cycle
        if exchange is None or exchange.response_complete or not exchange.response_started:
            self.send_400_response("Invalid HTTP request received.")
        else:
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._in_head = True

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._has_content, self._framing = True, 0
        super().on_body(body)

    def take_head(self) -> None:
        """Judge a head that is complete. Raises HeadRefused.

        For whoever overrides `on_headers_complete`: first of all, before anything is begun.
        """
        self._in_head, self._framing = False, 0
        self._stop_waiting()
        # Without a type: httptools has none that both type checkers read the same.
        parser: Any = self.parser
        headers = self.headers
        if len(headers) > MOST_HEADERS:
            raise HeadRefused("headers without end")
        if not parser.should_upgrade():
            # The scope has the list. What a trailer has to say must not come into it: there it
            # could be a cookie, or a second X-Forwarded-For (RFC 9110 §6.5.1).
            self.headers = _NOWHERE
        elif _has_body(headers):
            # The parser skips it, and would take it for the next request (request smuggling).
            raise HeadRefused("an upgrade with a body")

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            due_at = self.loop.time() + HEAD_TIMEOUT_S
            self._head_timer = self.loop.call_at(due_at, self._head_is_late)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        self.transport.close()


def _has_body(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Tell whether a head announces a body (RFC 9112 §6.3)."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 \t"))
        for name, value in headers
    )
