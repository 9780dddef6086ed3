"""The journal on every table: what was written is read by its owner, and by nobody else."""

import secrets
from dataclasses import replace

import pytest

from fakes.clock import NOW
from fakes.desk import KEYRING, KEYRING_TEXT
from fakes.faulty_table import FaultyTable
from fakes.keyring import ReloadedKeyring
from fakes.login import ALICE, BOB, CAROL
from trust.clock import NumericDate
from trust.journal.journal import Forgotten, Journal, Written
from trust.journal.kept import Bounds, Kept
from trust.journal.record import (
    COMPLETE,
    EVENTS_KEPT_S,
    HEAD_KEPT_S,
    Row,
    TurnPlace,
    unframed,
)
from trust.seal.keyring import Keyring, parse_keyring, rotated
from trust.store.memory import MemoryTable
from trust.store.table import Item, RowMalformed, StoreUnavailable, Table

CHAT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
PLACE = TurnPlace(owner=ALICE, chat=CHAT, turn="01ARZ3NDEKTSV4RRFFQ69G5FAW")
TURN = Written(place=PLACE, ends_by=NumericDate(NOW + 3600))
SECRET = b"data: what the agent said\n\n"


def journal_of(table: Table, keyring: Keyring = KEYRING) -> Journal:
    async def reload() -> Keyring:
        return keyring

    return Journal(table, ReloadedKeyring(keyring, reload), random=secrets.token_bytes)


@pytest.fixture
def journal(table: Table) -> Journal:
    return journal_of(table)


async def written(journal: Journal, *batches: list[bytes], end: str | None = None) -> list[Row]:
    """Write a turn as its writer does; return its rows."""
    kept, rows = Kept(Bounds(row=64)), list[Row]()
    await journal.begin(TURN, kept.head(now=NOW))
    for batch in batches:
        rows += kept.added(batch)
    if end is not None:
        rows += kept.added([], last=True)
    for row in rows:
        await journal.append(TURN, row)
    await journal.mark(TURN, kept.head(now=NOW, end=end))
    return rows


async def everything(table: Table) -> list[Item]:
    """Return what is stored of the chat's turns."""
    prefixes = ("HEAD#", "ROW#", "NEWEST")
    found = [await table.query(PLACE.partition, prefix=one, now=NOW) for one in prefixes]
    return [item for items in found for item in items]


async def test_a_turn_is_read_as_it_was_written(journal: Journal) -> None:
    rows = await written(journal, [SECRET], [b"x" * 200, b""], end=COMPLETE)

    head = await journal.head(PLACE, now=NOW)
    assert head is not None
    assert (head.first_row, head.first_event, head.version) == (0, 1, 2)
    assert head.ends == tuple(row.ends for row in rows)
    assert head.end == COMPLETE
    assert head.kept_until == NOW + EVENTS_KEPT_S
    read = [await journal.row(PLACE, row.ordinal, now=NOW) for row in rows]
    assert read == rows
    assert await journal.row(PLACE, len(rows), now=NOW) is None


async def test_the_newest_turn_of_a_chat_is_known(journal: Journal) -> None:
    assert await journal.newest(ALICE, CHAT, now=NOW) is None
    await written(journal)

    assert await journal.newest(ALICE, CHAT, now=NOW) == PLACE


async def test_a_turn_that_goes_on_has_no_end(journal: Journal) -> None:
    await written(journal, [SECRET])

    head = await journal.head(PLACE, now=NOW)

    assert head is not None
    assert head.end is None
    assert head.kept_until is None


@pytest.mark.parametrize("stranger", [BOB, CAROL], ids=["same tenant", "other tenant"])
async def test_nobody_finds_anothers_turn_by_its_ids(journal: Journal, stranger: object) -> None:
    await written(journal, [SECRET])
    place = replace(PLACE, owner=stranger)  # type: ignore[arg-type] # an owner

    assert await journal.head(place, now=NOW) is None
    assert await journal.row(place, 0, now=NOW) is None
    assert await journal.newest(place.owner, CHAT, now=NOW) is None


async def test_what_the_agent_said_does_not_lie_open(table: Table, journal: Journal) -> None:
    await written(journal, [SECRET])

    items = await everything(table)

    assert len(items) == 3
    assert all(b"agent said" not in repr(item).encode() for item in items)


@pytest.mark.parametrize("what", ["moved", "renumbered", "shortened", "to another turn"])
async def test_a_row_opens_only_where_and_as_it_was_written(
    table: Table, journal: Journal, what: str
) -> None:
    await written(journal, [SECRET], [SECRET])
    item = await table.get(PLACE.row(0), now=NOW)
    assert item is not None
    changed = {
        "moved": item._replace(key=PLACE.row(1)),
        "renumbered": item._replace(attributes={**item.attributes, "first": 5}),
        "shortened": item._replace(attributes={**item.attributes, "last": 1}),
        "to another turn": item._replace(key=replace(PLACE, turn=CHAT).row(0)),
    }[what]
    await table.put(changed)

    place = replace(PLACE, turn=changed.key.sort.split("#")[1])
    with pytest.raises(RowMalformed):
        await journal.row(place, int(changed.key.sort[-8:]), now=NOW)


