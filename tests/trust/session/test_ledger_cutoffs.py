"""Cutoffs, on every table: since when nobody may be logged in."""

import asyncio
import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from fakes.clock import NOW
from fakes.desk import ledger_of
from fakes.login import ALICE, BOB, CAROL, new_session, ticket_of
from trust.clock import NumericDate
from trust.session.errors import AuthenticationTooOld
from trust.session.ledger import CUTOFF_KEPT_S, Ledger, Login
from trust.session.provider_index import Named, pointers_key
from trust.session.record import Session
from trust.store.sqlite import SqliteTable
from trust.store.table import Item, Key, RowMalformed, Table

PARTITION = "APP#demo#TENANT#acme"


@pytest.fixture
def ledger(table: Table) -> Ledger:
    return ledger_of(table)


async def begin(ledger: Ledger, session: Session, *, attempt: str | None = None) -> Session:
    await ledger.create(
        session, Login(attempt=attempt or secrets.token_hex(8), begun_at=NOW), now=NOW
    )
    return session


async def found(ledger: Ledger, session: Session, *, now: int = NOW) -> Session | None:
    return await ledger.read(ticket_of(session), now=NumericDate(now))


CutOff = Callable[[Ledger, int], Awaitable[int]]


def cut_off_alice(ledger: Ledger, now: int) -> Awaitable[int]:
    return ledger.cut_off_subject(ALICE, now=NumericDate(now))


def cut_off_acme(ledger: Ledger, now: int) -> Awaitable[int]:
    return ledger.cut_off_tenant(ALICE.tenant, now=NumericDate(now))


BOTH_CUTOFFS = pytest.mark.parametrize("cut_off", [cut_off_alice, cut_off_acme])


@BOTH_CUTOFFS
async def test_a_cutoff_ends_what_is_there(ledger: Ledger, cut_off: CutOff) -> None:
    sessions = [await begin(ledger, new_session()) for _ in range(3)]

    ended = await cut_off(ledger, NOW + 1)

    assert ended == 3
    assert [await found(ledger, session) for session in sessions] == [None] * 3


@BOTH_CUTOFFS
async def test_who_authenticated_before_a_cutoff_gets_no_session(
    ledger: Ledger, cut_off: CutOff
) -> None:
    await cut_off(ledger, NOW)
    late = new_session(auth_time=NOW - 1)

    with pytest.raises(AuthenticationTooOld):
        await begin(ledger, late)

    assert await found(ledger, late) is None


@BOTH_CUTOFFS
@pytest.mark.parametrize("after_s", [0, 1])
async def test_who_authenticated_at_a_cutoff_or_later_gets_one(
    ledger: Ledger, cut_off: CutOff, after_s: int
) -> None:
    await cut_off(ledger, NOW)

    session = await begin(ledger, new_session(auth_time=NOW + after_s))

    assert await found(ledger, session) == session


@BOTH_CUTOFFS
async def test_a_cutoff_only_rises(ledger: Ledger, cut_off: CutOff) -> None:
    await cut_off(ledger, NOW)
    await cut_off(ledger, NOW - 100)

    with pytest.raises(AuthenticationTooOld):
        await begin(ledger, new_session(auth_time=NOW - 1))


@BOTH_CUTOFFS
async def test_a_cutoff_that_comes_late_still_ends_what_is_there(
    ledger: Ledger, cut_off: CutOff
) -> None:
    await cut_off(ledger, NOW)
    session = await begin(ledger, new_session())

    assert await cut_off(ledger, NOW - 100) == 1

    assert await found(ledger, session) is None


@BOTH_CUTOFFS
async def test_a_later_cutoff_rises(ledger: Ledger, cut_off: CutOff) -> None:
    await cut_off(ledger, NOW - 100)
    await cut_off(ledger, NOW)

    with pytest.raises(AuthenticationTooOld):
        await begin(ledger, new_session(auth_time=NOW - 1))


async def test_a_cutoff_of_a_person_is_nobody_else_s(ledger: Ledger) -> None:
    bob, carol = await begin(ledger, new_session(BOB)), await begin(ledger, new_session(CAROL))

    assert await cut_off_alice(ledger, NOW) == 0

    assert await found(ledger, bob) == bob
    assert await found(ledger, carol) == carol
    await begin(ledger, new_session(BOB, auth_time=NOW - 1))


async def test_a_cutoff_of_a_tenant_ends_all_of_it_and_nothing_else(ledger: Ledger) -> None:
    acme = [await begin(ledger, new_session(owner)) for owner in (ALICE, BOB)]
    neighbour = ALICE._replace(tenant=CAROL.tenant)
    other = [await begin(ledger, new_session(owner)) for owner in (CAROL, neighbour)]

    assert await cut_off_acme(ledger, NOW) == 2

    assert [await found(ledger, session) for session in acme] == [None, None]
    assert [await found(ledger, session) for session in other] == other
    await begin(ledger, new_session(CAROL, auth_time=NOW - 1))


