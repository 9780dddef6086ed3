"""Horizontal bars as SVG, by a few lines of our own: nothing to install, readable as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bench.figures import Figures, Metric, Spread
from bench.table import number
from bench.target import Peer

WIDTH = 860
_NAMES_WIDTH = 230
_BARS_WIDTH = 480
_LINE_HEIGHT = 26
_HEAD_HEIGHT = 44
_BAR_HEIGHT = 16
_OURS, _OTHERS = "#0b6e4f", "#9aa5b1"
_FONT = "font-family='system-ui, sans-serif' font-size='13'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """One diagram: how much each peer has of a metric, most or least first."""

    title: str
    metric: Metric
    more_is_better: bool


def plot(figures: Figures, diagrams: Sequence[Bars]) -> str:
    """Return all diagrams below each other; one without figures is left out."""
    parts: list[str] = []
    height = 0
    for bars in diagrams:
        rows = _rows(figures, bars)
        if rows:
            parts.append(_diagram(bars.title, rows, top=height))
            height += _HEAD_HEIGHT + _LINE_HEIGHT * len(rows)
    opening = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}'"
        f" width='{WIDTH}' height='{height}' role='img'>"
    )
    ground = f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>"
    return "\n".join([opening, ground, *parts, "</svg>"]) + "\n"


def _rows(figures: Figures, bars: Bars) -> list[tuple[Peer, Spread]]:
    found = [(peer, figures.spread(bars.metric, peer)) for peer in Peer]
    rows = [(peer, spread) for peer, spread in found if spread is not None]
    return sorted(rows, key=lambda row: row[1].middle, reverse=bars.more_is_better)


def _diagram(title: str, rows: Sequence[tuple[Peer, Spread]], *, top: int) -> str:
    most = max(spread.most for _, spread in rows) or 1.0
    lines = [f"<text x='0' y='{top + 26}' {_FONT} font-weight='600'>{escape(title)}</text>"]
    for index, (peer, spread) in enumerate(rows):
        lines.append(_bar(peer, spread, y=top + _HEAD_HEIGHT + _LINE_HEIGHT * index, most=most))
    return "\n".join(lines)


def _bar(peer: Peer, spread: Spread, *, y: int, most: float) -> str:
    """Return name, bar, a line from least to most, and the number."""
    length, least, longest = (
        _BARS_WIDTH * max(value, 0.0) / most for value in (spread.middle, spread.least, spread.most)
    )
    middle, text = y + _BAR_HEIGHT / 2, y + _BAR_HEIGHT - 3
    colour = _OURS if peer.ours else _OTHERS
    left = _NAMES_WIDTH
    return (
        f"<text x='0' y='{text}' {_FONT}>{escape(peer.value)}</text>"
        f"<rect x='{left}' y='{y}' width='{length:.1f}' height='{_BAR_HEIGHT}' fill='{colour}'/>"
        f"<line x1='{left + least:.1f}' x2='{left + longest:.1f}' y1='{middle}' y2='{middle}'"
        " stroke='#222222' stroke-width='1.5'/>"
        f"<text x='{left + longest + 8:.1f}' y='{text}' {_FONT}>{number(spread.middle)}</text>"
    )
