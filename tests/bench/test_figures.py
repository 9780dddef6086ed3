"""What follows of the values of several rounds."""

import pytest
from bench.figures import Figures, Metric, Spread, percentile, spread
from bench.target import Peer


def test_the_middle_of_an_even_number_of_rounds_lies_between_the_two_middle_ones() -> None:
    assert spread([4.0, 1.0, 2.0, 100.0]) == Spread(middle=3.0, least=1.0, most=100.0)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100), (0.0, 1)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: int) -> None:
    values = [float(value) for value in reversed(range(1, 101))]

    assert percentile(values, share) == expected


def test_the_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.0], 0.5) == percentile([7.0], 0.99) == 7.0


def test_peers_are_compared_round_by_round_and_not_by_their_medians() -> None:
    figures = Figures()
    # The second round was slow for everybody; the medians alone would say 2.0 and 4.0.
    for mine, its in ((2.0, 1.0), (40.0, 10.0), (3.0, 1.0)):
        figures.add(Metric.RPS, Peer.GATEHOUSE, mine)
        figures.add(Metric.RPS, Peer.APACHE, its)

    found = figures.compared(Metric.RPS, Peer.GATEHOUSE, Peer.APACHE, lambda a, b: a / b)

    assert found == Spread(middle=3.0, least=2.0, most=4.0)


def test_who_was_not_measured_is_compared_with_nobody() -> None:
    figures = Figures()
    figures.add(Metric.RPS, Peer.GATEHOUSE, 1.0)

    assert figures.compared(Metric.RPS, Peer.GATEHOUSE, Peer.NODE, lambda a, b: a / b) is None
    assert figures.spread(Metric.RPS, Peer.NODE) is None
    assert not figures.has(Metric.RPS, Peer.GATEHOUSE, Peer.NODE)
