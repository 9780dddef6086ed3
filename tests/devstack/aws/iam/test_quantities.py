"""Numbers and dates ("Numeric condition operators", "Date condition operators")."""

from decimal import Decimal
from fractions import Fraction

import pytest

from devstack.aws.iam.quantities import instant, number


@pytest.mark.parametrize(
    ("text", "value"),
    [("10", "10"), ("-3", "-3"), ("+3", "3"), ("1.5", "1.5"), (".5", "0.5"), ("1e3", "1000")],
)
def test_integers_and_decimals_are_numbers(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "ten", "1,5", "NaN", "Infinity", "0x10", "1_000", "\u0661"])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-01T00:00:01Z",
        "2020-01-01T00:00:01.000Z",
        "2020-01-01t00:00:01z",
        "2020-01-01T01:00:01+01:00",
        "2020-01-01T01:00:01+0100",
        "2019-12-31T19:00:01-05:00",
        "2020-01-01T00:00:01",
        "1577836801",
    ],
)
def test_one_moment_may_be_written_in_many_ways(text: str) -> None:
    assert instant(text) == 1577836801


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2020-01-01", 1577836800),
        ("2020-01", 1577836800),
        ("2020-01-01T00:00Z", 1577836800),
        ("2020", 2020),
        ("-1", -1),
        ("1969-12-31T23:59:59Z", -1),
    ],
)
def test_less_exact_dates_mean_their_start(text: str, seconds: int) -> None:
    assert instant(text) == seconds


def test_fractions_of_seconds_count() -> None:
    early, late = instant("2020-01-01T00:00:00.25Z"), instant("1577836800.75")

    assert early is not None
    assert late is not None
    assert late - early == Fraction(1, 2)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2020-13-01", "2020-02-30", "2020-01-01T25:00:00Z", "2020-*", "20-1-1"],
)
def test_other_texts_are_no_dates(text: str) -> None:
    assert instant(text) is None
