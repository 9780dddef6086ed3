"""How a keeper is left in peace: pauses after failures, and looks that others can bring about."""

from trust.clock import Clock, Instant, elapsed_s, instant
from trust.secrets.freshness import Terms, pause_s


class Backoff:
    """Counts the failures in a row, and knows how long the pause after the last one still is."""

    def __init__(self, terms: Terms, clock: Clock) -> None:
        self._terms = terms
        self._clock = clock
        self._failed: Instant | None = None
        self._first: Instant | None = None
        self._forced: Instant | None = None
        self._pause_s = 0.0
        self.failures = 0

    def failed(self, draw: float) -> None:
        """Begin a pause: from now, since a look that failed may itself have taken its time."""
        self.failures += 1
        self._failed = instant(self._clock)
        self._first = self._first or self._failed
        self._pause_s = pause_s(self.failures, self._terms, draw)

    def succeeded(self) -> None:
        """End it."""
        self.failures, self._failed, self._first = 0, None, None

    @property
    def failing_s(self) -> float:
        """Seconds since the first of the failures in a row; 0 where there is none."""
        return 0.0 if self._first is None else elapsed_s(self._first, self._clock)

    @property
    def is_news(self) -> bool:
        """Whether there was a failure so lately that it says something of now (`ttl_s`)."""
        if self._failed is None:
            return False
        return elapsed_s(self._failed, self._clock) < self._terms.ttl_s

    @property
    def left_s(self) -> float:
        """Seconds until the keeper may be asked again; 0 now."""
        if self._failed is None:
            return 0.0
        return max(0.0, self._pause_s - elapsed_s(self._failed, self._clock))

    def may_force(self, every_s: float | None) -> bool:
        """Tell whether a refused credential may bring about a look now, and count it if so.

        At most one in `every_s`, by default what the terms say. Looks of other reasons do not
        count: a rotation may have come just after one of them.
        """
        least_s = self._terms.forced_every_s if every_s is None else every_s
        lately = self._forced is not None and elapsed_s(self._forced, self._clock) < least_s
        if lately or self.left_s > 0:
            return False
        self._forced = instant(self._clock)
        return True
