"""Tokens that are refreshed beside a request, before anybody has to wait for it."""

import asyncio
from dataclasses import replace

import pytest

from fakes.clock import NOW
from fakes.desk import CACHE_S, Desk
from fakes.faulty_table import FaultyTable
from fakes.login import cookie_of, expiring, new_session
from trust.clock import NumericDate
from trust.secret import Secret
from trust.session.errors import NotLoggedIn
from trust.session.lifetime import SLIDE_EVERY_S
from trust.session.record import Lease, Session, Setback
from trust.session.refresh import LEAD_S, MARGIN_S, Due, Fresh, Paused, Taken, decide

OLD, NEW = Secret("access-0"), Secret("access-1")


def soon_due(*, left_s: int = LEAD_S // 2) -> Session:
    """Return a session whose tokens are due so much later."""
    return expiring(new_session(), at=NOW + MARGIN_S + left_s)


@pytest.mark.parametrize(
    ("lives_s", "lead_s"), [(3600, LEAD_S), (10 * LEAD_S, LEAD_S), (300, 30), (60, 6), (5, 0)]
)
def test_the_lead_is_a_tenth_of_a_short_life(lives_s: int, lead_s: int) -> None:
    session = new_session()
    tokens = replace(session.tokens, received_at=NOW, expires_at=NumericDate(NOW + lives_s))
    session, due = replace(session, tokens=tokens), NOW + lives_s - min(MARGIN_S, lives_s // 2)

    assert decide(session, NumericDate(due - lead_s), beside=True) == Fresh()
    assert decide(session, NumericDate(due - lead_s + 1), beside=True) == Due()
    assert decide(session, NumericDate(due)) == Fresh()


def test_nothing_begins_where_somebody_is_on_it_or_it_has_just_failed() -> None:
    until = NumericDate(NOW + 10)
    leased = replace(soon_due(), lease=Lease(holder="two", until=until))
    failed = replace(soon_due(), setback=Setback(failures=1, until=until))

    assert decide(leased, NOW, beside=True) == Taken()
    assert decide(failed, NOW, beside=True) == Paused(10)


async def test_nobody_waits_for_a_refresh_that_is_not_due(desk: Desk) -> None:
    session = await desk.log_in(soon_due())
    desk.endpoint.open.clear()

    admitted = [await desk.admit(session) for _ in range(5)]

    assert {one.tokens.access_token for one in admitted} == {OLD}
    await desk.endpoint.entered.wait()
    desk.endpoint.open.set()
    await desk.admission.close()
    assert (await desk.admit(session)).tokens.access_token == NEW
    assert desk.endpoint.calls == 1


async def test_the_new_tokens_are_remembered_by_the_process_that_got_them(
    desk: Desk, store: FaultyTable
) -> None:
    session = await desk.log_in(soon_due())
    await desk.admit(session)
    await desk.admission.close()
    reads = store.reads

    admitted = desk.admission.at_once(cookie_of(session))

    assert admitted is not None
    assert admitted.tokens.access_token == NEW
    assert store.reads == reads


async def test_who_comes_when_it_is_due_waits_for_the_one_that_was_begun(desk: Desk) -> None:
    session = await desk.log_in(soon_due(left_s=1))
    desk.endpoint.open.clear()
    await desk.admit(session)
    await desk.endpoint.entered.wait()
    desk.clock.advance(2)

    late = asyncio.ensure_future(desk.admit(session))
    await asyncio.sleep(0)
    desk.endpoint.open.set()

    assert (await late).tokens.access_token == NEW
    assert desk.endpoint.calls == 1


async def test_a_process_that_may_be_frozen_begins_nothing(forgetful: Desk) -> None:
    """What the provider answers would arrive nowhere, and the refresh token would be spent."""
    session = await forgetful.log_in(soon_due())

    await forgetful.admit(session)
    await forgetful.admission.close()

    assert forgetful.endpoint.calls == 0


async def test_who_is_logged_out_by_the_provider_meanwhile_is_out_at_once(desk: Desk) -> None:
    session = await desk.log_in(soon_due())
    desk.endpoint.rotation.ended = True
    await desk.admit(session)

    await desk.admission.close()

    assert desk.admission.at_once(cookie_of(session)) is None
    with pytest.raises(NotLoggedIn):
        await desk.admit(session)


async def test_a_session_that_ended_here_meanwhile_is_not_remembered_again(
    desk: Desk, store: FaultyTable
) -> None:
    session = await desk.log_in(soon_due())
    desk.endpoint.open.clear()
    await desk.admit(session)
    await desk.endpoint.entered.wait()

    desk.admission.forget(session.id_hash)
    desk.endpoint.open.set()
    await desk.admission.close()

    reads = store.reads
    await desk.admit(session)
    assert store.reads == reads + 1


async def test_a_provider_that_is_away_is_not_called_by_every_request(desk: Desk) -> None:
    session = await desk.log_in(soon_due())
    desk.endpoint.away = True
    await desk.admit(session)
    await desk.admission.close()
    desk.endpoint.entered.clear()

    for _ in range(3):
        assert (await desk.admit(session)).tokens.access_token == OLD
        desk.clock.advance(CACHE_S / 2)
    await desk.admission.close()

    assert not desk.endpoint.entered.is_set()


async def test_where_another_process_is_on_it_nobody_looks_when_it_is_done(
    desk: Desk, store: FaultyTable
) -> None:
    lease = Lease(holder="two", until=NumericDate(NOW + 10))
    session = await desk.log_in(replace(soon_due(), lease=lease))

    assert (await desk.admit(session)).tokens.access_token == OLD
    await desk.admission.close()

    assert store.reads == 1
    assert desk.endpoint.calls == 0


async def test_the_idle_time_is_moved_on_all_the_same(desk: Desk) -> None:
    session = await desk.log_in(soon_due(left_s=SLIDE_EVERY_S + LEAD_S // 2))
    desk.clock.advance(SLIDE_EVERY_S)

    for _ in range(2):
        await desk.admit(session)
        await desk.admission.close()

    row = await desk.stored(session)
    assert row is not None
    assert row.seen_at == desk.clock.now()
    assert row.tokens.access_token == NEW
