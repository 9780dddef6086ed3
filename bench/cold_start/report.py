"""What the runs come to: medians over the bare interpreter, and ratios within each round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from bench.cold_start.cases import BARE, Case
from bench.cold_start.fresh import Run

Runs = Mapping[str, Sequence[Run]]
"""Every case's runs, one for each round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One case: milliseconds over the bare interpreter's, and their share of another case's."""

    name: str
    does: str
    wall_ms: float
    cpu_ms: float
    least_ms: float
    most_ms: float
    against: str | None
    wall_ratio: float | None
    cpu_ratio: float | None
    at_most: float | None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.wall_ratio is None or self.at_most is None:
            return None
        return self.wall_ratio <= self.at_most


def lines(cases: Sequence[Case], runs: Runs) -> list[Line]:
    """Return a line for every case that was run."""
    return [_line(case, runs) for case in cases if case.name in runs]


def table(found: Sequence[Line]) -> str:
    """Return the lines as a table of Markdown."""
    rows = [
        "| case | ms (least-most) | CPU ms | of | time | CPU | goal |",
        "|---|---|---|---|---|---|---|",
        *map(_row, found),
    ]
    return "\n".join(rows) + "\n"


def documents(found: Sequence[Line]) -> list[dict[str, object]]:
    """Return the lines for JSON."""
    return [{**asdict(line), "reached": line.reached} for line in found]


def _line(case: Case, runs: Runs) -> Line:
    wall, cpu = _over(runs, case.name, _wall_ms), _over(runs, case.name, _cpu_ms)
    return Line(
        name=case.name,
        does=case.does,
        wall_ms=median(wall),
        cpu_ms=median(cpu),
        least_ms=min(wall),
        most_ms=max(wall),
        against=case.against,
        wall_ratio=_ratio(case, runs, _wall_ms),
        cpu_ratio=_ratio(case, runs, _cpu_ms),
        at_most=case.at_most,
    )


def _over(runs: Runs, name: str, figure: Callable[[Run], float]) -> list[float]:
    """Return a case's figures without the bare interpreter's."""
    bare = median(map(figure, runs[BARE]))
    return [figure(run) - bare for run in runs[name]]


def _ratio(case: Case, runs: Runs, figure: Callable[[Run], float]) -> float | None:
    # Within a round, since others' work makes a whole round slow and not one case of it.
    if case.against is None or case.against not in runs:
        return None
    others = _over(runs, case.against, figure)
    own = _over(runs, case.name, figure)
    return median(one / other for one, other in zip(own, others, strict=True) if other > 0)


def _wall_ms(run: Run) -> float:
    return run.wall_ms


def _cpu_ms(run: Run) -> float:
    return run.cpu_ms


_MARKS = {True: "reached", False: "missed", None: ""}


def _row(line: Line) -> str:
    goal = "" if line.at_most is None else f"{line.at_most:.2f} {_MARKS[line.reached]}"
    cells = (
        f"{line.name}: {line.does}",
        f"{line.wall_ms:.0f} ({line.least_ms:.0f}-{line.most_ms:.0f})",
        f"{line.cpu_ms:.0f}",
        line.against or "",
        "" if line.wall_ratio is None else f"{line.wall_ratio:.2f}",
        "" if line.cpu_ratio is None else f"{line.cpu_ratio:.2f}",
        goal,
    )
    return f"| {' | '.join(cells)} |"
