"""Reading cookies, one way for the application and the authorizer."""

from collections.abc import Iterable
from enum import Enum

from trust.session.ids import Ticket, parse_ticket

SESSION_COOKIE = "__Host-Http-session"
"""`__Host-`: no other host can set it; `Http`: no script can (RFC 6265bis §4.1.3)."""

MAX_COOKIE_CHARS = 8192
"""Longest Cookie header that is read at all; a longer one is somebody filling the jar."""


class CookieProblem(Enum):
    """Why there is no ticket in the cookies."""

    ABSENT = "absent"
    DUPLICATED = "duplicated"
    GARBLED = "garbled"
    TOO_LARGE = "too_large"


def cookie_pairs(headers: Iterable[str]) -> list[tuple[str, str]]:
    """Return all cookies of all Cookie headers, in order (RFC 6265 §5.4; HTTP/2 may split them)."""
    pairs: list[tuple[str, str]] = []
    for header in headers:
        if len(header) > MAX_COOKIE_CHARS:
            # Left out as a whole: cut off, the first of two cookies would win unseen.
            continue
        for part in header.split(";"):
            name, equals, value = part.strip(" \t").partition("=")
            if equals:
                pairs.append((name.strip(" \t"), value.strip(" \t")))
    return pairs


def read_ticket(headers: Iterable[str]) -> Ticket | CookieProblem:
    """Find the session's ticket.

    Twice the same name is a tossed cookie (CWE-384 by a sibling domain or a plain-http neighbour):
    choosing one of two would let the attacker choose, so none counts. What stands in a header that
    is too long to be read is not known to be absent: its session must not be taken for ended.
    """
    headers = tuple(headers)
    if any(len(header) > MAX_COOKIE_CHARS for header in headers):
        return CookieProblem.TOO_LARGE
    values = [value for name, value in cookie_pairs(headers) if name == SESSION_COOKIE]
    if not values:
        return CookieProblem.ABSENT
    if len(values) > 1:
        return CookieProblem.DUPLICATED
    return parse_ticket(values[0]) or CookieProblem.GARBLED
