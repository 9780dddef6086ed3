"""A value that a keeper gave, and from when to when it may be used."""

from dataclasses import dataclass

from trust.clock import Clock, Instant, NumericDate, elapsed_s
from trust.secrets.freshness import FOR_EVER, Age, Life, Terms, life
from trust.secrets.source import Fetched


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Known:
    """What was fetched, when it was asked for, and how long it is good from then on."""

    fetched: Fetched
    asked: Instant
    life: Life
    over: tuple[float, float]
    """When it is over by the monotonic clock, and by the wall clock: whichever comes first."""

    def is_over(self, clock: Clock) -> bool:
        """Tell whether it must not be used any more; cheap, since every request asks it."""
        by_monotonic, by_wall = self.over
        if clock.monotonic() >= by_monotonic or clock.now() >= by_wall:
            return True
        return self.fetched.ended is not None and self.fetched.ended()

    def age_s(self, clock: Clock) -> float:
        """Return the seconds since it was asked for."""
        return elapsed_s(self.asked, clock)

    def is_due(self, clock: Clock) -> bool:
        """Tell whether a newer one should be fetched."""
        return self.life.age(self.age_s(clock)) is not Age.FRESH

    @property
    def expires_at(self) -> NumericDate | None:
        """From when on it must not be used; None where it may be for ever."""
        return None if self.life is FOR_EVER else NumericDate(int(self.over[1]))


def known_of(fetched: Fetched, asked: Instant, terms: Terms, draw: float) -> Known:
    """Return what was `asked` for then, with its life.

    It counts from the question and not from the answer, which may have been long on its way.
    """
    span = FOR_EVER if fetched.constant else life(fetched.lease_s, terms, draw)
    over = asked.monotonic + span.over_s, asked.wall + span.over_s
    return Known(fetched=fetched, asked=asked, life=span, over=over)
