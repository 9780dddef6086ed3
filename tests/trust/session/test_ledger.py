"""The book of sessions, on every table: who is logged in, and since when nobody may be."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from fakes.clock import NOW
from fakes.desk import KEYRING, ledger_of
from fakes.login import ALICE, APP, BOB, CAROL, new_session, ticket_of
from trust.clock import NumericDate
from trust.coordinates import AppId
from trust.seal.box import KeyUnknown
from trust.seal.keyring import Keyring, new_keyring, parse_keyring, rotated
from trust.session.errors import AttemptUsed, AuthenticationTooOld
from trust.session.ledger import ATTEMPT_KEPT_S, CUTOFF_KEPT_S, KeyringSource, Ledger
from trust.session.record import Owner, Session
from trust.store.table import ConditionFailed, Item, Key, Table

PARTITION = "APP#demo#TENANT#acme"


@pytest.fixture
def ledger(table: Table) -> Ledger:
    return ledger_of(table)


async def begin(ledger: Ledger, session: Session, *, attempt: str | None = None) -> Session:
    await ledger.create(session, attempt=attempt or secrets.token_hex(8), now=NOW)
    return session


async def found(ledger: Ledger, session: Session, *, now: int = NOW) -> Session | None:
    return await ledger.read(ticket_of(session), now=NumericDate(now))


CutOff = Callable[[Ledger, int], Awaitable[int]]


def cut_off_alice(ledger: Ledger, now: int) -> Awaitable[int]:
    return ledger.cut_off_subject(ALICE, now=NumericDate(now))


def cut_off_acme(ledger: Ledger, now: int) -> Awaitable[int]:
    return ledger.cut_off_tenant(ALICE.tenant, now=NumericDate(now))


BOTH_CUTOFFS = pytest.mark.parametrize("cut_off", [cut_off_alice, cut_off_acme])


# -- beginning


async def test_a_session_that_began_is_found_by_its_ticket(ledger: Ledger) -> None:
    session = await begin(ledger, new_session())

    assert await found(ledger, session) == session


async def test_one_attempt_makes_one_session(ledger: Ledger) -> None:
    first = await begin(ledger, new_session(), attempt="attempt")
    second = new_session(BOB)

    with pytest.raises(AttemptUsed):
        await begin(ledger, second, attempt="attempt")

    assert await found(ledger, first) == first
    assert await found(ledger, second) is None


async def test_of_two_callbacks_at_once_one_makes_a_session(ledger: Ledger) -> None:
    sessions = [new_session() for _ in range(8)]

    results = await asyncio.gather(
        *(begin(ledger, session, attempt="attempt") for session in sessions),
        return_exceptions=True,
    )

    there = [await found(ledger, session) for session in sessions]
    assert sum(session is not None for session in there) == 1
    assert sum(isinstance(result, AttemptUsed) for result in results) == 7


async def test_an_attempt_that_failed_may_be_used_again(ledger: Ledger) -> None:
    await cut_off_alice(ledger, NOW)
    with pytest.raises(AuthenticationTooOld):
        await begin(ledger, new_session(auth_time=NOW - 1), attempt="attempt")

    session = await begin(ledger, new_session(), attempt="attempt")

    assert await found(ledger, session) == session


async def test_a_used_attempt_is_remembered_for_longer_than_any_is_accepted(
    table: Table, ledger: Ledger
) -> None:
    await begin(ledger, new_session(), attempt="attempt")
    key = Key("APP#demo#ATTEMPT#attempt", "ATTEMPT")

    assert await table.get(key, now=NumericDate(NOW + 600)) is not None
    assert await table.get(key, now=NumericDate(NOW + ATTEMPT_KEPT_S)) is None


async def test_a_session_id_that_exists_is_not_given_to_another_login(ledger: Ledger) -> None:
    session = await begin(ledger, new_session())

    with pytest.raises(AttemptUsed):
        await begin(ledger, replace(session, device="a thief's"))

    assert await found(ledger, session) == session


# -- cutoffs


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
    neighbour = replace(ALICE, tenant=CAROL.tenant)
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


# -- writing


async def test_a_write_counts_the_version_up(ledger: Ledger) -> None:
    session = await begin(ledger, new_session())

    written = await ledger.write(replace(session, device="Chromium"))

    assert written == replace(session, device="Chromium", version=2)
    assert await found(ledger, session) == written


async def test_a_session_that_was_ended_is_never_written_again(ledger: Ledger) -> None:
    session = await begin(ledger, new_session())
    await ledger.end(ALICE, session.id_hash)

    with pytest.raises(ConditionFailed):
        await ledger.write(replace(session, device="Chromium"))

    assert await found(ledger, session) is None


async def test_a_stale_writer_changes_nothing(ledger: Ledger) -> None:
    session = await begin(ledger, new_session())
    newer = await ledger.write(replace(session, device="Chromium"))

    with pytest.raises(ConditionFailed):
        await ledger.write(replace(session, device="Lynx"))

    assert await found(ledger, session) == newer


async def test_of_writers_at_one_version_one_wins(ledger: Ledger) -> None:
    session = await begin(ledger, new_session())

    results = await asyncio.gather(
        *(ledger.write(replace(session, device=str(number))) for number in range(10)),
        return_exceptions=True,
    )

    won = [result for result in results if isinstance(result, Session)]
    assert len(won) == 1
    assert await found(ledger, session) == won[0]


async def test_every_write_is_sealed_with_a_nonce_of_its_own(table: Table, ledger: Ledger) -> None:
    session = await begin(ledger, new_session())
    boxes: list[bytes] = []
    for _ in range(3):
        item = await table.get(session.key, now=NOW)
        assert item is not None
        boxes.append(item.octets("box"))
        session = await ledger.write(session)

    assert len({box[:12] for box in boxes}) == 3


# -- ending and listing


async def test_ending_a_session_ends_no_other(ledger: Ledger) -> None:
    kept, ended = await begin(ledger, new_session()), await begin(ledger, new_session())

    await ledger.end(ALICE, ended.id_hash)
    await ledger.end(ALICE, ended.id_hash)

    assert await found(ledger, kept) == kept
    assert await found(ledger, ended) is None


async def test_somebody_else_s_session_cannot_be_ended(ledger: Ledger) -> None:
    session = await begin(ledger, new_session())

    await ledger.end(BOB, session.id_hash)
    await ledger.end(replace(ALICE, tenant=CAROL.tenant), session.id_hash)

    assert await found(ledger, session) == session


async def test_a_person_s_sessions_are_listed_the_oldest_first(ledger: Ledger) -> None:
    older = await begin(ledger, replace(new_session(), created_at=NumericDate(NOW - 5)))
    newer = await begin(ledger, replace(new_session(), device="Lynx"))
    await begin(ledger, new_session(BOB))
    await begin(ledger, new_session(replace(ALICE, tenant=CAROL.tenant)))

    rows = await ledger.sessions(ALICE, now=NOW)

    assert [row.id_hash for row in rows] == [older.id_hash, newer.id_hash]
    assert rows[1].device == "Lynx"
    assert (rows[0].created_at, rows[0].seen_at) == (NOW - 5, NOW)


async def test_sessions_that_ended_are_not_listed(ledger: Ledger) -> None:
    session = await begin(ledger, new_session())

    assert len(await ledger.sessions(ALICE, now=NumericDate(session.expires_at - 1))) == 1
    assert await ledger.sessions(ALICE, now=session.expires_at) == []


async def test_a_listed_session_ends_at_the_earlier_of_its_two_ends(ledger: Ledger) -> None:
    soon = NumericDate(NOW + 10)
    await begin(ledger, new_session())
    await begin(ledger, replace(new_session(), ends_at=soon))

    rows = await ledger.sessions(ALICE, now=NOW)

    assert sorted(row.expires_at for row in rows) == [soon, NOW + 1800]


# -- finding


@pytest.mark.parametrize(
    "hint",
    [
        pytest.param(replace(ALICE, tenant=CAROL.tenant), id="another-tenant"),
        pytest.param(BOB, id="another-person"),
        pytest.param(CAROL, id="another-tenant-and-person"),
    ],
)
async def test_a_ticket_with_a_changed_hint_finds_nothing(ledger: Ledger, hint: Owner) -> None:
    session = await begin(ledger, new_session())
    ticket = replace(ticket_of(session), tenant=hint.tenant, subject=hint.subject)

    assert await ledger.read(ticket, now=NOW) is None


async def test_a_ticket_with_another_session_s_id_finds_that_owner_s_only(ledger: Ledger) -> None:
    alice, bob = await begin(ledger, new_session()), await begin(ledger, new_session(BOB))

    assert await ledger.read(replace(ticket_of(alice), id=bob.id), now=NOW) is None


async def test_another_app_on_the_same_table_finds_nothing(table: Table, ledger: Ledger) -> None:
    session = await begin(ledger, new_session())
    source = KeyringSource(KEYRING, _never)
    other = Ledger(table, source, app=AppId("demo2"), random=secrets.token_bytes)

    assert await other.read(ticket_of(session), now=NOW) is None


async def test_a_session_ends_at_its_second(ledger: Ledger) -> None:
    session = await begin(ledger, new_session())

    assert await found(ledger, session, now=session.expires_at - 1) == session
    assert await found(ledger, session, now=session.expires_at) is None


async def test_an_owner_is_of_the_ledger_s_app(ledger: Ledger) -> None:
    assert ledger.owner(ALICE.tenant, ALICE.subject) == ALICE
    assert ledger.keyring is KEYRING
    assert ALICE.app == APP


# -- keys


async def _never() -> Keyring:
    raise AssertionError("not needed")


class Reloading:
    """A keeper of keys that counts how often it is asked."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self.asked = 0

    async def __call__(self) -> Keyring:
        self.asked += 1
        return self.keyring


