"""What can be said of a cookie without waiting: who is let in at once, and who was here last."""

from dataclasses import replace

import pytest

from fakes.clock import NOW, StoppedClock
from fakes.desk import CACHE_S, Desk
from fakes.faulty_table import FaultyTable
from fakes.login import BOB, cookie_of, expiring, new_session
from trust.session.errors import NotLoggedIn


async def test_who_is_remembered_is_admitted_at_once(desk: Desk, store: FaultyTable) -> None:
    session = await desk.log_in(new_session())
    assert desk.admission.at_once(cookie_of(session)) is None

    await desk.admission.admit(cookie_of(session))
    store.down = True

    assert desk.admission.at_once(cookie_of(session)) == session
    assert desk.admission.at_once([]) is None


async def test_a_session_that_needs_something_done_is_not_admitted_at_once(desk: Desk) -> None:
    session = await desk.log_in(expiring(new_session(), at=NOW + 1))

    read = await desk.admission.identify(cookie_of(session))

    assert await desk.admission.identify(cookie_of(session)) is read
    assert desk.admission.at_once(cookie_of(session)) is None


async def test_the_last_that_was_known_is_told_however_old_but_not_of_what_has_ended_here(
    desk: Desk, clock: StoppedClock
) -> None:
    session = await desk.log_in(new_session())
    cookies = cookie_of(session)
    assert desk.admission.last(cookies) is None
    await desk.admission.admit(cookies)
    assert desk.admission.last(cookies) is None

    clock.advance(CACHE_S * 100)
    assert desk.admission.last(cookies) == session

    desk.admission.forget(session.id_hash)
    assert desk.admission.last(cookies) is None


async def test_a_session_that_was_found_to_have_ended_elsewhere_is_remembered_no_more(
    desk: Desk, clock: StoppedClock
) -> None:
    session = await desk.log_in(new_session())
    cookies = cookie_of(session)
    await desk.admission.admit(cookies)
    clock.advance(CACHE_S)
    await desk.ledger.end(session.owner, session.id_hash)
    assert desk.admission.last(cookies) == session

    with pytest.raises(NotLoggedIn):
        await desk.admission.admit(cookies)

    assert desk.admission.last(cookies) is None


async def test_under_another_hint_nothing_is_known_of_a_session(
    desk: Desk, clock: StoppedClock
) -> None:
    session = await desk.log_in(new_session())
    await desk.admission.admit(cookie_of(session))
    hint = replace(session, owner=session.owner._replace(subject=BOB.subject))

    assert desk.admission.at_once(cookie_of(hint)) is None
    clock.advance(CACHE_S)
    assert desk.admission.last(cookie_of(session)) == session
    assert desk.admission.last(cookie_of(hint)) is None
