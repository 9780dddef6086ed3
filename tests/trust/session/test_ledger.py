"""The book of sessions, on every table: who is logged in, and since when nobody may be."""

import asyncio
import secrets
from dataclasses import replace

import pytest

from fakes.clock import NOW
from fakes.desk import KEYRING, ledger_of
from fakes.keyring import ReloadedKeyring
from fakes.login import ALICE, APP, BOB, CAROL, new_session, ticket_of
from trust.clock import NumericDate
from trust.coordinates import AppId
from trust.seal.box import KeyUnknown
from trust.seal.keyring import Keyring, new_keyring, parse_keyring, rotated
from trust.session.errors import AttemptUsed, LoggedOutMeanwhile
from trust.session.ledger import ATTEMPT_KEPT_S, Ledger, Login
from trust.session.record import Owner, Session
from trust.store.table import ConditionFailed, Item, Key, Table

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


async def test_a_session_goes_on_in_a_new_one(ledger: Ledger) -> None:
    first, second = await begin(ledger, new_session()), new_session()
    login = Login(attempt="a", begun_at=NOW, continues=first.id_hash)

    await ledger.create(second, login, now=NOW)

    assert await found(ledger, second) == second


async def test_a_session_that_ended_meanwhile_goes_on_in_none(ledger: Ledger) -> None:
    first, second = await begin(ledger, new_session()), new_session()
    await ledger.end(first.owner, first.id_hash)

    with pytest.raises(LoggedOutMeanwhile):
        await ledger.create(
            second, Login(attempt="a", begun_at=NOW, continues=first.id_hash), now=NOW
        )

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
    await ledger.end(ALICE._replace(tenant=CAROL.tenant), session.id_hash)

    assert await found(ledger, session) == session


async def test_a_person_s_sessions_are_listed_the_oldest_first(ledger: Ledger) -> None:
    older = await begin(ledger, replace(new_session(), created_at=NumericDate(NOW - 5)))
    newer = await begin(ledger, replace(new_session(), device="Lynx"))
    await begin(ledger, new_session(BOB))
    await begin(ledger, new_session(ALICE._replace(tenant=CAROL.tenant)))

    rows = await ledger.sessions(ALICE, now=NOW)

    assert [row.id_hash for row in rows] == [older.id_hash, newer.id_hash]
    assert rows[1].device == "Lynx"
    assert (rows[0].created_at, rows[0].seen_at) == (NOW - 5, NOW)


async def test_a_tenant_s_sessions_are_listed_each_with_whose_it_is(
    table: Table, ledger: Ledger
) -> None:
    hers, his = await begin(ledger, new_session()), await begin(ledger, new_session(BOB))
    await begin(ledger, new_session(CAROL))
    # Beside a person's sessions lies more of theirs.
    await table.put(Item(key=ALICE.key("CHAT#1"), expires_at=None, attributes={}))

    rows = await ledger.tenant_sessions(ALICE.tenant, now=NOW)

    assert {(row.subject, row.id_hash) for row in rows} == {
        (session.owner.subject, session.id_hash) for session in (hers, his)
    }


async def test_a_session_that_cannot_be_read_hides_no_others(table: Table, ledger: Ledger) -> None:
    good, broken = [await begin(ledger, new_session()) for _ in range(2)]
    await table.put(Item(key=broken.key))

    assert [row.id_hash for row in await ledger.sessions(ALICE, now=NOW)] == [good.id_hash]
    everybodys = await ledger.tenant_sessions(ALICE.tenant, now=NOW)
    assert [row.id_hash for row in everybodys] == [good.id_hash]
    assert set(await ledger.ids(ALICE, now=NOW)) == {good.id_hash, broken.id_hash}


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
        pytest.param(ALICE._replace(tenant=CAROL.tenant), id="another-tenant"),
        pytest.param(BOB, id="another-person"),
        pytest.param(CAROL, id="another-tenant-and-person"),
    ],
)
async def test_a_ticket_with_a_changed_hint_finds_nothing(ledger: Ledger, hint: Owner) -> None:
    session = await begin(ledger, new_session())
    ticket = ticket_of(session)._replace(tenant=hint.tenant, subject=hint.subject)

    assert await ledger.read(ticket, now=NOW) is None


async def test_a_ticket_with_another_session_s_id_finds_that_owner_s_only(ledger: Ledger) -> None:
    alice, bob = await begin(ledger, new_session()), await begin(ledger, new_session(BOB))

    assert await ledger.read(ticket_of(alice)._replace(id=bob.id), now=NOW) is None


async def test_another_app_on_the_same_table_finds_nothing(table: Table, ledger: Ledger) -> None:
    session = await begin(ledger, new_session())
    source = ReloadedKeyring(KEYRING, _never)
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
        await asyncio.sleep(0)
        return self.keyring


def rotation() -> tuple[Keyring, Keyring]:
    """Return a keyring before and after its rotation."""
    text = new_keyring(secrets.token_bytes)
    return parse_keyring(text), parse_keyring(rotated(text, secrets.token_bytes))


async def test_an_instance_that_started_earlier_fetches_a_newer_key_once(table: Table) -> None:
    old, new = rotation()
    keeper = Reloading(new)
    older = Ledger(table, ReloadedKeyring(old, keeper), app=APP, random=secrets.token_bytes)
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
    ledger = Ledger(table, ReloadedKeyring(KEYRING, keeper), app=APP, random=secrets.token_bytes)
    session = await begin(ledger_of(table, stranger), new_session())

    with pytest.raises(KeyUnknown):
        await found(ledger, session)

    assert keeper.asked == 1
    assert await table.get(session.key, now=NOW) is not None


async def test_many_who_lack_the_same_key_fetch_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fakes.keyring.RELOAD_EVERY_S", 0)
    old, new = rotation()
    keeper = Reloading(new)
    source = ReloadedKeyring(old, keeper)

    found = await asyncio.gather(*(source.with_key(new.current) for _ in range(10)))

    assert found == [new] * 10
    assert keeper.asked == 1


async def test_a_keyring_is_not_handed_out_without_the_key_that_was_asked_for() -> None:
    keeper = Reloading(KEYRING)

    with pytest.raises(KeyUnknown):
        await ReloadedKeyring(KEYRING, keeper).with_key("elsewhere")


async def test_made_up_key_ids_do_not_flood_the_keeper_of_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keeper = Reloading(KEYRING)
    source = ReloadedKeyring(KEYRING, keeper)
    for number in range(20):
        with pytest.raises(KeyUnknown):
            await source.with_key(f"made-up-{number}")
    assert keeper.asked == 1

    monkeypatch.setattr("fakes.keyring.RELOAD_EVERY_S", 0)
    with pytest.raises(KeyUnknown):
        await source.with_key("made-up")

    assert keeper.asked == 2


async def test_whoever_can_do_without_the_key_gets_the_keyring_in_use(table: Table) -> None:
    old, new = rotation()
    ledger = Ledger(
        table, ReloadedKeyring(old, Reloading(new)), app=APP, random=secrets.token_bytes
    )

    assert await ledger.keyring_with(new.current) is new
    assert await ledger.keyring_with("made-up") is new