def rotation() -> tuple[Keyring, Keyring]:
    """Return a keyring before and after its rotation."""
    text = new_keyring(secrets.token_bytes)
    return parse_keyring(text), parse_keyring(rotated(text, secrets.token_bytes))


async def test_an_instance_that_started_earlier_fetches_a_newer_key_once(table: Table) -> None:
    old, new = rotation()
    keeper = Reloading(new)
    older = Ledger(table, KeyringSource(old, keeper), app=APP, random=secrets.token_bytes)
    session = await begin(ledger_of(table, new), new_session())

    assert await found(older, session) == session
    assert await found(older, session) == session
    assert keeper.asked == 1
    assert older.keyring is new


async def test_a_rotation_logs_nobody_out(table: Table) -> None:
    old, new = rotation()
    session = await begin(ledger_of(table, old), new_session())
    newer = ledger_of(table, new)

    assert await found(newer, session) == session
    await newer.write(session)

    item = await table.get(session.key, now=NOW)
    assert item is not None
    assert item.text("kid") == new.current


async def test_a_key_that_nobody_has_is_asked_for_once_and_logs_nobody_out(table: Table) -> None:
    stranger = parse_keyring(new_keyring(secrets.token_bytes))
    keeper = Reloading(KEYRING)
    ledger = Ledger(table, KeyringSource(KEYRING, keeper), app=APP, random=secrets.token_bytes)
    session = await begin(ledger_of(table, stranger), new_session())

    with pytest.raises(KeyUnknown):
        await found(ledger, session)

    assert keeper.asked == 1
    assert await table.get(session.key, now=NOW) is not None
