"""Stream hijack: nobody reads along, or reads again, what an agent said to somebody else."""

from collections.abc import AsyncIterator

import pytest

from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from fakes.login import ALICE, APP, BOB, CAROL, new_session
from fakes.proxy.answer import Spoken
from fakes.proxy.events import parse
from fakes.resume.instance import Instance, Visit, instance
from trust.chat.record import Chat
from trust.coordinates import TenantId
from trust.session.record import Owner, Session
from trust.store.memory import MemoryTable

SECRET = b"data: for Alice alone\n\n"
ALICE_OF_GLOBEX = Owner(app=APP, tenant=TenantId("globex"), subject=ALICE.subject)

STRANGERS = pytest.mark.parametrize(
    "stranger",
    [BOB, CAROL, ALICE_OF_GLOBEX],
    ids=["same tenant", "other tenant", "same subject of another tenant"],
)
PROCESSES = pytest.mark.parametrize("where", ["same process", "other process"])


@pytest.fixture
def table() -> FaultyTable:
    """Open the table of both processes."""
    return FaultyTable(MemoryTable())


@pytest.fixture
async def one(table: FaultyTable) -> AsyncIterator[Instance]:
    """Run the process that records."""
    async with instance(table, StoppedClock()) as opened:
        yield opened


@pytest.fixture
async def other(table: FaultyTable) -> AsyncIterator[Instance]:
    """Run another one."""
    async with instance(table, StoppedClock()) as opened:
        yield opened


async def alices(one: Instance) -> tuple[Session, Chat, Spoken, str]:
    """Return a turn of Alice's that goes on, and the id of its first event."""
    session = await one.log_in()
    chat = await one.chat(session)
    upstream = Spoken()
    upstream.say(SECRET)
    visit = one.ask(session, chat, upstream)
    await visit.until(b"Alice alone")
    return session, chat, upstream, parse(visit.body)[0].id


async def nothing_told(visit: Visit, code: str) -> None:
    refusal = await visit.refusal()
    assert (refusal.code, visit.browser.messages) == (code, [])


@PROCESSES
@STRANGERS
async def test_stream_hijack_by_the_chats_id(
    one: Instance, other: Instance, stranger: Owner, where: str
) -> None:
    _, chat, _, event = await alices(one)
    process = one if where == "same process" else other
    session = await process.log_in(new_session(stranger))

    for last in (None, event, event.replace(".1", ".0")):
        await nothing_told(process.follow(session, chat, last), "chat_unknown")
    nobodys = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    await nothing_told(process.follow(session, nobodys), "chat_unknown")


@PROCESSES
@STRANGERS
async def test_stream_hijack_by_a_turns_id_in_a_chat_of_ones_own(
    one: Instance, other: Instance, stranger: Owner, where: str
) -> None:
    _, _, _, event = await alices(one)
    process = one if where == "same process" else other
    session = await process.log_in(new_session(stranger))
    own = await process.chat(session)

    for last in (event, event.replace(".1", ".0")):
        await nothing_told(process.follow(session, own, last), "stream_unknown")
    query = f"?last_event_id={event.replace('.1', '.0')}"
    await nothing_told(process.follow(session, own, query=query), "stream_unknown")


@PROCESSES
async def test_stream_hijack_by_a_turns_id_in_another_chat_of_the_same_person(
    one: Instance, other: Instance, where: str
) -> None:
    session, _, _, event = await alices(one)
    process = one if where == "same process" else other
    second = await process.chat(session)

    await nothing_told(process.follow(session, second, event), "stream_unknown")


@pytest.mark.parametrize(
    "chat_id", ["..", "%2e%2e", "CHAT#x", "01ARZ3NDEKTSV4RRFFQ69G5FAV#TURN", "*"]
)
async def test_stream_hijack_by_a_chats_id_that_is_none(one: Instance, chat_id: str) -> None:
    await alices(one)
    session = await one.log_in()

    await nothing_told(one.follow(session, chat_id), "chat_unknown")


@STRANGERS
async def test_stream_hijack_a_stranger_stops_nothing(
    one: Instance, other: Instance, stranger: Owner
) -> None:
    session, chat, upstream, event = await alices(one)
    now = other.desk.clock.now()

    await other.journal.stop(stranger, chat.id, now=now)
    await other.journal.forget(stranger, chat.id, now=now)
    # More than a look at the stops later, the turn goes on.
    back = other.follow(session, chat, event)
    upstream.say(b"data: on and on\n\n")
    await back.until(b"on and on")

    assert not upstream.closed.is_set()


async def test_stream_hijack_by_reading_the_table(one: Instance, table: FaultyTable) -> None:
    session, chat, upstream, _ = await alices(one)
    upstream.end()
    back = one.follow(session, chat)
    await back.over()

    memory = table._table
    assert isinstance(memory, MemoryTable)
    rows = [item for key, item in memory._items.items() if key.sort.startswith("ROW#")]
    assert rows
    assert all(b"Alice alone" not in repr(item).encode() for item in rows)


async def test_stream_hijack_the_owner_gets_in_with_every_session(
    one: Instance, other: Instance
) -> None:
    _, chat, _, _ = await alices(one)
    again = await other.log_in()

    back = other.follow(again, chat)

    await back.until(b"Alice alone")
