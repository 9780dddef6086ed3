"""Refreshing once, whatever happens in the meantime: to the provider, the store, or the login."""

import asyncio
import json
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
from trust.session.lease import LEASE_S
from trust.session.record import Lease, Session, Setback
from trust.session.refresh import (
    MARGIN_S,
    PATIENCE_S,
    PAUSES_S,
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

    assert PATIENCE_S <= desk.clock.now() - NOW <= PATIENCE_S + 1
    assert desk.endpoint.calls == 0


# -- the provider says no, or nothing


async def test_a_refused_refresh_token_ends_the_session(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.rotation.ended = True

    with pytest.raises(NotLoggedIn):
        await desk.refresher.fresh(session)

    assert await desk.stored(session) is None
    # What a holder that died may have left behind at the provider ends with it.
    assert desk.endpoint.rotation.revoked == ["refresh-0"]


@pytest.mark.parametrize(
    ("away", "outcome", "why"),
    [(True, "failed", "provider_unavailable"), (False, "refused", "refresh_rejected")],
    ids=["away", "refused"],
)
async def test_a_refresh_that_fails_is_in_the_audit_trail(
    desk: Desk, caplog: pytest.LogCaptureFixture, *, away: bool, outcome: str, why: str
) -> None:
    caplog.set_level("INFO", logger="gatehouse")
    session = await desk.log_in(due())
    desk.endpoint.away = away
    desk.endpoint.rotation.ended = not away

    await asyncio.gather(desk.refresher.fresh(session), return_exceptions=True)

    lines = [json.loads(record.message) for record in caplog.records]
    (audited,) = [line for line in lines if line["event"] == "audit"]
    assert audited == {
        "event": "audit",
        "deed": "refresh",
        "outcome": outcome,
        "why": why,
        "tenant": "acme",
        "subject": session.owner.subject,
        "session": session.id_hash,
    }


async def test_a_provider_that_is_away_ends_nothing(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.away = True

    served = await desk.refresher.fresh(session)

    assert served.tokens == session.tokens
    row = await desk.stored(session)
    assert row is not None
    assert row.lease is None
    assert row.setback == Setback(failures=1, until=NumericDate(NOW + PAUSES_S[0]))


async def test_a_provider_that_is_away_is_asked_again_after_growing_pauses(desk: Desk) -> None:
    session = await desk.log_in(due(left_s=100))
    desk.endpoint.away = True
    asked_at: list[int] = []
    for second in range(61):
        desk.endpoint.entered.clear()
        session = await desk.refresher.fresh(session)
        asked_at += [second] if desk.endpoint.entered.is_set() else []
        desk.clock.advance(1)

    assert asked_at == [0, 2, 6, 14, 29, 44, 59]


async def test_a_pause_holds_in_every_instance(desk: Desk, other: Desk) -> None:
    session = await desk.log_in(due(left_s=0))
    desk.endpoint.away = True
    with pytest.raises(ProviderUnavailable):
        await desk.refresher.fresh(session)
    desk.endpoint.entered.clear()

    # Of its own reading, and of one from before the failure.
    for known in (await other.stored(session), session):
        assert known is not None
        with pytest.raises(ProviderUnavailable) as told:
            await other.refresher.fresh(known)
        assert told.value.retry_after == PAUSES_S[0]

    assert not desk.endpoint.entered.is_set()


async def test_a_refresh_that_succeeds_ends_the_setback(desk: Desk) -> None:
    session = await desk.log_in(replace(due(), setback=Setback(failures=3, until=NOW)))

    fresh = await desk.refresher.fresh(session)

    assert fresh.setback is None
    assert await desk.stored(session) == fresh


async def test_a_provider_that_is_away_for_too_long_is_told(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.away = True
    desk.clock.advance(60)

    with pytest.raises(ProviderUnavailable):
        await desk.refresher.fresh(session)

    desk.endpoint.away = False
    desk.clock.advance(PAUSES_S[0])
    row = await desk.stored(session)
    assert row is not None
    fresh = await desk.refresher.fresh(row)
    assert fresh.tokens.access_token == Secret("access-1")
