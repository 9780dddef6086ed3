"""Where a login returns to: a path of this application, or nothing.

An open redirect lends our name to a phishing page. The rule holds for what was sent, and for what
it becomes when somebody on the way decodes it once or twice more (`/%5cevil`, `/%252f/evil`).
"""

import re
from typing import NewType
from urllib.parse import unquote

from bff.provider.errors import ReturnPathRefused

ReturnPath = NewType("ReturnPath", str)

MAX_CHARS = 2048
"""Longest return path."""

HOME = ReturnPath("/")

_SENT = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/%?-]*", re.ASCII)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


def return_path(raw: str) -> ReturnPath:
    """Parse a path to return to. Raises ReturnPathRefused."""
    if len(raw) > MAX_CHARS or not _SENT.fullmatch(raw):
        raise ReturnPathRefused("not a plain path")
    decoded = raw
    for _ in range(3):
        # "//host" and "/\host" are hosts to a browser; it drops tabs and line ends before it looks.
        if not decoded.startswith("/") or decoded.startswith("//") or _UNSAFE.search(decoded):
            raise ReturnPathRefused("a host, to some reader of it")
        decoded = unquote(decoded)
    return ReturnPath(raw)
