"""Opening a chat: a turn that goes on is told from its beginning, one that has ended is not."""

import asyncio
import json

import pytest

from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from fakes.proxy.answer import Spoken
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.events import parse
from fakes.resume.instance import FAST, Instance, Visit, instance
from fakes.resume.talking import FIRST, on_paper, talking, written
from proxy.resume import resume
from proxy.resume.errors import EventIdInvalid
from proxy.resume.stored import SKEW_S
from trust.chat.record import Chat
from trust.session.record import Session

RUNNING = "?turn=running"
PROCESSES = pytest.mark.parametrize("where", ["same process", "other process"])
SECOND = b"data: second\n\n"


async def opened(process: Instance, session: Session, chat: Chat) -> Visit:
    """Open the chat, and read what is told of it to its end."""
    visit = process.follow(session, chat, query=RUNNING)
    await visit.over()
    return visit


@PROCESSES
async def test_a_turn_that_goes_on_is_told_from_its_beginning_and_followed(
    one: Instance, other: Instance, where: str
) -> None:
    session, chat, upstream, visit = await talking(one)
    await visit.leave()

    process = one if where == "same process" else other
    if process is other:
        await on_paper(one, session, chat)
    back = process.follow(session, chat, query=RUNNING)
    await back.until(b"data: first")
    upstream.say(SECOND)
    upstream.end()
    await back.over()

    assert [event.data for event in parse(back.body)] == ["first", "second"]


@PROCESSES
async def test_the_question_stands_in_front_of_the_first_event_and_of_no_other(
    one: Instance, other: Instance, where: str
) -> None:
    session, chat, upstream, visit = await talking(one)
    await on_paper(one, session, chat)
    back = (one if where == "same process" else other).follow(session, chat, query=RUNNING)
    await back.until(b"data: first")
    upstream.say(SECOND)
    upstream.end()
    await back.over()
    await visit.over()

    lines = back.body.decode().splitlines()
    (asked,) = [line for line in lines if line.startswith("asked")]
    assert json.loads(asked.removeprefix("asked: ")) == "hi"
    data, event_id = lines[lines.index(asked) + 1 :][:2]
    assert data == "data: first"
    assert event_id.endswith(".1")
    assert back.body == visit.body


@PROCESSES
async def test_a_turn_that_has_ended_is_not_told(
    one: Instance, other: Instance, where: str
) -> None:
    session, chat, upstream, visit = await talking(one)
    upstream.end()
    await visit.over()
    await written(one)

    back = await opened(one if where == "same process" else other, session, chat)

    assert (back.browser.answer.status, back.body) == (204, b"")
    assert back.browser.answer.header("chat-id") == chat.id


async def test_a_turn_that_has_ended_is_not_told_while_its_end_is_being_written(
    one: Instance, table: FaultyTable
) -> None:
    session, chat, upstream, visit = await talking(one)
    await on_paper(one, session, chat)
    table.held = asyncio.Event()
    upstream.end()
    await visit.over()

    back = await opened(one, session, chat)

    assert back.browser.answer.status == 204
    assert await head_says_it_goes_on(one, session, chat)
    table.held.set()


async def head_says_it_goes_on(process: Instance, session: Session, chat: Chat) -> bool:
    """Tell whether the journal has not heard yet of the turn's end."""
    now = process.desk.clock.now()
    place = await process.journal.newest(session.owner, chat.id, now=now)
    assert place is not None
    head = await process.journal.head(place, now=now)
    return head is not None and head.end is None


async def test_a_chat_without_a_turn_has_none_that_goes_on(one: Instance) -> None:
    session = await one.log_in()
    chat = await one.chat(session)

    back = await opened(one, session, chat)

    assert back.browser.answer.status == 204


async def test_an_older_turn_that_goes_on_beside_a_newer_one_that_ended_is_not_told(
    one: Instance,
) -> None:
    session, chat, upstream, visit = await talking(one)
    newer = Spoken()
    newer.say(SECOND)
    newer.end()
    one.desk.clock.advance(1)
    await one.ask(session, chat, newer).over()

    back = await opened(one, session, chat)

    assert back.browser.answer.status == 204
    upstream.end()
    await visit.over()


async def test_turns_of_one_second_are_sorted_as_they_were_asked_for(one: Instance) -> None:
    """Their ids say which is the newest, as long as the journal does not."""
    session = await one.log_in()
    chat = await one.chat(session)
    turns: list[str] = []
    for _ in range(8):
        upstream = Spoken()
        upstream.say(SECOND)
        upstream.end()
        visit = one.ask(session, chat, upstream)
        await visit.over()
        turns.append(parse(visit.body)[0].id.partition(".")[0])

    assert turns == sorted(set(turns))


