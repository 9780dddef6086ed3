"""HTTP/1.1, as little of it as the authorizer needs: one request out, one answer in. Pure.

`http.client` would do, but half of what a cold start loads would be its parser of mail. Strict:
what is not plainly of the form is refused, and how long a body is has one meaning (RFC 9112 §6.3).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

MAX_HEAD_BYTES = 65_536

_LINE_BYTES = 200
"""Longest line that begins a chunk, or follows the last one."""

_MAX_TRAILERS = 32

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
"""What a header's name is made of (RFC 9110 §5.6.2)."""

More = Callable[[], bytes]
"""Returns the next bytes from the peer, b"" when it has closed."""


class AnswerMalformed(ValueError):
    """The peer speaks something else, or ended too early; the message quotes nothing of it."""


class Answer(NamedTuple):
    """An answer, read whole."""

    status: int
    headers: Mapping[str, str]
    """By lower-case names; one that came twice is joined by ", "."""
    body: bytes
    reusable: bool
    """Whether the connection is good for another exchange."""


def request(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return a request as it is sent. Raises ValueError for what would be more than one."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers)]
    for line in lines:
        if not line.isascii() or not line.isprintable():
            raise ValueError("a control character in a request")
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def answer(more: More, *, limit: int) -> Answer:
    """Read an answer whose body has at most `limit` bytes. Raises AnswerMalformed."""
    reader = _Reader(more, limit)
    status, headers, persistent = reader.head()
    while 100 <= status < 200:  # noqa: PLR2004 interim answers (RFC 9110 §15.2)
        status, headers, persistent = reader.head()
    body, delimited = reader.body(status, headers)
    ends = "close" in headers.get("connection", "").lower()
    # What came beyond its end belongs to no question of ours: nothing after it can be believed.
    reusable = persistent and delimited and not ends and not reader.rest
    return Answer(status, headers, body, reusable)


class _Reader:
    def __init__(self, more: More, limit: int) -> None:
        self._more = more
        self._limit = limit
        self.rest = b""

    def head(self) -> tuple[int, dict[str, str], bool]:
        lines = self._until(b"\r\n\r\n", MAX_HEAD_BYTES).split(b"\r\n")
        if any(one in line for line in lines for one in (b"\r", b"\n", b"\0")):
            raise AnswerMalformed("a bare line end in a head")
        version, status = _status(lines[0])
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, value = _field(line)
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return status, headers, version == b"HTTP/1.1"

    def body(self, status: int, headers: Mapping[str, str]) -> tuple[bytes, bool]:
        """Return the body, and whether its end was told by other than the connection's."""
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if status in {204, 304}:
            return b"", True
        if coding is not None:
            # Both together are how one answer is made to look like two.
            if coding.lower() != "chunked" or length is not None:
                raise AnswerMalformed("a body of another coding")
            return self._chunks(), True
        if length is None:
            return self._to_the_end(), False
        if not (length.isascii() and length.isdigit() and len(length) < 16):  # noqa: PLR2004 fits
            raise AnswerMalformed("a length that is no number")
        return self._exactly(int(length)), True

    def _chunks(self) -> bytes:
        body = b""
        while size := _chunk_size(self._until(b"\r\n", _LINE_BYTES)):
            body += self._exactly(size, before=len(body))
            if self._exactly(2) != b"\r\n":
                raise AnswerMalformed("a chunk without its end")
        for _ in range(_MAX_TRAILERS):
            if not self._until(b"\r\n", MAX_HEAD_BYTES):
                return body
        raise AnswerMalformed("too many trailers")

    def _exactly(self, size: int, *, before: int = 0) -> bytes:
        if size + before > self._limit:
            raise AnswerMalformed("a body that is too large")
        parts, have = [self.rest], len(self.rest)
        while have < size:
            parts.append(self._some())
            have += len(parts[-1])
        whole = b"".join(parts)
        self.rest = whole[size:]
        return whole[:size]

    def _to_the_end(self) -> bytes:
        body, self.rest = self.rest, b""
        while len(body) <= self._limit:
            chunk = self._more()
            if not chunk:
                return body
            body += chunk
        raise AnswerMalformed("a body that is too large")

    def _until(self, mark: bytes, limit: int) -> bytes:
        while (end := self.rest.find(mark)) < 0 and len(self.rest) <= limit:
            self.rest += self._some()
        if not 0 <= end <= limit:
            raise AnswerMalformed("a line or head that is too long")
        line, self.rest = self.rest[:end], self.rest[end + len(mark) :]
        return line

    def _some(self) -> bytes:
        some = self._more()
        if not some:
            raise AnswerMalformed("an answer that ended early")
        return some


def _status(line: bytes) -> tuple[bytes, int]:
    version, _, rest = line.partition(b" ")
    code, _, _reason = rest.partition(b" ")
    known = version in {b"HTTP/1.1", b"HTTP/1.0"}
    if not known or len(code) != 3 or not code.isdigit() or code < b"100":  # noqa: PLR2004 digits
        raise AnswerMalformed("no HTTP/1.1")
    return version, int(code)


def _field(line: bytes) -> tuple[str, str]:
    """Read a header; a folded one, or one with a space before its colon, is refused."""
    name, colon, value = line.decode("latin-1").partition(":")
    if not colon or not name or not _TOKEN.issuperset(name):
        raise AnswerMalformed("a header that is none")
    return name.lower(), value.strip(" \t")


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip(b" \t")
    if not 0 < len(digits) <= 8 or not all(one in b"0123456789abcdefABCDEF" for one in digits):  # noqa: PLR2004 4 GB
        raise AnswerMalformed("a chunk without a size")
    return int(digits, 16)