async def test_a_cutoff_ends_sessions_and_nothing_else_of_a_tenant(
    table: Table, ledger: Ledger
) -> None:
    chat = Item(key=ALICE.key("CHAT#1"), attributes={"title": "kept"})
    await table.put(chat)
    await begin(ledger, new_session())

    assert await cut_off_acme(ledger, NOW) == 1

    assert await table.get(chat.key, now=NOW) == chat


async def test_cutoffs_lie_where_the_design_says(table: Table, ledger: Ledger) -> None:
    await cut_off_alice(ledger, NOW)
    await cut_off_acme(ledger, NOW + 5)

    subject = await table.get(Key(PARTITION, f"SUBJECT#{ALICE.subject}#CUTOFF"), now=NOW)
    tenant = await table.get(Key(PARTITION, "CUTOFF"), now=NOW)

    assert subject is not None
    assert tenant is not None
    assert (subject.number("cutoff"), tenant.number("cutoff")) == (NOW, NOW + 5)
    assert subject.expires_at == NOW + CUTOFF_KEPT_S


async def test_logins_that_race_with_a_cutoff_do_not_outlive_it(ledger: Ledger) -> None:
    sessions = [new_session(auth_time=NOW - 1) for _ in range(12)]

    await asyncio.gather(
        *(begin(ledger, session) for session in sessions[:6]),
        cut_off_alice(ledger, NOW),
        *(begin(ledger, session) for session in sessions[6:]),
        return_exceptions=True,
    )

    # Some came too early and were ended, some too late and were refused.
    assert [await found(ledger, session) for session in sessions] == [None] * 12


async def test_an_attempt_that_failed_may_be_used_again(ledger: Ledger) -> None:
    await cut_off_alice(ledger, NOW)
    with pytest.raises(AuthenticationTooOld):
        await begin(ledger, new_session(auth_time=NOW - 1), attempt="attempt")

    session = await begin(ledger, new_session(), attempt="attempt")

    assert await found(ledger, session) == session


async def test_a_provider_s_logout_of_a_person_ends_what_cannot_be_read_too(
    table: Table, ledger: Ledger
) -> None:
    good, broken = [await begin(ledger, new_session()) for _ in range(2)]
    await table.put(Item(key=broken.key, attributes={}))
    person = Named(issuer=good.identity.issuer, sid=None, subject=good.owner.subject)

    ended = await ledger.end_at_provider(person, now=NumericDate(NOW + 1))

    assert set(ended.ids) == {good.id_hash, broken.id_hash}
    assert await found(ledger, good) is None
    assert await table.get(broken.key, now=NumericDate(NOW)) is None


@BOTH_CUTOFFS
async def test_a_row_of_no_form_keeps_no_session_from_its_end(
    sqlite_table: SqliteTable, sqlite_path: Path, cut_off: CutOff
) -> None:
    ledger = ledger_of(sqlite_table)
    good, broken = [await begin(ledger, new_session()) for _ in range(2)]
    with closing(sqlite3.connect(sqlite_path)) as db, db:
        db.execute("UPDATE items SET attributes = '?' WHERE sort = ?", (broken.key.sort,))

    assert await cut_off(ledger, NOW + 1) == 2

    assert await found(ledger, good) is None
    assert await found(ledger, broken) is None


async def test_a_pointer_that_cannot_be_read_keeps_nobody_logged_in(
    table: Table, ledger: Ledger
) -> None:
    session = await begin(ledger, new_session())
    person = Named(issuer=session.identity.issuer, sid=None, subject=session.owner.subject)
    place = pointers_key(session.owner.app, person)
    (pointer,) = await table.query(place.partition, prefix=place.sort, now=NOW)
    await table.put(Item(key=pointer.key))

    ended = await ledger.end_at_provider(person, now=NumericDate(NOW + 1))

    assert ended == ([session.id_hash], None)


async def test_a_pointer_that_leads_nowhere_keeps_no_other_session_from_its_end(
    table: Table, ledger: Ledger
) -> None:
    """Whose session it was nobody can tell, so the provider is not told that all have ended."""
    of_one_login = [await begin(ledger, new_session()) for _ in range(2)]
    identity = of_one_login[0].identity
    login = Named(issuer=identity.issuer, sid=identity.provider_session, subject=None)
    place = pointers_key(ALICE.app, login)
    first, second = await table.query(place.partition, prefix=place.sort, now=NOW)
    await table.put(Item(key=first.key))

    ended = await ledger.end_at_provider(login, now=NumericDate(NOW + 1))

    assert ended.ids == [second.text("id_hash")]
    assert isinstance(ended.lost, RowMalformed)
    gone = [s.id_hash for s in of_one_login if await found(ledger, s) is None]
    assert gone == ended.ids
