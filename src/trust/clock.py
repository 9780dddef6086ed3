"""The only place that asks the machine for the time."""

import time
from typing import NewType, Protocol

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


class SystemClock:
    """The machine's clock."""

    def now(self) -> NumericDate:
        """Return the wall clock's time."""
        return NumericDate(int(time.time()))  # noqa: TID251 this is the one place

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()
