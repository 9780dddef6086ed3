"""Lifetimes: what is asked counts from now, and nothing outlives its maximum."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devstack.vault.errors import VaultError
from devstack.vault.lifetime import SYSTEM_TTL_S, Bounds, lifetime
from devstack.vault.request import Operation, Request

SECONDS = st.integers(min_value=0, max_value=int(10 * SYSTEM_TTL_S))


@settings(max_examples=50)
@given(ttl=SECONDS, most=SECONDS, explicit=SECONDS, asked=SECONDS, age=SECONDS)
def test_nothing_outlives_its_maximum(
    ttl: int, most: int, explicit: int, asked: int, age: int
) -> None:
    bounds = Bounds(ttl_s=ttl, max_s=most, explicit_max_s=explicit)
    since, now = 1000.0, 1000.0 + age
    try:
        left_s = lifetime(bounds, asked_s=asked, since=since, now=now).left_s
    except VaultError:
        assert age >= bounds.longest_s
        return

    assert left_s > 0
    assert age + left_s <= bounds.longest_s
    if asked:
        assert left_s <= asked


@pytest.mark.parametrize("bounds", [Bounds(max_s=60), Bounds(period_s=10, explicit_max_s=60)])
def test_what_is_past_its_maximum_is_not_renewed(bounds: Bounds) -> None:
    with pytest.raises(VaultError, match="past the max TTL"):
        lifetime(bounds, asked_s=10, since=0, now=60)


def test_whoever_was_not_let_in_is_nobody() -> None:
    with pytest.raises(VaultError, match="permission denied"):
        _ = Request(operation=Operation.READ, path="x", now=0).who
