"""The only place that asks the machine for the time."""

import time
from collections.abc import Callable
from typing import NamedTuple, NewType, Protocol, cast

NumericDate = NewType("NumericDate", int)
"""Whole seconds since 1970-01-01T00:00:00Z (RFC 7519 §2)."""


class Clock(Protocol):
    """Where a part of the program takes the time from."""

    def now(self) -> NumericDate:
        """Return the wall clock's time, for what is stored or compared with others' claims."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for what is measured in this process."""
        ...


class Instant(NamedTuple):
    """A moment by both clocks of a process, to tell later how long ago it was."""

    wall: NumericDate
    monotonic: float


def instant(clock: Clock) -> Instant:
    """Return this moment."""
    return Instant(clock.now(), clock.monotonic())


def elapsed_s(since: Instant, clock: Clock) -> float:
    """Return the seconds since then, by the clock that saw more of them.

    The monotonic one stands still while Lambda has frozen the process, and the wall clock may be
    set back: by either alone, a minute could last for ever.
    """
    return max(clock.monotonic() - since.monotonic, float(clock.now() - since.wall))


_whole = cast("Callable[[float], NumericDate]", int)
"""Without a call of `NumericDate`: a request asks for the time again and again."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> NumericDate:
        """Return the wall clock's time."""
        return _whole(time.time())  # noqa: TID251 this is the one place

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()
