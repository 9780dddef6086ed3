"""Refreshing once, whatever happens in the meantime: to the provider, the store, or the login."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import TypeVar

import pytest

from fakes.clock import NOW, StoppedClock
from fakes.desk import Desk, open_desk
from fakes.faulty_table import FaultyTable
from fakes.login import expiring, new_session
from fakes.rotation import LIFETIME_S
from fakes.token_endpoint import RotatingEndpoint
from trust.clock import NumericDate
from trust.secret import Secret
from trust.session.errors import NotLoggedIn, ProviderUnavailable
from trust.session.record import Lease, Session
from trust.session.refresh import (
    LEASE_S,
    MARGIN_S,
    Due,
    Fresh,
    Taken,
    decide,
    usable,
)
from trust.store.memory import MemoryTable

Answer = TypeVar("Answer")


@pytest.fixture
def store() -> FaultyTable:
    return FaultyTable(MemoryTable())


@pytest.fixture
def desk(store: FaultyTable, clock: StoppedClock, endpoint: RotatingEndpoint) -> Desk:
    return open_desk(store, clock, endpoint)


@pytest.fixture
def other(store: FaultyTable, clock: StoppedClock, endpoint: RotatingEndpoint) -> Desk:
    """Return another instance on the same table."""
    return open_desk(store, clock, endpoint, holder="two")


def due(*, left_s: int = 60) -> Session:
    """Return a session whose access token lasts for this much longer."""
    return expiring(new_session(), at=NOW + left_s)


async def in_mid_call(desk: Desk, request: Awaitable[Answer], between: Awaitable[object]) -> Answer:
    """Do `request`, and `between` while the token endpoint holds its answer back."""
    desk.endpoint.open.clear()
    desk.endpoint.entered.clear()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(_settled(request))
        await desk.endpoint.entered.wait()
        await between
        desk.endpoint.open.set()
    result = task.result()
    if isinstance(result, BaseException):
        raise result
    return result


async def _settled(request: Awaitable[Answer]) -> Answer | BaseException:
    (result,) = await asyncio.gather(request, return_exceptions=True)
    return result


# -- decisions

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


# -- a refresh


async def test_fresh_tokens_are_not_refreshed(desk: Desk) -> None:
    session = await desk.log_in(due(left_s=MARGIN_S))

    assert await desk.refresher.fresh(session) is session
    assert desk.endpoint.calls == 0


async def test_tokens_about_to_expire_are_refreshed_and_kept(desk: Desk) -> None:
    session = await desk.log_in(due())

    fresh = await desk.refresher.fresh(session)

    assert fresh.tokens.access_token == Secret("access-1")
    assert fresh.tokens.expires_at == NOW + LIFETIME_S
    assert fresh.lease is None
    assert await desk.stored(session) == fresh


async def test_the_idle_time_does_not_move_by_a_refresh(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.clock.advance(59)

    fresh = await desk.refresher.fresh(session)

    assert (fresh.seen_at, fresh.idle_expires_at) == (session.seen_at, session.idle_expires_at)


async def test_the_right_to_refresh_is_written_down_before_the_provider_is_called(
    desk: Desk,
) -> None:
    session = await desk.log_in(due())
    rows: list[Session | None] = []

    async def look() -> None:
        rows.append(await desk.stored(session))

    await in_mid_call(desk, desk.refresher.fresh(session), look())

    (row,) = rows
    assert row is not None
    assert row.lease == Lease(holder="one", until=NumericDate(NOW + LEASE_S))
    assert row.tokens == session.tokens


async def test_one_login_can_be_refreshed_again_and_again(desk: Desk) -> None:
    session = await desk.log_in(due())
    for _ in range(5):
        session = await desk.refresher.fresh(session)
        desk.clock.advance(LIFETIME_S)

    assert desk.endpoint.calls == 5
    assert not desk.endpoint.rotation.ended


# -- others want it, too


async def test_who_waits_uses_what_the_winner_got(desk: Desk, other: Desk) -> None:
    session = await desk.log_in(due())
    waiting: list[asyncio.Task[Session]] = []

    async def come_second() -> None:
        row = await other.stored(session)
        assert row is not None
        waiting.append(asyncio.ensure_future(other.refresher.fresh(row)))
        await asyncio.sleep(0)

    won = await in_mid_call(desk, desk.refresher.fresh(session), come_second())

    assert await waiting[0] == won
    assert desk.endpoint.calls == 1


async def test_who_lost_the_race_for_the_lease_does_not_call(desk: Desk, other: Desk) -> None:
    session = await desk.log_in(due())

    # Both read the row before either of them wrote.
    both = await asyncio.gather(desk.refresher.fresh(session), other.refresher.fresh(session))

    assert both[0] == both[1]
    assert desk.endpoint.calls == 1


async def test_an_old_copy_of_the_row_does_not_spend_the_token_again(
    desk: Desk, other: Desk
) -> None:
    session = await desk.log_in(due())
    fresh = await desk.refresher.fresh(session)

    assert await other.refresher.fresh(session) == fresh
    assert desk.endpoint.calls == 1


async def test_a_lease_that_ran_out_is_taken_over(desk: Desk) -> None:
    left_behind = replace(due(), lease=Lease(holder="gone", until=NumericDate(NOW + LEASE_S)))
    session = await desk.log_in(left_behind)

    fresh = await desk.refresher.fresh(session)

    # Not a second earlier: the holder might still be in mid-call.
    assert desk.clock.now() == NOW + LEASE_S
    assert fresh.tokens.access_token == Secret("access-1")


@pytest.mark.parametrize("left_s", [60, 0], ids=["usable", "expired"])
async def test_who_waits_in_vain_goes_on_with_the_old_token_while_it_lasts(
    desk: Desk, left_s: int
) -> None:
    endless = Lease(holder="two", until=NumericDate(NOW + 10 * LEASE_S))
    session = await desk.log_in(replace(due(left_s=left_s), lease=endless))

    if left_s:
        assert await desk.refresher.fresh(session) == session
    else:
        with pytest.raises(ProviderUnavailable):
            await desk.refresher.fresh(session)

    assert LEASE_S <= desk.clock.now() - NOW <= LEASE_S + 1
    assert desk.endpoint.calls == 0


# -- the provider says no, or nothing


async def test_a_refused_refresh_token_ends_the_session(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.rotation.ended = True

    with pytest.raises(NotLoggedIn):
        await desk.refresher.fresh(session)

    assert await desk.stored(session) is None


async def test_a_provider_that_is_away_ends_nothing(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.away = True

    served = await desk.refresher.fresh(session)

    assert served.tokens == session.tokens
    row = await desk.stored(session)
    assert row is not None
    assert row.lease is None


async def test_a_provider_that_is_away_for_too_long_is_told(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.away = True
    desk.clock.advance(60)

    with pytest.raises(ProviderUnavailable):
        await desk.refresher.fresh(session)

    desk.endpoint.away = False
    row = await desk.stored(session)
    assert row is not None
    fresh = await desk.refresher.fresh(row)
    assert fresh.tokens.access_token == Secret("access-1")
