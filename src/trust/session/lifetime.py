"""How long a session lives: decisions about time, without a clock of their own."""

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from trust.clock import NumericDate
from trust.session.record import Session

SLIDE_EVERY_S = 60
"""A session's idle end is moved at most this often: one write a minute, not one a request."""


class Lifetime(NamedTuple):
    """Idle: how long without a request; absolute: how long at all."""

    idle: timedelta
    absolute: timedelta


def idle_end(lifetime: Lifetime, now: NumericDate) -> NumericDate:
    """Return when a session that was used at `now` ends if it is not used again."""
    return NumericDate(now + int(lifetime.idle.total_seconds()))


def absolute_end(lifetime: Lifetime, now: NumericDate) -> NumericDate:
    """Return when a session that begins at `now` ends in any case."""
    return NumericDate(now + int(lifetime.absolute.total_seconds()))


def slides(session: Session, now: NumericDate) -> bool:
    """Tell whether it is time to write down that the session is in use."""
    return now - session.seen_at >= SLIDE_EVERY_S


def touched(session: Session, lifetime: Lifetime, now: NumericDate) -> Session:
    """Return the session as used at `now`."""
    return replace(session, seen_at=now, idle_expires_at=idle_end(lifetime, now))
