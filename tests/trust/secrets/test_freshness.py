"""How long a secret is good, and when it is looked at again."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.secrets.freshness import FOR_EVER, Age, Life, Terms, life, pause_s

TERMS = Terms(ttl_s=300.0, max_stale_s=900.0, jitter=0.2)

seconds = st.floats(min_value=0.001, max_value=1e7)
draws = st.floats(min_value=0.0, max_value=1.0)
leases = st.one_of(st.none(), seconds)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Return bounds as a deployer could set them, also the wrong way round."""
    return Terms(
        ttl_s=draw(seconds),
        max_stale_s=draw(seconds),
        jitter=draw(st.floats(min_value=0.0, max_value=0.99)),
    )


@pytest.mark.parametrize(
    ("lease_s", "due_s", "over_s"),
    [
        pytest.param(None, 300.0, 899.0, id="no-lease"),
        pytest.param(3600.0, 2400.0, 3590.0, id="an-hour"),
        pytest.param(30.0, 20.0, 27.0, id="half-a-minute"),
        pytest.param(3.0, 2.0, 2.7, id="three-seconds"),
    ],
)
def test_a_lease_is_renewed_at_two_thirds_and_over_before_its_end(
    lease_s: float | None, due_s: float, over_s: float
) -> None:
    found = life(lease_s, TERMS, 0.0)

    assert found.due_s == pytest.approx(due_s)
    assert found.over_s == pytest.approx(over_s)


@pytest.mark.parametrize("lease_s", [0.0, -1.0, -inf, nan])
def test_what_is_no_lease_is_over_at_once(lease_s: float) -> None:
    assert life(lease_s, TERMS, 0.5).age(0.0) is Age.OVER


def test_a_lease_without_end_is_never_over() -> None:
    assert life(inf, TERMS, 0.5).age(1e12) is Age.FRESH


def test_what_is_constant_is_never_looked_at() -> None:
    assert FOR_EVER.age(1e12) is Age.FRESH


@pytest.mark.parametrize(
    ("elapsed_s", "age"),
    [
        (-5.0, Age.FRESH),
        (0.0, Age.FRESH),
        (9.999, Age.FRESH),
        (10.0, Age.DUE),
        (29.999, Age.DUE),
        (30.0, Age.OVER),
        (1e9, Age.OVER),
    ],
)
def test_an_age_is_judged_by_its_bounds(elapsed_s: float, age: Age) -> None:
    assert Life(10.0, 30.0).age(elapsed_s) is age


@given(leases, terms(), draws)
def test_nothing_is_over_before_it_is_due(
    lease_s: float | None, bounds: Terms, draw: float
) -> None:
    found = life(lease_s, bounds, draw)

    assert 0.0 <= found.due_s <= found.over_s


@given(leases, terms(), draws)
def test_nothing_outlives_its_bound(lease_s: float | None, bounds: Terms, draw: float) -> None:
    bound_s = bounds.max_stale_s if lease_s is None else lease_s

    assert life(lease_s, bounds, draw).over_s < bound_s


@given(leases, terms(), draws)
def test_chance_makes_a_look_earlier_and_moves_no_bound(
    lease_s: float | None, bounds: Terms, draw: float
) -> None:
    latest, found = life(lease_s, bounds, 0.0), life(lease_s, bounds, draw)

    assert found.due_s <= latest.due_s
    assert found.due_s >= latest.due_s * (1 - bounds.jitter) * 0.999
    assert found.over_s == latest.over_s


@given(leases, terms(), draws, seconds, seconds)
def test_ages_only_go_one_way(
    lease_s: float | None, bounds: Terms, draw: float, first_s: float, second_s: float
) -> None:
    order = [Age.FRESH, Age.DUE, Age.OVER]
    found = life(lease_s, bounds, draw)
    young, old = found.age(min(first_s, second_s)), found.age(max(first_s, second_s))

    assert order.index(young) <= order.index(old)


def test_processes_that_began_together_do_not_look_together() -> None:
    dues = {life(3600.0, TERMS, draw / 10).due_s for draw in range(10)}

    assert len(dues) == 10


def test_pauses_double_up_to_a_minute() -> None:
    pauses = [pause_s(failures, TERMS, 0.0) for failures in range(1, 9)]

    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert pause_s(10_000_000, TERMS, 0.0) == 60.0


@given(st.integers(min_value=1, max_value=1 << 40), terms(), draws)
def test_no_pause_is_longer_than_a_minute_or_none_at_all(
    failures: int, bounds: Terms, draw: float
) -> None:
    assert 0.0 < pause_s(failures, bounds, draw) <= 60.0
