"""How long a secret is good, and when it is looked at again: decisions without any I/O.

A value that its keeper gave a lease is renewed at two thirds of it. One without a lease is looked
at again after `ttl_s`; where its keeper cannot be asked it serves on, up to `max_stale_s` after the
last answer. Neither serves a moment longer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import NamedTuple

RENEW_AT = 2 / 3
"""The part of a lease after which it is renewed."""

MARGIN_S = 10.0
"""So long before its end a lease counts as over: what is done with it has to arrive in time."""

GRAIN_S = 1.0
"""The wall clock tells whole seconds: an age by it alone may be this much more."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0

Draw = Callable[[], float]
"""Returns a number from 0 to 1 by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The deployer's bounds, in seconds; `jitter` is the part of a time that chance may take."""

    ttl_s: float = 300.0
    max_stale_s: float = 900.0
    jitter: float = 0.2
    forced_every_s: float = 30.0
    """Shortest time between two looks that a refused credential asks for."""


class Age(Enum):
    """What may be done with a value of this age."""

    FRESH = "fresh"
    DUE = "due"
    """It serves; a newer one should be fetched."""
    OVER = "over"
    """It must not be used any more."""


class Life(NamedTuple):
    """Seconds from when a value was asked for to when it is due, and to when it is over."""

    due_s: float
    over_s: float

    def age(self, elapsed_s: float) -> Age:
        """Judge a value by the time since it was asked for."""
        if elapsed_s >= self.over_s:
            return Age.OVER
        return Age.DUE if elapsed_s >= self.due_s else Age.FRESH


FOR_EVER = Life(inf, inf)


def life(lease_s: float | None, terms: Terms, draw: float) -> Life:
    """Return the life of a value; `draw` is from 0 to 1, so that processes do not all ask at once.

    Chance only makes a look earlier: a bound stays a bound.
    """
    early = 1 - terms.jitter * draw
    if lease_s is None:
        over_s = _within(terms.max_stale_s, GRAIN_S)
        return Life(min(terms.ttl_s * early, over_s), over_s)
    if not lease_s > 0:
        # Asked this way round, what is no number is no lease either.
        return Life(0.0, 0.0)
    over_s = usable_s(lease_s)
    return Life(min(lease_s * RENEW_AT * early, over_s), over_s)


def usable_s(lease_s: float) -> float:
    """Return how long a lease may be used: what is done with it has to arrive before its end."""
    return _within(lease_s, MARGIN_S)


def _within(bound_s: float, margin_s: float) -> float:
    # Of a bound that is short itself, only a tenth is kept back.
    return bound_s - min(margin_s, bound_s / 10)


def pause_s(failures: int, terms: Terms, draw: float) -> float:
    """Return how long to wait after so many failed looks: 1 s, doubled, at most a minute."""
    longest = min(_FIRST_PAUSE_S * (1 << min(failures - 1, 10)), _LONGEST_PAUSE_S)
    return longest * (1 - terms.jitter * draw)
