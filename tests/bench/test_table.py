"""Figures as Markdown."""

import pytest
from bench.figures import Figures, Metric
from bench.goals import outcomes
from bench.table import number, of_goals, of_peers, table
from bench.target import Peer


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.12345, "0.123"),
        (9.876, "9.88"),
        (12.345, "12.3"),
        (345.678, "346"),
        (104052.4, "104,052"),
        (-0.0276, "-0.0276"),
        (-345.6, "-346"),
    ],
)
def test_a_number_has_the_digits_that_a_reader_needs(value: float, text: str) -> None:
    assert number(value) == text


def test_names_stand_to_the_left_and_numbers_to_the_right() -> None:
    assert table(["", "ms"], [["nginx", "1"]]) == "|  | ms |\n| --- | ---: |\n| nginx | 1 |\n"


def test_a_peer_without_any_of_the_figures_has_no_row() -> None:
    figures = Figures()
    figures.add(Metric.RPS, Peer.NGINX, 10.0)
    figures.add(Metric.RPS, Peer.NGINX, 30.0)
    figures.add(Metric.P50_MS, Peer.NODE, 5.0)
    figures.add(Metric.LAG_US, Peer.APACHE, 5.0)

    rows = of_peers(figures, (Metric.RPS, Metric.P50_MS)).splitlines()[2:]

    assert rows == [
        "| nginx | 20 (10 to 30) | - |",
        "| express-openid-connect | - | 5 |",
    ]


def test_what_was_missed_stands_out() -> None:
    figures = Figures()
    figures.add(Metric.HELD, Peer.GATEHOUSE, 50)
    figures.add(Metric.STS_CALLS, Peer.GATEHOUSE, 1)

    rows = of_goals(outcomes(figures))

    assert "clients went away | 0 | 50 | 50 to 50 | **FAIL** |" in rows
    assert "to one agent | 1 | 1 | 1 to 1 | pass |" in rows
    assert rows.count("| - | - | not measured |") == len(outcomes(figures)) - 2
