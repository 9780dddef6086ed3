"""From a request's cookies to a live session: what is remembered, moved on and refused."""

from dataclasses import replace

import pytest

from fakes.clock import NOW, StoppedClock
from fakes.desk import CACHE_S, Desk, open_desk
from fakes.faulty_table import FaultyTable
from fakes.login import (
    BOB,
    CAROL,
    IDLE_S,
    cookie_of,
    expiring,
    new_session,
)
from fakes.token_endpoint import RotatingEndpoint
from trust.clock import NumericDate
from trust.errors import TrustError
from trust.session.cookie import SESSION_COOKIE
from trust.session.errors import CookieAmbiguous, NotLoggedIn, is_ended
from trust.session.ids import new_session_id
from trust.session.record import Owner
from trust.store.memory import MemoryTable
from trust.store.table import StoreUnavailable

# -- cookies


async def test_the_cookie_of_a_live_session_is_admitted(desk: Desk) -> None:
    session = await desk.log_in(new_session())

    assert await desk.admission.identify(cookie_of(session)) == session
    assert await desk.admission.admit(cookie_of(session)) == session


async def test_a_cookie_split_off_into_a_header_of_its_own_is_admitted(desk: Desk) -> None:
    session = await desk.log_in(new_session())

    assert await desk.admission.identify(["a=b", *cookie_of(session), "c=d"]) == session


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="absent"),
        pytest.param(["a=b"], id="others-only"),
        pytest.param([f"{SESSION_COOKIE}=garbage"], id="garbled"),
        pytest.param([f'{SESSION_COOKIE}="{cookie_of(new_session())[0]}"'], id="quoted"),
        pytest.param(cookie_of(new_session()), id="of-no-session"),
    ],
)
async def test_who_has_no_session_is_not_logged_in(desk: Desk, headers: list[str]) -> None:
    with pytest.raises(NotLoggedIn):
        await desk.admission.identify(headers)
    with pytest.raises(NotLoggedIn):
        await desk.admission.admit(headers)


@pytest.mark.parametrize(
    ("cookie", "ended"),
    [("a=b", False), (f"{SESSION_COOKIE}={'x' * 65536}", False), (f"{SESSION_COOKIE}=x", True)],
    ids=["absent", "too-large", "garbled"],
)
async def test_only_a_cookie_that_was_read_is_taken_away(
    desk: Desk, cookie: str, *, ended: bool
) -> None:
    with pytest.raises(TrustError) as refused:
        await desk.admission.identify([cookie])

    assert is_ended(refused.value) is ended


async def test_two_cookies_are_refused_even_if_one_is_right(desk: Desk) -> None:
    session = await desk.log_in(new_session())
    (cookie,) = cookie_of(session)

    for headers in ([f"{cookie}; {cookie}"], [cookie, f"{SESSION_COOKIE}=tossed"]):
        with pytest.raises(CookieAmbiguous):
            await desk.admission.admit(headers)


@pytest.mark.parametrize("hint", [BOB, CAROL], ids=["person", "tenant"])
@pytest.mark.parametrize("remembered", [True, False])
async def test_the_right_id_under_a_changed_hint_finds_nothing(
    desk: Desk, hint: Owner, *, remembered: bool
) -> None:
    session = await desk.log_in(new_session())
    if remembered:
        await desk.admit(session)
    tossed = replace(
        session, owner=session.owner._replace(tenant=hint.tenant, subject=hint.subject)
    )

    with pytest.raises(NotLoggedIn):
        await desk.admit(tossed)

    assert await desk.admit(session) == session


async def test_another_id_under_the_right_hint_finds_nothing(desk: Desk) -> None:
    session = await desk.log_in(new_session())

    with pytest.raises(NotLoggedIn):
        await desk.admit(replace(session, id=new_session_id()))


# -- the store


async def test_while_the_store_is_down_nobody_is_logged_in_and_nobody_is_logged_out(
    desk: Desk, store: FaultyTable
) -> None:
    session = await desk.log_in(new_session())
    store.down = True

    with pytest.raises(StoreUnavailable):
        await desk.admit(session)

    store.down = False
    assert await desk.admit(session) == session


# -- what is remembered


async def test_an_answer_is_remembered_for_less_than_a_second(
    desk: Desk, store: FaultyTable
) -> None:
    session = await desk.log_in(new_session())
    await desk.admission.identify(cookie_of(session))
    reads = store.reads

    desk.clock.advance(CACHE_S - 0.01)
    await desk.admission.identify(cookie_of(session))
    assert store.reads == reads

    desk.clock.advance(0.01)
    await desk.admission.identify(cookie_of(session))
    assert store.reads == reads + 1


async def test_a_session_ended_elsewhere_is_refused_after_a_second(
    desk: Desk, forgetful: Desk
) -> None:
    session = await desk.log_in(new_session())
    await desk.admit(session)
    await forgetful.ledger.end(session.owner, session.id_hash)

    desk.clock.advance(CACHE_S)

    with pytest.raises(NotLoggedIn):
        await desk.admit(session)


