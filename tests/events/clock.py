"""A clock that stands still until it is told otherwise."""

from trust.clock import NumericDate

NOW = 1_795_219_200
"""2026-11-21T00:00:00Z."""


class StoppedClock:
    """Tells one time, as wall clock and as seconds that never run backwards."""

    def __init__(self, at: int = NOW) -> None:
        self.at = at

    def now(self) -> NumericDate:
        """Return the time that was set."""
        return NumericDate(self.at)

    def monotonic(self) -> float:
        """Return the time that was set."""
        return float(self.at)

    def pass_by(self, seconds: int) -> None:
        """Let time pass."""
        self.at += seconds
