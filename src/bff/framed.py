"""How an answer that is told in parts leaves: pieces of HTTP/1.1, and no I/O.

A head is checked as one piece, and that of an answer with a length leaves together with the first
of its body: ASGI allows it (HTTP spec 2.3, "Response Start"). An answer without a length is a
stream: its head leaves at once. What leaves is otherwise what uvicorn sends.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from trust.wire.framing import BODILESS, has_controls

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LENGTH, _CODING, _CONNECTION = b"content-length: ", b"transfer-encoding: ", b"connection: "
_FRAMING = frozenset({_LENGTH, _CODING, _CONNECTION})

Fields = Iterable[tuple[bytes, bytes]]


class Framed:
    """An answer; `is_of_head`: to a HEAD, which gets no body (RFC 9110 §9.3.2)."""

    __slots__ = ("_head", "_is_chunked", "_is_of_head", "_left", "keep_alive", "until_close")

    def __init__(self, *, is_of_head: bool, keep_alive: bool, is_chunked: bool | None) -> None:
        """`is_chunked`: whether its body is in chunks; None until its head says so."""
        self._is_of_head = is_of_head
        self.keep_alive = keep_alive
        """Whether the connection goes on after it."""
        self._is_chunked = is_chunked
        self._head = b""
        """A head that waits for the first of its body."""
        self._left = 0
        """Bytes of the body that are due, of those that were announced."""
        self.until_close = False
        """Whether only the end of the connection ends it: HTTP/1.0 knows nothing of chunks."""

    def begin(self, status: int, headers: Fields, *, everywhere: bytes, version: str) -> bytes:
        """Return what leaves at once of a head. Raises RuntimeError."""
        says_close = False
        lines: list[bytes] = []
        for name, value in headers:
            label = _label(name)
            lines.append(label + value)
            if label in _FRAMING:
                says_close = self._frame(label, value) or says_close
        if not self.keep_alive and not says_close:
            lines.append(b"connection: close")
        if self._is_chunked is None and not (status in BODILESS or self._is_of_head):
            self.until_close = version == "1.0"
            self._is_chunked = not self.until_close
            if self._is_chunked:
                lines.append(b"transfer-encoding: chunked")
        # Before the line ends come: one inside of a value would begin a header, or an answer, of
        # somebody else's making (response splitting).
        if has_controls(b"".join(lines).decode("latin-1")):
            raise RuntimeError("a control inside of a header of an answer")
        self._head = STATUS_LINE[status] + everywhere + b"\r\n".join([*lines, b"", b""])
        return self._with_head(b"") if self._is_chunked or self.until_close else b""

    def part(self, body: bytes, *, more: bool) -> bytes:
        """Return what leaves of a part of the body. Raises RuntimeError for more than was said."""
        if self._is_of_head:
            body, self._left = b"", 0
        elif self._is_chunked:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body = body if more else body + b"0\r\n\r\n"
        elif not self.until_close:
            self._left -= len(body)
        if self._left < 0:
            raise RuntimeError("an answer longer than its Content-Length")
        return self._with_head(body)

    def end(self) -> None:
        """Take notice that all has left. Raises RuntimeError for less than was said."""
        if self._left:
            raise RuntimeError("an answer shorter than its Content-Length")

    def _frame(self, label: bytes, value: bytes) -> bool:
        """Take notice of a header about the body's end; return whether the connection ends, too."""
        if label == _CONNECTION:
            tokens = [token.strip() for token in value.lower().split(b",")]
            if b"close" in tokens:
                self.keep_alive = False
                return True
        elif label == _CODING:
            if value.lower() == b"chunked":
                self._left, self._is_chunked = 0, True
        elif self._is_chunked is None:
            self._left, self._is_chunked = int(value), False
        return False

    def _with_head(self, piece: bytes) -> bytes:
        if self._head:
            piece, self._head = self._head + piece, b""
        return piece


@lru_cache(maxsize=16)
def fields(headers: Fields) -> bytes:
    """Return headers as they go out; those of every answer change once a second."""
    return b"".join(_label(name) + value + b"\r\n" for name, value in headers)


@lru_cache(maxsize=1024)
def _label(name: bytes) -> bytes:
    """Return a header's name as it goes out, with its colon. Raises RuntimeError."""
    if _TOKEN.fullmatch(name) is None:
        raise RuntimeError("a name of a header that is no token (RFC 9110 §5.1)")
    return name.lower() + b": "