async def test_a_turn_is_read_after_the_keyring_was_rotated(table: Table) -> None:
    newer = parse_keyring(rotated(KEYRING_TEXT, secrets.token_bytes))
    (row,) = await written(journal_of(table), [SECRET])

    assert await journal_of(table, newer).row(PLACE, 0, now=NOW) == row


# -- ends


async def test_rows_go_when_they_are_dropped(journal: Journal) -> None:
    rows = await written(journal, [SECRET], [SECRET])

    await journal.drop(PLACE, range(1))

    assert await journal.row(PLACE, 0, now=NOW) is None
    assert await journal.row(PLACE, 1, now=NOW) == rows[1]


async def test_a_turn_outlives_its_end_by_a_day_and_its_events_by_half_an_hour(
    journal: Journal,
) -> None:
    await written(journal, [SECRET], end=COMPLETE)

    rows_end = NumericDate(TURN.ends_by + EVENTS_KEPT_S)
    assert await journal.row(PLACE, 0, now=NumericDate(rows_end - 1)) is not None
    assert await journal.row(PLACE, 0, now=rows_end) is None
    end = NumericDate(NOW + HEAD_KEPT_S)
    assert await journal.head(PLACE, now=NumericDate(end - 1)) is not None
    assert await journal.head(PLACE, now=end) is None


async def test_a_turn_that_goes_on_is_known_for_longer_than_it_can_last(journal: Journal) -> None:
    await written(journal, [SECRET])

    end = NumericDate(TURN.ends_by + HEAD_KEPT_S)
    assert await journal.head(PLACE, now=NumericDate(end - 1)) is not None
    assert await journal.head(PLACE, now=end) is None


async def test_a_chat_that_is_forgotten_leaves_nothing(table: Table, journal: Journal) -> None:
    await written(journal, [SECRET], [SECRET], end=COMPLETE)

    await journal.forget(ALICE, CHAT, now=NOW)

    assert await everything(table) == []


async def test_what_came_since_the_head_was_written_is_forgotten_as_well(
    table: Table, journal: Journal
) -> None:
    """Its writer, who would tell of it, may be gone."""
    await written(journal, [SECRET])
    await journal.append(TURN, Row(ordinal=1, first=2, ends=1, content=SECRET))

    await journal.forget(ALICE, CHAT, now=NOW)

    assert await everything(table) == []


async def test_a_head_that_cannot_be_read_keeps_nothing_from_being_forgotten(
    table: Table, journal: Journal
) -> None:
    await written(journal, [SECRET], [SECRET], end=COMPLETE)
    await table.put(Item(key=PLACE.head))

    await journal.forget(ALICE, CHAT, now=NOW)

    assert await everything(table) == []


async def test_whoever_writes_a_turn_learns_that_it_was_forgotten(journal: Journal) -> None:
    await written(journal, [SECRET])
    await journal.forget(ALICE, CHAT, now=NOW)

    with pytest.raises(Forgotten):
        await journal.mark(TURN, Kept(Bounds()).head(now=NOW))
    assert await journal.head(PLACE, now=NOW) is None


# -- stops


async def test_every_stop_is_another_number(journal: Journal) -> None:
    before = await journal.stops(ALICE, CHAT, now=NOW)
    await journal.stop(ALICE, CHAT, now=NOW)
    once = await journal.stops(ALICE, CHAT, now=NOW)
    await journal.stop(ALICE, CHAT, now=NOW)

    assert before < once < await journal.stops(ALICE, CHAT, now=NOW)
    assert await journal.stops(BOB, CHAT, now=NOW) == 0


# -- lost answers


async def test_beginning_again_after_a_lost_answer_changes_nothing() -> None:
    table = FaultyTable(MemoryTable())
    journal, head = journal_of(table), Kept(Bounds()).head(now=NOW)
    table.unanswered_puts = 1

    with pytest.raises(StoreUnavailable):
        await journal.begin(TURN, head)
    await journal.begin(TURN, head)

    assert await journal.newest(ALICE, CHAT, now=NOW) == PLACE


async def test_the_largest_row_fits_into_an_item_of_dynamodb(dynamodb_table: Table) -> None:
    journal, kept = journal_of(dynamodb_table), Kept(Bounds())
    event = secrets.token_bytes(1 << 20)
    rows = kept.added([event])

    for row in rows:
        await journal.append(TURN, row)

    read = [await journal.row(PLACE, row.ordinal, now=NOW) for row in rows]
    assert unframed(b"".join(row.content for row in read if row is not None)) == [event]
