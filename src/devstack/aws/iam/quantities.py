"""Numbers and dates as policies and request contexts write them."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_EPOCH = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")
_DATE = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:[Tt](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<part>[0-9]{1,9}))?)?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2})?)?)?"
)
_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


def number(text: str) -> Decimal | None:
    """Read an integer or decimal value; None if it is none ("Numeric condition operators")."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def instant(text: str) -> Fraction | None:
    """Read a date as seconds since 1970-01-01T00:00:00Z; None if it is none.

    "You must specify date/time values with one of the W3C implementations of the ISO 8601 date
    formats or in epoch (UNIX) time" (section "Date condition operators"). Digits alone are epoch
    seconds, four of them too.
    """
    if _EPOCH.fullmatch(text):
        return Fraction(text)
    match = _DATE.fullmatch(text)
    return None if match is None else _calendar_instant(match)


def _calendar_instant(match: re.Match[str]) -> Fraction | None:
    def field(name: str, default: int = 0) -> int:
        return int(match[name] or default)

    try:
        moment = datetime(
            field("year"),
            field("month"),
            field("day", 1),
            field("hour"),
            field("minute"),
            field("second"),
            tzinfo=_zone(match["zone"]),
        )
    except ValueError:
        return None
    seconds = (moment - _EPOCH_START) // timedelta(seconds=1)
    return seconds + Fraction(f"0.{match['part'] or 0}")


def _zone(text: str | None) -> timezone:
    if text is None or text in "Zz":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
