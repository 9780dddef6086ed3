"""Whether a goal is reached."""

from collections.abc import Mapping

import pytest
from bench.figures import Figures, Metric
from bench.goals import GOALS, Outcome, outcomes
from bench.target import Peer

Values = Mapping[tuple[Metric, Peer], float]

SELF, APACHE, NODE, NGINX = Peer.GATEHOUSE, Peer.APACHE, Peer.NODE, Peer.NGINX


def _measured(values: Values) -> Figures:
    figures = Figures()
    for (metric, peer), value in values.items():
        figures.add(metric, peer, value)
    return figures


def _words(values: Values) -> dict[str, str]:
    """Return the words of those goals that these values decide."""
    found = outcomes(_measured(values))
    return {one.goal.title: one.word for one in found if one.found is not None}


_CORE, _STREAM = Metric.RPS_PER_CORE, "50 streams x 50 events/s: "
_EDGES = [
    (
        "req/s per CPU-second, 32 connections, of mod_auth",
        {(_CORE, SELF): 12.0, (_CORE, APACHE): 10.0},
        -0.1,
    ),
    (
        "req/s per CPU-second, 32 connections, of express",
        {(_CORE, SELF): 35.0, (_CORE, NODE): 10.0},
        -0.1,
    ),
    (
        "req/s per CPU-second, 32 connections, of nginx",
        {(_CORE, SELF): 1.0, (_CORE, NGINX): 8.0},
        -0.1,
    ),
    (
        "CPU per call over 128",
        {(Metric.CALL_CPU_US_128, SELF): 115.0, (Metric.CALL_CPU_US, SELF): 100.0},
        0.1,
    ),
    (
        "first byte of a stream, p50",
        {(Metric.FIRST_MS, SELF): 0.5, (Metric.FIRST_MS, APACHE): 0.5},
        0.1,
    ),
    ("first byte of a stream, p99", {(Metric.FIRST_P99_MS, SELF): 2.0}, 0.1),
    (
        f"{_STREAM}first byte",
        {(Metric.BURST_FIRST_MS, SELF): 3.0, (Metric.BURST_FIRST_MS, APACHE): 3.0},
        0.1,
    ),
    (f"{_STREAM}lag", {(Metric.LAG_US, SELF): 3.0, (Metric.LAG_US, APACHE): 3.0}, 0.1),
    (f"{_STREAM}CPU", {(Metric.EVENT_CPU_US, SELF): 3.0, (Metric.EVENT_CPU_US, APACHE): 3.0}, 0.1),
    (
        "one stream flat out, MB/s, of mod_auth",
        {(Metric.FLOOD_MB_S, SELF): 3.0, (Metric.FLOOD_MB_S, APACHE): 3.0},
        -0.1,
    ),
    (
        "one stream flat out, MB/s, of nginx",
        {(Metric.FLOOD_MB_S, SELF): 3.0, (Metric.FLOOD_MB_S, NGINX): 3.0},
        -0.1,
    ),
    (
        "memory of 1,000 idle streams, plain",
        {(Metric.STREAMS_MB, Peer.GATEHOUSE_PLAIN): 20.0},
        0.1,
    ),
    ("memory of 1,000 idle streams, TLS", {(Metric.STREAMS_MB, SELF): 60.0}, 0.1),
    ("growth", {(Metric.GROWTH_MB, SELF): 1.0}, 0.1),
    ("upstreams still held", {(Metric.HELD, SELF): 0.0}, 1.0),
    ("session miss", {(Metric.MISS_CPU_US, SELF): 100.0}, 0.1),
    ("reads of the session", {(Metric.SESSION_READS_PER_S, SELF): 1.0}, 0.1),
    ("STS calls", {(Metric.STS_CALLS, SELF): 1.0}, 1.0),
    ("STS calls", {(Metric.STS_CALLS, SELF): 1.0}, -1.0),
]


@pytest.mark.parametrize(("title", "values", "worse_by"), _EDGES)
def test_a_goal_is_reached_at_its_edge_and_missed_behind_it(
    title: str, values: Values, worse_by: float
) -> None:
    ((_, reached),) = _words(values).items()
    first, *_ = values
    ((missed, word),) = _words({**values, first: values[first] + worse_by}).items()

    assert missed.startswith(title)
    assert (reached, word) == ("pass", "FAIL")


def test_every_goal_has_its_edge_tried() -> None:
    untried = [goal.title for goal in GOALS if not any(goal.title.startswith(e[0]) for e in _EDGES)]

    assert untried == []


def test_a_goal_without_figures_is_neither_reached_nor_missed() -> None:
    assert {outcome.word for outcome in outcomes(Figures())} == {"not measured"}


def test_the_middle_decides_and_not_the_best_round() -> None:
    figures = Figures()
    for found in (90.0, 150.0, 160.0):
        figures.add(Metric.MISS_CPU_US, SELF, found)

    (outcome,) = (one for one in outcomes(figures) if one.found is not None)

    assert isinstance(outcome, Outcome)
    assert outcome.word == "FAIL"
