"""Failures in a row: how long they last, and how long they are news."""

from fakes.clock import StoppedClock
from trust.secrets.backoff import Backoff
from trust.secrets.freshness import Terms


def test_failures_in_a_row_last_from_the_first_of_them(clock: StoppedClock) -> None:
    backoff = Backoff(Terms(), clock)
    assert backoff.failing_s == 0.0
    for _ in range(3):
        backoff.failed(0.0)
        clock.advance(10)
    assert backoff.failing_s == 30.0

    backoff.succeeded()
    assert backoff.failing_s == 0.0


def test_a_failure_is_news_for_as_long_as_a_value_is_not_looked_at(clock: StoppedClock) -> None:
    backoff = Backoff(Terms(ttl_s=300), clock)
    seen = [backoff.is_news]
    backoff.failed(0.0)
    for seconds in (0, 299, 1):
        clock.advance(seconds)
        seen.append(backoff.is_news)

    assert seen == [False, True, True, False]
