"""What the runs come to: medians over the bare interpreter, and their ratios."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from bench.cold_start.cases import BARE, Case
from bench.cold_start.fresh import Run


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


def lines(cases: Sequence[Case], runs: Mapping[str, Sequence[Run]]) -> list[Line]:
    """Return a line for every case that was run."""
    bare_wall = median(run.wall_ms for run in runs[BARE])
    bare_cpu = median(run.cpu_ms for run in runs[BARE])
    wall = {name: median(one.wall_ms for one in some) - bare_wall for name, some in runs.items()}
    cpu = {name: median(one.cpu_ms for one in some) - bare_cpu for name, some in runs.items()}
    return [
        Line(
            name=case.name,
            does=case.does,
            wall_ms=wall[case.name],
            cpu_ms=cpu[case.name],
            least_ms=min(run.wall_ms for run in runs[case.name]) - bare_wall,
            most_ms=max(run.wall_ms for run in runs[case.name]) - bare_wall,
            against=case.against,
            wall_ratio=_ratio(wall, case),
            cpu_ratio=_ratio(cpu, case),
            at_most=case.at_most,
        )
        for case in cases
        if case.name in runs
    ]


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


_MARKS = {True: "reached", False: "missed", None: ""}


def _ratio(figures: Mapping[str, float], case: Case) -> float | None:
    if case.against is None or not figures.get(case.against):
        return None
    return figures[case.name] / figures[case.against]
