"""What a check found, before the clause's level makes a verdict of it."""

from dataclasses import dataclass
from enum import Enum

from bff.doctor.clause import Level, Outcome

_MOST_CHARS = 100
"""Longest piece of somebody else's text in a report."""


class Standing(Enum):
    """How what was seen stands to the clause."""

    MET = "met"
    UNMET = "unmet"
    TOLERATED = "tolerated"
    """Not kept as it should be, and development or the clause itself leaves room for that."""
    UNSEEN = "unseen"
    SHOWN = "shown"
    """Kept, and here not to be seen: the clause's tests show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's answer."""

    standing: Standing
    seen: str
    advice: str = ""


def met(seen: str) -> Finding:
    """The clause is kept."""
    return Finding(standing=Standing.MET, seen=seen)


def shown(seen: str) -> Finding:
    """The clause is kept by the program, which its tests show, and not what was looked at."""
    return Finding(standing=Standing.SHOWN, seen=seen)


def unmet(seen: str, *, do: str) -> Finding:
    """The clause is not kept."""
    return Finding(standing=Standing.UNMET, seen=seen, advice=do)


def tolerated(seen: str, *, do: str) -> Finding:
    """The clause is not kept, and that is worth a word and no more."""
    return Finding(standing=Standing.TOLERATED, seen=seen, advice=do)


def unseen(why: str) -> Finding:
    """Nothing can be said."""
    return Finding(standing=Standing.UNSEEN, seen=why)


def outcome_of(standing: Standing, level: Level) -> Outcome:
    """Return the outcome: only a MUST can fail."""
    if standing in {Standing.MET, Standing.SHOWN}:
        return Outcome.PASSED
    if standing is Standing.UNSEEN:
        return Outcome.NOT_CHECKED
    broken = standing is Standing.UNMET and level is Level.MUST
    return Outcome.FAILED if broken else Outcome.WARNED


def quoted(foreign: object) -> str:
    """Return somebody else's text as it may stand in a report and on a terminal.

    Cut, and without what is not printable: an escape sequence in a provider's document would be
    carried out by the terminal of whoever reads the report.
    """
    text = str(foreign)
    cut = text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}…"
    return "".join(letter if letter.isprintable() else "?" for letter in cut)
