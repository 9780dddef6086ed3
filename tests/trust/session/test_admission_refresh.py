"""Requests whose tokens are about to expire: refreshed once, whoever goes away meanwhile."""

import asyncio
import gc
import json

import pytest

from fakes.clock import NOW
from fakes.desk import Desk
from fakes.faulty_table import FaultyTable
from fakes.login import cookie_of, expiring, new_session
from trust.secret import Secret
from trust.session import admission
from trust.session.errors import NotLoggedIn, ProviderUnavailable
from trust.session.lease import LEASE_S
from trust.session.record import Session
from trust.session.refresh import PAUSES_S


def due() -> Session:
    return expiring(new_session(), at=NOW + 60)


async def test_a_request_gets_fresh_tokens(desk: Desk) -> None:
    session = await desk.log_in(due())

    admitted = await desk.admit(session)

    assert admitted.tokens.access_token == Secret("access-1")


async def test_the_refreshed_session_is_the_one_remembered(desk: Desk, store: FaultyTable) -> None:
    session = await desk.log_in(due())
    await desk.admit(session)
    reads = store.reads

    again = await desk.admit(session)

    assert again.tokens.access_token == Secret("access-1")
    assert store.reads == reads


async def test_looking_at_a_session_refreshes_nothing(desk: Desk) -> None:
    session = await desk.log_in(due())

    await desk.admission.identify(cookie_of(session))

    assert desk.endpoint.calls == 0


async def test_who_is_logged_out_by_the_provider_is_not_remembered(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.rotation.ended = True

    results = await asyncio.gather(*(desk.admit(session) for _ in range(5)), return_exceptions=True)

    assert [type(result) for result in results] == [NotLoggedIn] * 5
    with pytest.raises(NotLoggedIn):
        await desk.admission.identify(cookie_of(session))
    assert desk.endpoint.calls == 1


async def test_while_the_provider_is_away_the_old_token_serves_to_its_end(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.away = True

    desk.clock.advance(59)
    assert (await desk.admit(session)).tokens.access_token == Secret("access-0")
    desk.clock.advance(1)
    with pytest.raises(ProviderUnavailable):
        await desk.admit(session)

    desk.endpoint.away = False
    desk.clock.advance(PAUSES_S[1])
    assert (await desk.admit(session)).tokens.access_token == Secret("access-1")


async def test_a_provider_that_is_away_is_not_called_by_every_request(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.away = True
    await desk.admit(session)
    desk.endpoint.entered.clear()

    admitted = await asyncio.gather(*(desk.admit(session) for _ in range(20)))

    assert {one.tokens.access_token for one in admitted} == {Secret("access-0")}
    assert not desk.endpoint.entered.is_set()


async def test_a_failed_refresh_does_not_move_the_idle_time(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.away = True
    desk.clock.advance(60)

    with pytest.raises(ProviderUnavailable):
        await desk.admit(session)

    row = await desk.stored(session)
    assert row is not None
    assert row.idle_expires_at == session.idle_expires_at


async def test_a_browser_that_goes_away_does_not_abort_the_rotation(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.open.clear()
    request = asyncio.ensure_future(desk.admit(session))
    await desk.endpoint.entered.wait()
    refreshes = under_way(request)

    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    desk.endpoint.open.set()
    await ended(refreshes)

    row = await desk.stored(session)
    assert row is not None
    assert row.tokens.refresh_token == Secret("refresh-1")
    assert (await desk.admit(session)).tokens.access_token == Secret("access-1")
    assert desk.endpoint.calls == 1


async def test_one_browser_that_goes_away_takes_nothing_from_the_others(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.open.clear()
    requests = [asyncio.ensure_future(desk.admit(session)) for _ in range(3)]
    await desk.endpoint.entered.wait()

    requests[0].cancel()
    desk.endpoint.open.set()
    results = await asyncio.gather(*requests, return_exceptions=True)

    assert isinstance(results[0], asyncio.CancelledError)
    assert [
        result.tokens.access_token for result in results[1:] if isinstance(result, Session)
    ] == [Secret("access-1")] * 2


async def test_a_refresh_that_failed_when_everybody_had_gone_is_no_noise(desk: Desk) -> None:
    session = await desk.log_in(expiring(new_session(), at=NOW))
    desk.endpoint.open.clear()
    desk.endpoint.away = True
    request = asyncio.ensure_future(desk.admit(session))
    await desk.endpoint.entered.wait()
    refreshes = under_way(request)

    request.cancel()
    desk.endpoint.open.set()
    await ended(refreshes)
    del refreshes, request
    gc.collect()

    # The loop would complain of an exception that nobody looked at: `quiet_loop`.
    assert desk.endpoint.calls == 0


async def test_a_refresh_that_was_cancelled_can_be_begun_anew(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.open.clear()
    request = asyncio.ensure_future(desk.admit(session))
    await desk.endpoint.entered.wait()

    # As the end of the event loop does.
    for task in under_way(request):
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    desk.endpoint.open.set()
    desk.clock.advance(LEASE_S)

    assert (await desk.admit(session)).tokens.access_token == Secret("access-1")


# -- nobody waits for ever


@pytest.mark.parametrize(
    ("left_s", "waits"), [(60, "WAIT_USABLE_S"), (0, "WAIT_S")], ids=["usable", "expired"]
)
async def test_a_request_waits_only_so_long_and_the_refresh_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, left_s: int, waits: str
) -> None:
    session = await desk.log_in(expiring(new_session(), at=NOW + left_s))
    desk.endpoint.open.clear()
    monkeypatch.setattr(admission, waits, 0.01)

    async with asyncio.timeout(2):
        if left_s:
            assert (await desk.admit(session)).tokens.access_token == Secret("access-0")
        else:
            with pytest.raises(ProviderUnavailable):
                await desk.admit(session)
    desk.endpoint.open.set()
    await desk.admission.close()

    assert (await desk.admit(session)).tokens.access_token == Secret("access-1")
    assert desk.endpoint.calls == 1


async def test_closing_waits_for_the_refreshes_under_way(desk: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.open.clear()
    request = asyncio.ensure_future(desk.admit(session))
    await desk.endpoint.entered.wait()
    request.cancel()

    closing = asyncio.ensure_future(desk.admission.close())
    await asyncio.sleep(0)
    assert not closing.done()
    desk.endpoint.open.set()
    await closing

    row = await desk.stored(session)
    assert row is not None
    assert row.tokens.refresh_token == Secret("refresh-1")


async def test_closing_does_not_wait_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="gatehouse")
    session = await desk.log_in(due())
    desk.endpoint.open.clear()
    request = asyncio.ensure_future(desk.admit(session))
    await desk.endpoint.entered.wait()
    monkeypatch.setattr(admission, "CLOSE_WITHIN_S", 0.01)

    await desk.admission.close()

    lines = [json.loads(record.message) for record in caplog.records]
    assert {"event": "session.refresh_unfinished", "count": 1} in lines
    desk.endpoint.open.set()
    await request


async def test_closing_where_nothing_is_under_way_is_done_at_once(desk: Desk) -> None:
    await desk.admission.close()


def under_way(request: asyncio.Task[Session]) -> set[asyncio.Task[object]]:
    """Return the refreshes of this process: what runs beside the test and its request."""
    current = asyncio.current_task()
    return {task for task in asyncio.all_tasks() if task not in {current, request}}


async def ended(refreshes: set[asyncio.Task[object]]) -> None:
    """Wait until the refreshes have ended, and everybody has been told."""
    await asyncio.wait(refreshes)
    await asyncio.sleep(0)
