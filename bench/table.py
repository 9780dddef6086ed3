"""Markdown tables of figures and goals."""

from collections.abc import Iterable, Sequence

from bench.figures import Figures, Metric, Spread
from bench.goals import Outcome
from bench.target import Peer

_WHOLE_FROM = 100
_TENTHS_FROM = 10


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; all columns but the first are numbers and stand to the right."""
    lines = [_row(head), _row(["---", *["---:"] * (len(head) - 1)])]
    return "\n".join([*lines, *map(_row, rows)]) + "\n"


def of_peers(figures: Figures, metrics: Sequence[Metric]) -> str:
    """Return a row for each peer that has one of the metrics: medians, spread behind them."""
    peers = [peer for peer in Peer if any(figures.has(metric, peer) for metric in metrics)]
    rows = [
        [peer.value, *(_cell(figures.spread(metric, peer)) for metric in metrics)] for peer in peers
    ]
    return table(["", *(metric.title for metric in metrics)], rows)


def of_goals(outcomes: Iterable[Outcome]) -> str:
    """Return a row for each goal: what is to be reached, what was, and the verdict."""
    return table(["goal", "to reach", "measured", "spread", ""], map(_goal, outcomes))


def _goal(outcome: Outcome) -> list[str]:
    goal, found = outcome.goal, outcome.found
    if found is None:
        return [goal.title, goal.to_reach, "-", "-", outcome.word]
    measured = f"{number(found.middle)} {goal.unit}".rstrip()
    word = f"**{outcome.word}**" if outcome.word == "FAIL" else outcome.word
    return [goal.title, goal.to_reach, measured, _range(found), word]


def number(value: float) -> str:
    """Return a number with as many digits as a reader needs: about three."""
    if value == int(value) and abs(value) < _WHOLE_FROM:
        return str(int(value))
    if abs(value) >= _WHOLE_FROM:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= _TENTHS_FROM else f"{value:.3g}"


def _cell(found: Spread | None) -> str:
    if found is None:
        return "-"
    spread = "" if found.least == found.most else f" ({_range(found)})"
    return f"{number(found.middle)}{spread}"


def _range(found: Spread) -> str:
    return f"{number(found.least)} to {number(found.most)}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
