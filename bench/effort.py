"""How much is done, and who is told what is going on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figures
from bench.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long and how often."""

    rounds: int
    seconds: int
    """Of load at a time."""
    soak_s: float
    """How long idle streams are held."""


QUICK = Effort(rounds=2, seconds=1, soak_s=5)
USUAL = Effort(rounds=5, seconds=3, soak_s=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What every measure gets."""

    stage: Stage
    figures: Figures
    effort: Effort
    folder: Path
    say: Callable[[str], None]
