"""Where a login returns to: a path of this application, or nothing.

An open redirect lends our name to a phishing page. The rule holds for what was sent, for what it
becomes when somebody on the way decodes it once more (`/%5cevil`, `/%252f/evil`), brings its
letters into their plain form (`/%EF%BC%8Fevil`, whose slash is a full-width one), or drops what
cannot be seen (`/%E2%80%8B/evil`).
"""

import re
from collections.abc import Iterator
from typing import NewType
from unicodedata import category, normalize
from urllib.parse import unquote

from bff.provider.errors import ReturnPathRefused

ReturnPath = NewType("ReturnPath", str)

MAX_CHARS = 2048
"""Longest return path."""

MAX_DECODINGS = 8
"""How often it is decoded; one that still changes then has something to hide."""

HOME = ReturnPath("/")

_SENT = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*", re.ASCII)
"""A path and a query (RFC 3986 §3.3, §3.4); a fragment belongs to the browser alone."""

# A line end would be a header's end to somebody; a NUL the text's.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# "//host" and "/\host" are hosts to a browser. "/..//host" is a path of ours, but a page that is
# there and hands its own path on says "//host"; "..;" is ".." to some servers.
_HOST = re.compile(r"//|.*(?:\\|/\.{1,2}(?:;[^/]*)?//)", re.DOTALL)

_UNSEEN = frozenset({"Cf", "Zs", "Zl", "Zp"})


def return_path(raw: str) -> ReturnPath:
    """Parse a path to return to. Raises ReturnPathRefused."""
    if len(raw) > MAX_CHARS or not _SENT.fullmatch(raw):
        raise ReturnPathRefused("not a plain path")
    for reading in _readings(raw):
        if _CONTROL.search(reading) or _HOST.match(_plain(reading)):
            raise ReturnPathRefused("a host, to some reader of it")
    return ReturnPath(raw)


def _readings(raw: str) -> Iterator[str]:
    """Return what it says, as it is and each time it is decoded. Raises ReturnPathRefused."""
    reading = raw
    for _ in range(MAX_DECODINGS):
        yield reading
        try:
            # A lenient decoder takes the overlong "%c0%af" for a slash; to a strict one it is none.
            before, reading = reading, unquote(reading, errors="strict")
        except UnicodeDecodeError as error:
            raise ReturnPathRefused("decodes to what is no text") from error
        if reading == before:
            return
    raise ReturnPathRefused("encoded over and over")


def _plain(reading: str) -> str:
    if reading.isascii():
        return reading.replace(" ", "")
    return "".join(char for char in normalize("NFKC", reading) if category(char) not in _UNSEEN)
