"""A clock that moves when a test says so."""

import asyncio

from trust.clock import NumericDate

NOW = NumericDate(4_000_000_000)
"""October 2096: past the end of 32 bits, and later than any machine that runs the tests."""


class StoppedClock:
    """Stands still; both of its times move on together, by `advance` or by somebody's pause."""

    def __init__(self, now: int = NOW) -> None:
        self._now = float(now)
        self._monotonic = 1000.0

    def now(self) -> NumericDate:
        """Return the wall clock's time, in whole seconds."""
        return NumericDate(int(self._now))

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move on."""
        assert seconds >= 0
        self._now += seconds
        self._monotonic += seconds

    async def pause(self, seconds: float) -> None:
        """Let the time pass, and let others run."""
        self.advance(seconds)
        await asyncio.sleep(0)
