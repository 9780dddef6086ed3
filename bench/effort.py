"""How much is done, and who is told what is going on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figures
from bench.load.post import BODY_BYTES
from bench.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How calls come."""

    connections: int
    posted: int = BODY_BYTES
    """Bytes of each body."""

    @property
    def title(self) -> str:
        """Return it in words."""
        plural = "" if self.connections == 1 else "s"
        return f"{self.posted:,} bytes posted, 1 KB back, {self.connections:,} connection{plural}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long and how often."""

    rounds: int
    seconds: int
    """Of load at a time."""
    soak_s: float
    """How long idle streams are held."""
    loads: tuple[Load, ...] = ()
    """What calls are measured under instead of everything else."""


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