async def test_a_session_ended_elsewhere_is_refused_after_a_second_of_many_requests(
    desk: Desk, forgetful: Desk
) -> None:
    session = await desk.log_in(new_session())
    await desk.admit(session)
    await forgetful.ledger.end(session.owner, session.id_hash)

    for _ in range(3):
        desk.clock.advance(CACHE_S / 4)
        await desk.admit(session)
    desk.clock.advance(CACHE_S / 4)

    with pytest.raises(NotLoggedIn):
        await desk.admit(session)


async def test_the_second_is_counted_from_when_the_store_was_asked(
    clock: StoppedClock, endpoint: RotatingEndpoint
) -> None:
    class SlowTable(FaultyTable):
        async def get(self, key: object, *, now: NumericDate) -> object:  # type: ignore[override]
            found = await super().get(key, now=now)  # type: ignore[arg-type]
            clock.advance(0.9)
            return found

    desk = open_desk(SlowTable(MemoryTable()), clock, endpoint, cache_s=CACHE_S)  # type: ignore[arg-type]
    session = await desk.log_in(new_session())
    await desk.admission.identify(cookie_of(session))
    await desk.ledger.end(session.owner, session.id_hash)

    clock.advance(0.1)

    with pytest.raises(NotLoggedIn):
        await desk.admission.identify(cookie_of(session))


async def test_a_session_ended_here_is_refused_at_once(desk: Desk) -> None:
    session = await desk.log_in(new_session())
    await desk.admit(session)

    await desk.ledger.end(session.owner, session.id_hash)
    desk.admission.forget(session.id_hash)
    desk.admission.forget(session.id_hash)

    with pytest.raises(NotLoggedIn):
        await desk.admit(session)


async def test_a_refusal_is_not_remembered(desk: Desk) -> None:
    session = new_session()
    with pytest.raises(NotLoggedIn):
        await desk.admit(session)

    await desk.log_in(session)

    assert await desk.admit(session) == session


async def test_an_instance_may_remember_nothing(forgetful: Desk, store: FaultyTable) -> None:
    session = await forgetful.log_in(new_session())

    await forgetful.admit(session)
    await forgetful.admit(session)

    assert store.reads == 2


async def test_what_is_remembered_does_not_outlive_the_session(desk: Desk) -> None:
    session = await desk.log_in(replace(new_session(), ends_at=NumericDate(NOW + 1)))
    desk.clock.advance(0.9)
    await desk.admit(session)

    desk.clock.advance(0.1)

    with pytest.raises(NotLoggedIn):
        await desk.admit(session)


async def test_of_too_many_answers_the_oldest_is_forgotten(
    desk: Desk, store: FaultyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.remembered.SIZE", 2)
    first, second, third = [await desk.log_in(new_session()) for _ in range(3)]
    for session in (first, second, third):
        await desk.admit(session)
    reads = store.reads

    await desk.admit(second)
    await desk.admit(third)
    assert store.reads == reads
    await desk.admit(first)
    assert store.reads == reads + 1


# -- watching


async def test_who_watches_is_told_who_it_is_and_refreshes_nothing(desk: Desk) -> None:
    session = await desk.log_in(expiring(new_session(), at=NOW))

    assert await desk.admission.attend(cookie_of(session)) == session
    assert desk.endpoint.calls == 0


async def test_who_watches_uses_the_session(forgetful: Desk) -> None:
    session = await forgetful.log_in(new_session())
    forgetful.clock.advance(60)

    attended = await forgetful.admission.attend(cookie_of(session))

    assert attended.idle_expires_at == NOW + 60 + IDLE_S
    assert await forgetful.stored(session) == attended


async def test_who_watches_is_refused_within_a_second_of_the_end(
    desk: Desk, forgetful: Desk
) -> None:
    session = await desk.log_in(new_session())
    desk.clock.advance(60)
    await desk.admission.attend(cookie_of(session))
    await forgetful.ledger.end(session.owner, session.id_hash)

    desk.clock.advance(CACHE_S / 2)
    await desk.admission.attend(cookie_of(session))
    desk.clock.advance(CACHE_S / 2)

    with pytest.raises(NotLoggedIn):
        await desk.admission.attend(cookie_of(session))


async def test_who_watches_after_a_logout_does_not_bring_the_session_back(
    desk: Desk, forgetful: Desk
) -> None:
    session = await desk.log_in(new_session())
    desk.clock.advance(60 - CACHE_S / 2)
    await desk.admission.attend(cookie_of(session))
    await forgetful.ledger.end(session.owner, session.id_hash)
    desk.clock.advance(CACHE_S / 2)

    with pytest.raises(NotLoggedIn):
        await desk.admission.attend(cookie_of(session))

    assert await desk.stored(session) is None
