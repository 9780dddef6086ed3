"""What goes wrong on a day, and when: the same script gives the same day."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random

DAY_S = 24 * 3600.0


class Fault(Enum):
    """What may happen to a call of a keeper."""

    TIMED_OUT = "no answer until the adapter gives up"
    HANGS = "no answer at all, and the adapter does not give up"
    SLOW = "an answer after some seconds"
    SERVER_ERROR = "status 500"
    RATE_LIMITED = "status 429"
    SEALED = "status 503"
    CUT_BEFORE = "the connection breaks before the work is done"
    CUT_AFTER = "the connection breaks when the work is done"
    TOKEN_REVOKED = "status 403, since somebody revoked the token with all its leases"
    SHORT_LEASE = "a lease that is much shorter than the one that was asked for"
    MALFORMED = "an answer of another form"
    ADAPTER_FAILS = "an error that nobody thought of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From when to when, in seconds of the day, all calls have this fault."""

    begin_s: float
    end_s: float
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """From when to when the keeper says no about one of the places, by its number."""

    begin_s: float
    end_s: float
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A day: what goes wrong by chance, and what at certain times."""

    seed: int
    rate: float = 0.1
    """The part of all calls that something happens to."""
    faults: Sequence[Fault] = tuple(Fault)
    windows: Sequence[Window] = ()
    denials: Sequence[Denial] = ()
    rotations: int = 12
    """How often each secret changes."""
    requests_per_hour: float = 60.0
    burst: int = 40
    """How many come at once, now and then."""
    longest_freeze_s: float = 3600.0
    """Where nobody tends the secrets the process is frozen between requests, for up to this."""
    set_clock_s: float = 0.0
    """How far, at most, somebody sets a server's wall clock now and then.

    Never that of a process which is frozen: what its one clock slept through, nobody knows if the
    other was set back meanwhile. On Lambda that clock is AWS's.
    """


def usual(seed: int) -> Script:
    """Return a day with each class of faults, Vault sealed twice and rights taken away."""
    draw = Random(seed)  # noqa: S311 a day that can be repeated
    sealed = [
        _window(draw, Fault.SEALED, 60, 600),
        _window(draw, Fault.SEALED, 1200, 2400),
        _window(draw, Fault.HANGS, 60, 300),
    ]
    return Script(seed=seed, windows=sealed, denials=_denials(draw, 6))


def each_in_turn(seed: int, lasts_s: float) -> Script:
    """Return hours in which each fault comes for so long, and then none for as long."""
    windows = [
        Window(begin_s=number * 2 * lasts_s, end_s=(number * 2 + 1) * lasts_s, fault=fault)
        for number, fault in enumerate(Fault)
    ]
    return Script(seed=seed, rate=0.0, windows=windows, requests_per_hour=120.0)


def unseen(seed: int) -> Script:
    """Return a day of which nothing is known before but that it is a bad one."""
    draw = Random(seed)  # noqa: S311 a day that can be repeated
    faults = draw.sample(list(Fault), draw.randint(1, len(Fault)))
    windows = [_window(draw, draw.choice(list(Fault)), 1, 3 * 3600) for _ in range(6)]
    return Script(
        seed=seed,
        rate=draw.choice([0.0, 0.1, 0.3, 0.9]),
        faults=faults,
        windows=windows,
        denials=_denials(draw, draw.randint(0, 12)),
        rotations=draw.randint(0, 100),
        requests_per_hour=draw.choice([5.0, 60.0]),
        set_clock_s=draw.choice([0.0, 7200.0]),
    )


def _denials(draw: Random, count: int) -> list[Denial]:
    begins = [draw.uniform(0, DAY_S) for _ in range(count)]
    return [
        Denial(begin_s=begin, end_s=begin + draw.uniform(600, 5400), place=draw.randrange(100))
        for begin in begins
    ]


def _window(draw: Random, fault: Fault, least_s: float, most_s: float) -> Window:
    begin_s = draw.uniform(0, DAY_S)
    return Window(begin_s=begin_s, end_s=begin_s + draw.uniform(least_s, most_s), fault=fault)
