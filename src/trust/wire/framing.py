"""HTTP/1.1 framing (RFC 9112): a call as bytes, and how long an answer's body is.

Strict where leniency has let requests and answers be smuggled: what is ambiguous is refused, and
its connection is never used again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson

from trust.wire.call import Broken, Outgoing, Unreachable

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_TARGET = re.compile(r"/[!-\"$-~]*", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
_KEPT = re.compile(r"(?:.*[,;\s])?timeout\s*=\s*\"?([0-9]{1,9})", re.ASCII | re.IGNORECASE)
_DELETE = "\x7f"
_CONTROLS = frozenset({*map(chr, range(32)), _DELETE} - {"\t"})
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})
BODILESS = frozenset({204, 304})
"""Statuses of answers that have no body (RFC 9110 §6.4.1)."""


class Origin(NamedTuple):
    """Whom to connect to."""

    host: str
    port: int
    tls: bool


class Destination(NamedTuple):
    """A URL, taken apart once for all calls of it."""

    origin: Origin
    authority: str
    target: str


@lru_cache(maxsize=1024)
def destination(url: str) -> Destination:
    """Take a URL apart. Raises Unreachable for what cannot be called."""
    # Before it is taken apart: urlsplit drops line ends and tabs wherever they are.
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise Unreachable("a URL with characters that have to be encoded")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Unreachable("no URL") from error
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.username is not None:
        raise Unreachable("no URL of http or https with a host and without a user")
    default = _DEFAULT_PORTS[parts.scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    name = f"[{host}]" if ":" in host else host
    if not _TARGET.fullmatch(target) or port == 0:
        raise Unreachable("a URL whose path or port cannot be called")
    return Destination(
        origin=Origin(host, port or default, parts.scheme == "https"),
        authority=name if port in {None, default} else f"{name}:{port}",
        target=target,
    )


def head_of(call: Outgoing, place: Destination) -> bytes:
    """Return request line and headers as they go out. Raises Unreachable."""
    first = _first_lines(call.method, place.target, place.authority)
    _forbid_own(tuple(call.headers))
    try:
        rest = field_lines({**call.headers, "content-length": str(len(call.body))})
    except ValueError as error:
        raise Unreachable(str(error)) from error
    return b"%b%b\r\n" % (first, rest)


@lru_cache(maxsize=1024)
def _first_lines(method: str, target: str, authority: str) -> bytes:
    if not _TOKEN.fullmatch(method) or method == "CONNECT":
        raise Unreachable("a method that is no token, or asks for a tunnel")
    return f"{method} {target} HTTP/1.1\r\nhost: {authority}\r\n".encode("latin-1")


@lru_cache(maxsize=1024)
def _forbid_own(names: Iterable[str]) -> None:
    if any(name.lower() in _OWN for name in names):
        raise Unreachable("a header that is the connection's own")


def field_lines(headers: Mapping[str, str]) -> bytes:
    """Return headers as they go out, each with its line end.

    Raises ValueError, whose text names no value.
    """
    pieces = _lines(tuple(headers)).copy()
    pieces[1::2] = values = [*headers.values()]
    try:
        lines = "".join(pieces).encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("a header that is no Latin-1") from None
    # In the values alone: a line end inside of one would begin a header, or a whole message, of
    # somebody else's making (request splitting, response splitting).
    if has_controls("".join(values)):
        raise ValueError("a line end or another control inside of a header")
    return lines


@lru_cache(maxsize=1024)
def _lines(names: Iterable[str]) -> list[str]:
    """Return the lines of these headers in pieces: each second one is where a value goes.

    Not to be changed. Raises ValueError.
    """
    pieces = [""]
    for name in names:
        if not _TOKEN.fullmatch(name):
            raise ValueError("a header whose name is no token")
        pieces[-1] += f"{name}: "
        pieces += "", "\r\n"
    return pieces


def has_controls(text: str) -> bool:
    """Tell whether there is what must not be inside of a header's value (RFC 9110 §5.5).

    That is every control but the tab. `text` is Latin-1.
    """
    # JSON escapes all controls but one, and little else (RFC 8259 §7): a text that stays as long
    # has none. To find that out takes a sixth of what it takes to go through it.
    if len(orjson.dumps(text)) == len(text) + len('""') and _DELETE not in text:
        return False
    return not _CONTROLS.isdisjoint(text)


def joined(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by their lower-case names; of one that came twice both values."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name = _name(raw_name)
        # The parser leaves white space behind a value, which is no part of it (RFC 9110 §5.5).
        value = raw_value.decode("latin-1").rstrip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


@lru_cache(maxsize=256)
def kept_s(keep_alive: str) -> int | None:
    """Return for how many idle seconds a peer says that it keeps a connection; None: it does not.

    By its header Keep-Alive (RFC 2068 §19.7.1), such as `timeout=5, max=100`.
    """
    found = _KEPT.match(keep_alive)
    return None if found is None else int(found[1])


class Body(NamedTuple):
    """How an answer's body ends: by its length, in chunks, or (neither) with the connection."""

    length: int | None
    chunked: bool

    @property
    def until_close(self) -> bool:
        """Whether only the end of the connection ends it."""
        return self.length is None and not self.chunked


def body_of(method: str, status: int, version: str, headers: Mapping[str, str]) -> Body:
    """Return how the body of an answer ends (RFC 9112 §6.3). Raises Broken if that is not clear."""
    framing = headers.get("transfer-encoding"), headers.get("content-length")
    return _body_of(method, status, version, *framing)


@lru_cache(maxsize=1024)
def _body_of(
    method: str, status: int, version: str, coding: str | None, length: str | None
) -> Body:
    chunked = version == "1.1" and length is None and coding is not None
    if coding is not None and not (chunked and coding.lower() == "chunked"):
        # Two readings of where the body ends are how answers are smuggled (RFC 9112 §6.1); of
        # HTTP/1.0, which has no codings, one server chunks and the next does not know it.
        raise Broken("an unclear transfer coding")
    if length is not None and _LENGTH.fullmatch(length) is None:
        raise Broken("an unclear content length")
    if method == "HEAD" or status in BODILESS:
        return Body(0, chunked=False)
    return Body(None if length is None else int(length), coding is not None)