async def test_of_two_processes_turns_the_newest_is_the_one_that_began_last(
    table: FaultyTable, clock: StoppedClock
) -> None:
    fast = StoppedClock()
    fast.advance(5)
    async with instance(table, fast) as ahead, instance(table, clock) as behind:
        session, chat, _, _ = await talking(ahead)
        await on_paper(ahead, session, chat)
        upstream = Spoken()
        upstream.say(SECOND)
        later = behind.ask(session, chat, upstream)
        await noted(behind, later, session, chat)

        for process in (ahead, behind):
            back = process.follow(session, chat, query=RUNNING)
            await back.until(b"data: second")


async def test_a_turn_that_is_not_written_down_yet_is_newer_than_one_that_is(
    table: FaultyTable, clock: StoppedClock
) -> None:
    fast = StoppedClock()
    fast.advance(5)
    async with instance(table, fast) as ahead, instance(table, clock) as behind:
        session, chat, _, _ = await talking(ahead)
        await on_paper(ahead, session, chat)
        table.held = asyncio.Event()
        upstream = Spoken()
        upstream.say(SECOND)
        later = behind.ask(session, chat, upstream)
        await later.until(b"data: second")

        back = behind.follow(session, chat, query=RUNNING)
        await back.until(b"data: second")
        table.held.set()


async def noted(process: Instance, visit: Visit, session: Session, chat: Chat) -> None:
    """Wait until the journal has a visit's turn for the newest one."""
    await visit.until(b"data: ")
    turn, now = parse(visit.body)[0].id.partition(".")[0], process.desk.clock.now()
    async with asyncio.timeout(WAIT_S):
        while True:
            place = await process.journal.newest(session.owner, chat.id, now=now)
            if place is not None and place.turn == turn:
                return
            await asyncio.sleep(0.001)


async def test_an_id_counts_more_than_the_wish_for_a_turn_that_goes_on(one: Instance) -> None:
    session, chat, upstream, visit = await talking(one)
    (first,) = parse(visit.body)
    upstream.say(SECOND)
    upstream.end()
    await visit.over()

    back = one.follow(session, chat, first.id, query=RUNNING)
    await back.over()

    assert [event.data for event in parse(back.body)] == ["second"]


async def test_a_wish_that_is_said_twice_is_refused(one: Instance) -> None:
    session = await one.log_in()
    chat = await one.chat(session)

    refusal = await one.follow(session, chat, query=f"{RUNNING}&turn=running").refusal()

    assert isinstance(refusal, EventIdInvalid)


async def test_any_other_wish_is_for_the_newest_turn(one: Instance) -> None:
    session, chat, upstream, visit = await talking(one)
    upstream.end()
    await visit.over()
    await written(one)

    back = one.follow(session, chat, query="?turn=newest")
    await back.over()

    assert [event.data for event in parse(back.body)] == ["first"]


async def test_a_turn_whose_process_has_long_been_gone_does_not_go_on(
    one: Instance, other: Instance, clock: StoppedClock
) -> None:
    session, chat, _, _ = await talking(one)
    await on_paper(one, session, chat)
    await one.killed()

    clock.advance(int(FAST.lost_s) + SKEW_S + 1)

    assert (await opened(other, session, chat)).browser.answer.status == 204


async def test_a_turn_whose_process_may_be_there_still_is_followed(
    one: Instance, other: Instance, clock: StoppedClock
) -> None:
    session, chat, _, _ = await talking(one)
    await on_paper(one, session, chat)
    await one.killed()

    clock.advance(int(FAST.lost_s) + SKEW_S - 1)
    back = other.follow(session, chat, query=RUNNING)

    await back.until(b"retry: ")
    await back.leave()


async def about_to_begin(process: Instance) -> tuple[Session, Chat, Spoken, Visit]:
    """Return a turn whose agent has not answered yet."""
    session = await process.log_in()
    chat = await process.chat(session)
    upstream = Spoken()
    upstream.open.clear()
    visit = process.ask(session, chat, upstream)
    await upstream.entered.wait()
    return session, chat, upstream, visit


async def test_an_answer_that_is_about_to_begin_is_waited_for(one: Instance) -> None:
    session, chat, upstream, visit = await about_to_begin(one)
    back = one.follow(session, chat, query=RUNNING)
    # The follower has found its chat, and waits.
    async with asyncio.timeout(5):
        while len(one.streams.open) < 2 or any(s.chat is None for s in one.streams.open):
            await asyncio.sleep(0.001)
    upstream.say(FIRST)
    upstream.open.set()
    upstream.end()
    await back.over()
    await visit.over()

    assert [event.data for event in parse(back.body)] == ["first"]


async def test_an_answer_that_does_not_begin_is_not_waited_for_long(
    one: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "BEGIN_S", 0.01 - FAST.slow_start_s)
    session, chat, upstream, visit = await about_to_begin(one)

    back = await opened(one, session, chat)

    assert back.browser.answer.status == 204
    upstream.open.set()
    upstream.end()
    await visit.over()


async def test_another_chats_answer_is_not_waited_for(one: Instance) -> None:
    session, _, upstream, visit = await about_to_begin(one)
    elsewhere = await one.chat(session)

    back = await opened(one, session, elsewhere)

    assert back.browser.answer.status == 204
    upstream.open.set()
    upstream.end()
    await visit.over()
