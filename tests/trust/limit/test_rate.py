"""Rates, as they are written and what follows from them."""

import pytest

from trust.clock import NumericDate
from trust.limit.rate import Rate, parse_rate


@pytest.mark.parametrize(
    ("raw", "count", "period_s"),
    [("1/1s", 1, 1), ("600/1m", 600, 60), ("30/15m", 30, 900), ("1000000/24h", 10**6, 86400)],
)
def test_a_rate_is_a_count_and_a_time(raw: str, count: int, period_s: int) -> None:
    assert parse_rate(raw) == Rate(count=count, period_s=period_s)


def test_off_is_no_rate() -> None:
    assert parse_rate("off") is None


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "0/1m",
        "5",
        "5/m",
        "5/0s",
        "-1/1m",
        "5/1m ",
        "5/1d",
        "5 / 1m",
        "٣/1m",
        "1.5/1m",
        "1000001/1s",
        "5/25h",
        "99999999/1s",
        "OFF",
    ],
)
def test_anything_else_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="is "):
        parse_rate(raw)


def test_windows_stand_still() -> None:
    rate = Rate(count=1, period_s=60)

    assert {rate.window(NumericDate(now)) for now in range(120, 180)} == {120}
    assert {rate.end(NumericDate(now)) for now in range(120, 180)} == {180}


@pytest.mark.parametrize(("count", "batch"), [(1, 1), (99, 1), (100, 2), (6000, 120)])
def test_a_process_takes_a_fiftieth_at_once(count: int, batch: int) -> None:
    assert Rate(count=count, period_s=60).batch == batch
