"""What time it is at Vault: the clock it is given, and how far it is off."""

from datetime import UTC, datetime

from trust.clock import Clock, elapsed_s, instant


class VaultClock:
    """The wall clock's time to the fraction of a second, plus a skew that may be changed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = instant(clock)
        self.skew_s = 0.0
        """How many seconds Vault's clock is ahead; negative if it is behind."""

    def now(self) -> float:
        """Return seconds since 1970, never running backwards unless the skew is changed."""
        return self._began.wall + elapsed_s(self._began, self._clock) + self.skew_s


def stamp(at: float) -> str:
    """Write a moment as Vault does (RFC 3339 with nanoseconds)."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond * 1000:09d}Z"
