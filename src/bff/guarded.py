"""What arrives on a browser's connection: requests, within bounds on all that comes before them.

llhttp reads them, by uvicorn's own parser (httptools). It bounds nothing by itself: a head may grow
and drip for ever, the trailers of a body would become headers, and the body of a request that asks
for an upgrade the next request.
"""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import httptools

from bff.timed import Timed

HEAD_TIMEOUT_S = 30.0
"""How long a head may take to arrive; for the first one, from the connection's first moment."""

HEAD_BYTES = 65_536
"""How much of a head, or of framing behind it, may come on top of what one read brings."""

MOST_HEADERS = 128

_JUDGED = frozenset({b"host", b"transfer-encoding", b"expect"})
"""Headers that say something to us: one look for all three, since there is one for each header."""

_HOST = re.compile(rb"(?:[\w.~%-]*|\[[\w.~%:-]+\])(?::[0-9]*)?")
"""A name or an address, with a port or without (RFC 3986 §3.2.2); no name has more than this."""

_REFUSAL = b"Invalid HTTP request received."
_REFUSED = (
    b"HTTP/1.1 400 Bad Request\r\n%bcontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b"
)


class HeadRefused(Exception):
    """A head without bounds, or one that does not tell where its body ends: answered by 400."""


class _Deaf:
    """In the place of a parser that was told nonsense."""

    def feed_data(self, data: bytes) -> None:
        """Hear nothing."""


class Guarded(Timed, ABC):
    """A base: what is asked goes to `ask`, the parts of its body to `take`."""

    __slots__ = (
        "_framing",
        "_has_content",
        "_has_host",
        "_head_is_new",
        "_in_head",
        "_parser",
        "expects",
        "headers",
        "url",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.headers: list[tuple[bytes, bytes]] = []
        """Of the request whose head is being read, names in lower case."""
        self.url = b""
        self.expects = False
        """Whether whoever asks waits for a 100 before the body (RFC 9110 §10.1.1)."""
        self._has_host = False
        self._in_head = False
        """Whether a request has begun, and its head is not complete."""
        self._head_is_new = False
        """Whether it began with what arrived last."""
        self._has_content = False
        """Whether a part of a body came with it."""
        self._framing = 0
        """Bytes that were no content, of a head or a body that is not complete."""
        # Without a type: httptools has none that both type checkers read the same.
        self._parser: Any = httptools.HttpRequestParser(self)
        # The answer to the last request is not lost for what comes behind it.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)

    # For whoever answers.

    @abstractmethod
    def ask(self, parser: Any) -> None:
        """Begin the exchange that a head asks for; `parser` knows its method. Raises HeadRefused.

        None is begun if it asks for another protocol that is there: `hand_over` comes next.
        """

    @abstractmethod
    def take(self, body: bytes) -> None:
        """Take a part of the body."""

    @abstractmethod
    def end(self) -> None:
        """Take notice of the body's end."""

    @abstractmethod
    def hand_over(self) -> None:
        """Let another protocol have the connection, if one is there."""

    @property
    @abstractmethod
    def awaits_body(self) -> bool:
        """Whether a part of a body is due."""

    @abstractmethod
    def end_with_answers(self) -> bool:
        """End the connection with the answers that are due; return whether there are any."""

    @property
    @abstractmethod
    def everywhere(self) -> bytes:
        """The headers of every answer of this server, as they go out."""

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take notice of a connection; one on which nothing is asked is not kept."""
        super().connection_made(transport)
        self._within(HEAD_TIMEOUT_S)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 asyncio's signature
        """End what was going on."""
        self.let_go()

    def let_go(self) -> None:
        """Let go of what would keep all of this: nothing arrives any more."""
        self.stop_timer()
        # It refers to us by every method that it calls.
        self._parser = None

    def data_received(self, data: bytes) -> None:
        """Parse what arrived; neither a head nor a trailer may grow or drip without end."""
        while True:
            self._head_is_new = self._has_content = False
            try:
                self._parser.feed_data(data)
                break
            except httptools.HttpParserUpgrade as stop:
                self.hand_over()
                # Behind such a head the parser stops. Where nobody speaks what is asked for, a
                # request may follow: if a part of it were dropped, the rest would be taken for
                # another one.
                data = data[stop.args[0] :]
                if not data or self._parser is None:
                    return
            except httptools.HttpParserError:
                # Whatever a callback refused is one, too.
                self._refuse()
                return
        if self._in_head or (not self._has_content and self.awaits_body):
            self._bound(len(data))

    def _bound(self, size: int) -> None:
        if self._in_head and self._head_is_new:
            self._within(HEAD_TIMEOUT_S)
            # The parser tells of a name or a value at its end only, and keeps it until then.
            # What came with the head's beginning may have been the end of a body.
            return
        self._framing += size
        if self._framing > HEAD_BYTES and not self.transport.is_closing():
            self._refuse()

    def _refuse(self) -> None:
        """Say why, where those words would not be taken for another answer, or a part of one."""
        if not self._ends_with_answers():
            self.transport.write(_REFUSED % (self.everywhere, len(_REFUSAL), _REFUSAL))
            self.close()

    def be_late(self) -> None:
        """Give up a head that drips; the answers before it leave first."""
        if not self._ends_with_answers():
            self.close()

    def _ends_with_answers(self) -> bool:
        if not self.end_with_answers():
            return False
        # Nothing of what comes now is understood, kept or waited for any more.
        self._parser, self._deadline = _Deaf(), 0.0
        return True

    # What the parser tells.

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._in_head = self._head_is_new = True
        self.expects = self._has_host = False
        self.url, self.headers = b"", []

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; of a trailer no notice is taken. Raises HeadRefused.

        In the scope it could be a cookie, or a second X-Forwarded-For (RFC 9110 §6.5.1).
        """
        if not self._in_head:
            return
        name = name.lower()
        if name in _JUDGED:
            self._judge(name, value)
        self.headers.append((name, value))

    def _judge(self, name: bytes, value: bytes) -> None:
        # The parser keeps the blanks behind it.
        value = value.strip(b" \t").lower()
        if name == b"host":
            # Whoever stands before us may have gone by another one than whoever stands behind us.
            if self._has_host or _HOST.fullmatch(value) is None:
                raise HeadRefused("more than one host, or none that there can be (RFC 9112 §3.2)")
            self._has_host = True
        elif name == b"expect":
            self.expects = self.expects or value == b"100-continue"
        elif value != b"chunked":
            # The parser passes over all but the last, as others do over what they do not know.
            raise HeadRefused("a coding that we do not know (RFC 9112 §6.1)")

    def on_headers_complete(self) -> None:
        """Judge the head. Raises HeadRefused."""
        self._in_head, self._framing, self._deadline = False, 0, 0.0
        parser = self._parser
        if len(self.headers) > MOST_HEADERS:
            raise HeadRefused("headers without end")
        if not self._has_host and parser.get_http_version() != "1.0":
            raise HeadRefused("no host (RFC 9112 §3.2)")
        if parser.should_upgrade() and _has_body(self.headers):
            # The parser skips it, and would take it for the next request (request smuggling).
            raise HeadRefused("an upgrade with a body")
        self.ask(parser)

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._has_content, self._framing = True, 0
        self.take(body)

    def on_message_complete(self) -> None:
        """Take notice of the end of a request."""
        self.end()


def _has_body(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Tell whether a head announces a body (RFC 9112 §6.3)."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 \t"))
        for name, value in headers
    )
