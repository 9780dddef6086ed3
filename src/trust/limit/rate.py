"""How often something may happen: so many times in a window of so many seconds.

Windows stand still: they begin at whole multiples of their length, the same in every process, and
each has a counter of its own. So the counting is exact, and costs one write to the store. What it
does not do is smooth: at the border of two windows, both their counts may come in quick succession.
"""

import re
from dataclasses import dataclass

from trust.clock import NumericDate

MOST_COUNT = 1_000_000
MOST_PERIOD_S = 24 * 3600

_FORM = re.compile(r"([1-9][0-9]{0,6})/([1-9][0-9]{0,4})(s|m|h)", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3600}
_SHARE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `count` in each window of `period_s` seconds."""

    count: int
    period_s: int

    @property
    def batch(self) -> int:
        """How many a process takes from the store's counter at once.

        One where the count is small. Of a large one it takes a fiftieth, or every call would wait
        for the store; what it took and does not use nobody else can, but never is one too many let
        through.
        """
        return max(1, self.count // _SHARE)

    def window(self, now: NumericDate) -> NumericDate:
        """Return when the window of this instant began."""
        return NumericDate(now - now % self.period_s)

    def end(self, now: NumericDate) -> NumericDate:
        """Return when the window of this instant ends."""
        return NumericDate(self.window(now) + self.period_s)


def parse_rate(raw: str) -> Rate | None:
    """Read `600/1m`, or `off` as None. Raises ValueError."""
    if raw == "off":
        return None
    found = _FORM.fullmatch(raw)
    if found is None:
        raise ValueError("is neither off nor a count and a time, such as 600/1m")
    count, period_s = int(found[1]), int(found[2]) * _UNITS[found[3]]
    if count > MOST_COUNT or period_s > MOST_PERIOD_S:
        raise ValueError(f"is more than {MOST_COUNT}, or of more than a day")
    return Rate(count=count, period_s=period_s)
