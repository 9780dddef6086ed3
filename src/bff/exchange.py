"""An answer's way out of uvicorn, as lean as every call needs it.

uvicorn looks twice through each header of an answer with a regular expression, and writes head and
body each by itself: two calls of the system, two segments, two wake-ups of whoever reads. Here a
head is checked as one piece, by the same rules, and that of an answer with a length leaves together
with the first of its body. ASGI allows it (HTTP spec 2.3, "Response Start"). An answer without a
length is a stream: its head leaves at once.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from trust.wire.framing import field_lines, has_controls

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LENGTH, _CODING, _CONNECTION = b"content-length: ", b"transfer-encoding: ", b"connection: "
_FRAMING = frozenset({_LENGTH, _CODING, _CONNECTION})
_FRAMING_NAMES = frozenset({"transfer-encoding", "connection"})
"""What a whole answer says nothing of."""
_BODILESS = frozenset({204, 304})


class Exchange(RequestResponseCycle):
    """One request and its answer; all but the sending is uvicorn's."""

    _head = b""
    """A head that waits for the first of its body."""

    _until_close = False
    """Whether only the end of the connection ends the body: HTTP/1.0 knows nothing of chunks."""

    def whole_body(self) -> bytes | None:
        """As `proxy.whole.Whole.whole_body`; what it leaves is what `receive` leaves."""
        if self.more_body or self.waiting_for_100_continue or self.disconnected:
            return None
        self.flow.resume_reading()
        self.message_event.clear()
        body, self.body = bytes(self.body), bytearray()
        return body

    def send_whole(self, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """As `proxy.whole.Whole.send_whole`."""
        if not self._is_usual(headers):
            return False
        self.transport.write(b"%b\r\n%b" % (self._begun_with(status, headers), body))
        self._end()
        return True

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """As `proxy.whole.Whole.begin`."""
        if not self._is_usual(headers) or status in _BODILESS or "content-length" in headers:
            return False
        head = self._begun_with(status, headers)
        self.chunked_encoding = True
        self.transport.write(b"%btransfer-encoding: chunked\r\n\r\n" % head)
        return True

    def _is_usual(self, headers: Mapping[str, str]) -> bool:
        """Return whether an answer can leave now, and says nothing more of the connection."""
        waits = self.response_started or self.disconnected or self.flow.write_paused
        if waits or not self.keep_alive or self.scope["method"] == "HEAD":
            return False
        return _FRAMING_NAMES.isdisjoint(headers)

    def _begun_with(self, status: int, headers: Mapping[str, str]) -> bytes:
        """Begin the answer; return its head but for the last lines. Raises RuntimeError."""
        try:
            lines = field_lines(headers)
        except ValueError as error:
            raise RuntimeError(str(error)) from error
        self.response_started, self.waiting_for_100_continue = True, False
        return STATUS_LINE[status] + _block(tuple(self.default_headers)) + lines

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a part of the answer. Raises RuntimeError for what is none, as uvicorn does."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        due = "http.response.body" if self.response_started else "http.response.start"
        if message["type"] != due or self.response_complete:
            raise RuntimeError(f"{message['type']} is not what an answer goes on with")
        if self.response_started:
            self._send_body(message.get("body", b""), more=message.get("more_body", False))
        else:
            self._send_head(message["status"], message.get("headers", ()))

    def _send_head(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.response_started, self.waiting_for_100_continue = True, False
        says_close = False
        lines: list[bytes] = []
        for name, value in (*self.default_headers, *headers):
            label = _label(name)
            lines.append(label + value)
            if label in _FRAMING:
                says_close = self._frame(label, value) or says_close
        if not self.keep_alive and not says_close:
            lines.append(b"connection: close")
        bodiless = status in _BODILESS or self.scope["method"] == "HEAD"
        if self.chunked_encoding is None and not bodiless:
            self._until_close = self.scope["http_version"] == "1.0"
            self.chunked_encoding = not self._until_close
            if self.chunked_encoding:
                lines.append(b"transfer-encoding: chunked")
        # Before the line ends come: one inside of a value would begin a header, or an answer, of
        # somebody else's making (response splitting).
        if has_controls(b"".join(lines).decode("latin-1")):
            raise RuntimeError("a control inside of a header of an answer")
        self._head = STATUS_LINE[status] + b"\r\n".join([*lines, b"", b""])
        if self.chunked_encoding or self._until_close:
            self._write(b"")

    def _frame(self, label: bytes, value: bytes) -> bool:
        """Take notice of a header about the body's end; return whether the connection ends, too."""
        if label == _CONNECTION:
            tokens = [token.strip() for token in value.lower().split(b",")]
            if b"close" in tokens:
                self.keep_alive = False
                return True
        elif label == _CODING:
            if value.lower() == b"chunked":
                self.expected_content_length, self.chunked_encoding = 0, True
        elif self.chunked_encoding is None:
            self.expected_content_length, self.chunked_encoding = int(value), False
        return False

    def _send_body(self, body: bytes, *, more: bool) -> None:
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
            self._write(b"")
        elif self.chunked_encoding:
            chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            self._write(chunk if more else chunk + b"0\r\n\r\n")
        elif self._until_close:
            self._write(body)
        elif len(body) > self.expected_content_length:
            raise RuntimeError("an answer longer than its Content-Length")
        else:
            self.expected_content_length -= len(body)
            self._write(body)
        if not more:
            self._end()

    def _end(self) -> None:
        if self.expected_content_length:
            raise RuntimeError("an answer shorter than its Content-Length")
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _write(self, piece: bytes) -> None:
        if self._head:
            piece, self._head = self._head + piece, b""
        self.transport.write(piece)


@lru_cache(maxsize=16)
def _block(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return headers as they go out; those of every answer change once a second."""
    return b"".join(_label(name) + value + b"\r\n" for name, value in headers)


@lru_cache(maxsize=1024)
def _label(name: bytes) -> bytes:
    """Return a header's name as it goes out, with its colon. Raises RuntimeError."""
    if _TOKEN.fullmatch(name) is None:
        raise RuntimeError("a name of a header that is no token (RFC 9110 §5.1)")
    return name.lower() + b": "
