"""Figures as SVG."""

from xml.etree import ElementTree as ET

from bench.figures import Figures, Metric
from bench.page import DIAGRAMS
from bench.plot import Bars, plot
from bench.target import Peer

_SVG = "{http://www.w3.org/2000/svg}"
_DIAGRAM = Bars(title="calls & more", metric=Metric.RPS, more_is_better=True)


def _figures() -> Figures:
    figures = Figures()
    for value in (50.0, 100.0, 200.0):
        figures.add(Metric.RPS, Peer.GATEHOUSE, value)
    figures.add(Metric.RPS, Peer.NGINX, 400.0)
    return figures


def _texts(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{_SVG}text")]  # noqa: S314 our own


def _bars(svg: str) -> list[float]:
    _ground, *bars = ET.fromstring(svg).iter(f"{_SVG}rect")  # noqa: S314 our own
    return [float(bar.attrib["width"]) for bar in bars]


def test_the_best_stands_first_and_titles_are_escaped() -> None:
    assert _texts(plot(_figures(), [_DIAGRAM])) == [
        "calls & more",
        "nginx",
        "400",
        "Gatehouse",
        "100",
    ]


def test_the_least_stands_first_where_less_is_better() -> None:
    less = Bars(title="cost", metric=Metric.RPS, more_is_better=False)

    assert _texts(plot(_figures(), [less]))[1] == "Gatehouse"


def test_bars_are_as_long_as_their_medians_are_large() -> None:
    longest, shorter = _bars(plot(_figures(), [_DIAGRAM]))

    assert shorter * 4 == longest


def test_a_line_goes_from_the_least_to_the_most() -> None:
    svg = ET.fromstring(plot(_figures(), [_DIAGRAM]))  # noqa: S314 our own
    lines = [(float(one.attrib["x1"]), float(one.attrib["x2"])) for one in svg.iter(f"{_SVG}line")]
    (nginx_from, nginx_to), (least, most) = lines
    left = min(float(bar.attrib["x"]) for bar in list(svg.iter(f"{_SVG}rect"))[1:])

    assert nginx_from == nginx_to
    assert (most - left) == 4 * (least - left)


def test_a_diagram_without_figures_is_left_out() -> None:
    other = Bars(title="nothing", metric=Metric.LAG_US, more_is_better=True)

    assert plot(_figures(), [other, _DIAGRAM]) == plot(_figures(), [_DIAGRAM])


def test_nothing_but_noughts_and_gains_can_be_drawn() -> None:
    figures = Figures()
    figures.add(Metric.RPS, Peer.GATEHOUSE, 0.0)
    figures.add(Metric.RPS, Peer.NODE, -3.0)

    assert _bars(plot(figures, [_DIAGRAM])) == [0.0, 0.0]


def test_without_any_figures_there_is_an_empty_picture() -> None:
    assert _texts(plot(Figures(), DIAGRAMS)) == []
