"""A machine whose two clocks need not agree: one that was frozen, or set."""

from trust.clock import NumericDate


class TwoClocks:
    """Stands still; each of its times moves by itself."""

    def __init__(self) -> None:
        self.wall = 4_000_000_000.0
        self.seconds = 1000.0

    def now(self) -> NumericDate:
        """Return the wall clock's time, in whole seconds."""
        return NumericDate(int(self.wall))

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return self.seconds

    def pass_(self, seconds: float) -> None:
        """Let time pass, as both clocks see it."""
        self.wall += seconds
        self.seconds += seconds

    def freeze(self, seconds: float) -> None:
        """Freeze the process: the monotonic clock stands still, as on Lambda."""
        self.wall += seconds

    def set_back(self, seconds: float) -> None:
        """Set the wall clock back by so much while as much time passes."""
        self.wall -= seconds
        self.seconds += seconds
