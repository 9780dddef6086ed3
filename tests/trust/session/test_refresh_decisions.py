"""What is decided about a session's tokens, to the second, and how long nothing is tried."""

from dataclasses import replace

import pytest

from fakes.clock import NOW
from fakes.login import expiring, new_session
from trust.clock import NumericDate
from trust.session.record import Lease, Session, Setback
from trust.session.refresh import (
    MARGIN_S,
    PAUSES_S,
    Due,
    Fresh,
    Paused,
    Taken,
    decide,
    setback_of,
    usable,
)


def due(*, left_s: int = 60) -> Session:
    """Return a session whose access token lasts for this much longer."""
    return expiring(new_session(), at=NOW + left_s)


LEASED = Lease(holder="two", until=NumericDate(NOW + 10))


@pytest.mark.parametrize(
    ("left_s", "lease", "decision"),
    [
        pytest.param(MARGIN_S + 1, None, Fresh(), id="more-than-the-margin"),
        pytest.param(MARGIN_S, None, Fresh(), id="the-margin"),
        pytest.param(MARGIN_S - 1, None, Due(), id="less-than-the-margin"),
        pytest.param(0, None, Due(), id="expired"),
        pytest.param(-1000, None, Due(), id="long-expired"),
        pytest.param(MARGIN_S, LEASED, Fresh(), id="fresh-although-leased"),
        pytest.param(MARGIN_S - 1, LEASED, Taken(), id="leased"),
        pytest.param(-1000, LEASED, Taken(), id="expired-and-leased"),
        pytest.param(
            0, replace(LEASED, until=NumericDate(NOW + 1)), Taken(), id="lease-last-second"
        ),
        pytest.param(0, replace(LEASED, until=NOW), Due(), id="lease-run-out"),
        pytest.param(0, replace(LEASED, until=NumericDate(NOW - 1)), Due(), id="lease-long-gone"),
    ],
)
def test_what_is_decided_to_the_second(
    left_s: int, lease: Lease | None, decision: Fresh | Due | Taken
) -> None:
    assert decide(replace(due(left_s=left_s), lease=lease), NOW) == decision


@pytest.mark.parametrize(
    ("left_s", "until", "lease", "decision"),
    [
        pytest.param(60, NOW + 5, None, Paused(5), id="too-early"),
        pytest.param(0, NOW + 1, None, Paused(1), id="expired-and-too-early"),
        pytest.param(60, NOW, None, Due(), id="over"),
        pytest.param(MARGIN_S, NOW + 5, None, Fresh(), id="fresh-all-the-same"),
        pytest.param(60, NOW + 5, LEASED, Taken(), id="somebody-tries"),
    ],
)
def test_after_a_failure_nothing_is_tried_for_a_while(
    left_s: int, until: int, lease: Lease | None, decision: Fresh | Due | Taken | Paused
) -> None:
    setback = Setback(failures=1, until=NumericDate(until))

    assert decide(replace(due(left_s=left_s), setback=setback, lease=lease), NOW) == decision


def test_pauses_grow_with_each_failure_up_to_the_longest() -> None:
    session, pauses = due(left_s=0), [0]
    for _ in range(len(PAUSES_S) + 2):
        session = replace(session, setback=setback_of(session, NOW))
        assert session.setback is not None
        pauses.append(session.setback.until - NOW)

    assert pauses == [0, *PAUSES_S, PAUSES_S[-1], PAUSES_S[-1]]
    assert sorted(pauses) == pauses


@pytest.mark.parametrize(("left_s", "pause_s"), [(3600, 15), (9, 9), (1, 1), (0, 15), (-5, 15)])
def test_a_pause_ends_with_the_access_token(left_s: int, pause_s: int) -> None:
    before = Setback(failures=7, until=NOW)

    assert setback_of(replace(due(left_s=left_s), setback=before), NOW) == Setback(
        failures=8, until=NumericDate(NOW + pause_s)
    )


def test_a_token_without_an_end_does_not_end_a_pause() -> None:
    session = due()
    endless = replace(session, tokens=replace(session.tokens, expires_at=None))

    assert setback_of(endless, NOW) == Setback(failures=1, until=NumericDate(NOW + PAUSES_S[0]))


@pytest.mark.parametrize(
    ("lives_s", "margin_s"),
    [(3600, MARGIN_S), (2 * MARGIN_S, MARGIN_S), (2 * MARGIN_S - 2, MARGIN_S - 1), (60, 30)],
)
def test_a_token_that_does_not_live_long_is_refreshed_at_half_its_life(
    lives_s: int, margin_s: int
) -> None:
    session = due()
    tokens = replace(session.tokens, received_at=NOW, expires_at=NumericDate(NOW + lives_s))
    session = replace(session, tokens=tokens)

    assert decide(session, NumericDate(NOW + lives_s - margin_s)) == Fresh()
    assert decide(session, NumericDate(NOW + lives_s - margin_s + 1)) == Due()


@pytest.mark.parametrize("lives_s", [0, 1])
def test_a_token_that_has_expired_is_never_fresh(lives_s: int) -> None:
    session = due()
    tokens = replace(session.tokens, received_at=NOW, expires_at=NumericDate(NOW + lives_s))

    assert decide(replace(session, tokens=tokens), NumericDate(NOW + lives_s)) == Due()


def test_what_cannot_be_refreshed_or_does_not_expire_is_left_alone() -> None:
    session = due(left_s=0)

    without = replace(session, tokens=replace(session.tokens, refresh_token=None))
    endless = replace(session, tokens=replace(session.tokens, expires_at=None))

    assert decide(without, NOW) == Fresh()
    assert decide(endless, NOW) == Fresh()


@pytest.mark.parametrize(("left_s", "is_usable"), [(1, True), (0, False), (-1, False)])
def test_an_access_token_is_usable_until_its_second(left_s: int, *, is_usable: bool) -> None:
    assert usable(due(left_s=left_s), NOW) is is_usable


def test_an_access_token_without_an_end_is_usable() -> None:
    session = due()

    assert usable(replace(session, tokens=replace(session.tokens, expires_at=None)), NOW)
