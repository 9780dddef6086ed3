"""A session in use: when its idle time is moved on, and that nobody waits for that."""

import asyncio
from dataclasses import replace

import pytest

from fakes.clock import NOW
from fakes.desk import Desk
from fakes.faulty_table import FaultyTable
from fakes.login import ABSOLUTE_S, IDLE_S, cookie_of, new_session
from trust.clock import NumericDate
from trust.session.errors import NotLoggedIn


async def test_use_is_written_down_once_a_minute(forgetful: Desk) -> None:
    session = await forgetful.log_in(new_session())
    versions: list[int] = []
    for _ in range(7):
        forgetful.clock.advance(20)
        await forgetful.admit(session)
        row = await forgetful.stored(session)
        assert row is not None
        versions.append(row.version)

    assert versions == [1, 1, 2, 2, 2, 3, 3]


async def test_looking_at_a_session_is_no_use_of_it(forgetful: Desk) -> None:
    session = await forgetful.log_in(new_session())
    forgetful.clock.advance(60)

    await forgetful.admission.identify(cookie_of(session))

    assert await forgetful.stored(session) == session


async def test_an_idle_session_ends_to_the_second(desk: Desk) -> None:
    session = await desk.log_in(new_session())
    desk.clock.advance(IDLE_S - 1)
    await desk.admit(session)
    await desk.admission.close()
    moved = await desk.stored(session)
    assert moved is not None
    assert moved.idle_expires_at == NOW + IDLE_S - 1 + IDLE_S

    desk.clock.advance(IDLE_S)

    with pytest.raises(NotLoggedIn):
        await desk.admit(session)


async def test_a_session_in_use_ends_at_its_absolute_end(desk: Desk) -> None:
    session = new_session()
    session = await desk.log_in(replace(session, tokens=replace(session.tokens, expires_at=None)))
    for _ in range(ABSOLUTE_S // 1200 - 1):
        desk.clock.advance(1200)
        await desk.admit(session)
    desk.clock.advance(1199)
    await desk.admit(session)

    desk.clock.advance(1)

    with pytest.raises(NotLoggedIn):
        await desk.admit(session)


async def test_a_session_that_ended_is_not_moved_on(desk: Desk, forgetful: Desk) -> None:
    session = await desk.log_in(replace(new_session(), seen_at=NumericDate(NOW - 60)))
    await desk.admission.identify(cookie_of(session))
    await forgetful.ledger.end(session.owner, session.id_hash)

    # Still remembered here; the write, for which nobody waits, finds that it is gone.
    await desk.admit(session)
    await desk.admission.close()

    with pytest.raises(NotLoggedIn):
        await desk.admit(session)
    assert await desk.stored(session) is None


async def test_two_requests_that_move_a_session_on_are_both_served(desk: Desk) -> None:
    session = await desk.log_in(new_session())
    desk.clock.advance(60)

    served = await asyncio.gather(*(desk.admit(session) for _ in range(5)))

    assert len(served) == 5
    await desk.admission.close()
    row = await desk.stored(session)
    assert row is not None
    assert (row.version, row.seen_at) == (2, NOW + 60)
    assert await desk.admit(session) == row


async def test_however_many_requests_come_at_once_their_session_is_moved_on_by_one_write(
    desk: Desk, store: FaultyTable
) -> None:
    session = await desk.log_in(new_session())
    desk.clock.advance(60)
    store.failing_puts = 1

    await asyncio.gather(*(desk.admit(session) for _ in range(5)))
    await desk.admission.close()

    assert await desk.stored(session) == session


async def test_where_nothing_is_remembered_a_session_is_moved_on_before_its_request_is_served(
    forgetful: Desk,
) -> None:
    """The process may be frozen as soon as it has answered."""
    session = await forgetful.log_in(new_session())
    forgetful.clock.advance(60)

    served = await forgetful.admit(session)

    assert served.seen_at == NOW + 60
    assert await forgetful.stored(session) == served


async def test_a_store_that_takes_no_writes_keeps_nobody_from_work(
    desk: Desk, store: FaultyTable, caplog: pytest.LogCaptureFixture
) -> None:
    session = await desk.log_in(new_session())
    desk.clock.advance(60)
    store.full = True

    for _ in range(2):
        assert await desk.admit(session) == session
        await desk.admission.close()
    assert caplog.text.count("session.not_touched") == 2

    store.full = False
    await desk.admit(session)
    await desk.admission.close()
    assert (await desk.admit(session)).seen_at == NOW + 60
