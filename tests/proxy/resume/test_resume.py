"""A turn outlives its browser, and whoever comes back gets the rest of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from fakes.proxy.answer import Spoken
from fakes.proxy.events import Event, parse
from fakes.resume.instance import FAST, Instance, instance
from fakes.resume.talking import written
from proxy.relay import Ending
from proxy.resume import recording
from trust.chat.record import Chat
from trust.journal.kept import Bounds
from trust.session.record import Session

PROCESSES = pytest.mark.parametrize("where", ["same process", "other process"])
EVENTS = [b'data: {"n": %d}\n\n' % number for number in range(1, 8)]


def data(events: Sequence[Event]) -> list[str]:
    return [event.data for event in events]


async def test_a_turn_is_told_event_by_event_with_our_ids(one: Instance) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    upstream = Spoken(headers={"content-type": "Text/Event-Stream; charset=utf-8"})
    upstream.say(*EVENTS)
    upstream.end()

    visit = one.ask(session, chat, upstream)
    await visit.over()

    assert visit.browser.answer.status == 200
    assert visit.browser.answer.header("content-type") == "text/event-stream"
    assert visit.browser.answer.header("chat-id") == chat.id
    events = parse(visit.body)
    turn = events[0].id.partition(".")[0]
    assert [event.id for event in events] == [f"{turn}.{n}" for n in range(1, 8)]
    assert visit.body.count(b"retry: ") == 1
    assert upstream.closed.is_set()


@PROCESSES
async def test_a_turn_goes_on_without_its_browser(
    one: Instance, other: Instance, where: str
) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    upstream = Spoken()
    visit = one.ask(session, chat, upstream)
    upstream.say(*EVENTS[:3])
    await visit.until(b'"n": 3')
    seen = parse(visit.body)

    await visit.leave()
    assert not upstream.closed.is_set()
    upstream.say(*EVENTS[3:5])
    back = (one if where == "same process" else other).follow(session, chat, seen[-1].id)
    await back.until(b'"n": 5')
    upstream.say(*EVENTS[5:])
    upstream.end()
    await back.over()

    assert [*data(seen), *data(parse(back.body))] == [f'{{"n": {n}}}' for n in range(1, 8)]
    await asyncio.wait_for(upstream.closed.wait(), 1)


async def test_without_an_id_the_newest_turn_is_told_from_its_beginning(
    one: Instance, other: Instance
) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    for text in (b"data: older\n\n", b"data: newer\n\n"):
        one.desk.clock.advance(1)
        upstream = Spoken()
        upstream.say(text)
        upstream.end()
        await one.ask(session, chat, upstream).over()

    for process in (one, other):
        back = process.follow(session, chat)
        await back.over()
        assert data(parse(back.body)) == ["newer"]


async def test_an_older_turn_is_still_told_by_its_id(one: Instance, other: Instance) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    first = await answered(one, session, chat, *EVENTS[:2])
    await answered(one, session, chat, *EVENTS[2:])

    back = other.follow(session, chat, first[0].id)
    await back.over()

    assert data(parse(back.body)) == ['{"n": 2}']


async def answered(process: Instance, session: Session, chat: Chat, *events: bytes) -> list[Event]:
    """Ask, and have all of it answered."""
    upstream = Spoken()
    upstream.say(*events)
    upstream.end()
    visit = process.ask(session, chat, upstream)
    await visit.over()
    await written(process)
    return parse(visit.body)


@PROCESSES
async def test_whoever_has_seen_everything_is_told_to_stop(
    one: Instance, other: Instance, where: str
) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    seen = await answered(one, session, chat, *EVENTS)

    back = (one if where == "same process" else other).follow(session, chat, seen[-1].id)
    await back.over()

    assert back.browser.answer.status == 204
    assert back.body == b""


async def test_the_id_may_stand_in_the_query(one: Instance) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    seen = await answered(one, session, chat, *EVENTS)

    back = one.follow(session, chat, query=f"?last_event_id={seen[5].id}")
    await back.over()

    assert data(parse(back.body)) == ['{"n": 7}']


@PROCESSES
@pytest.mark.parametrize(("number", "code"), [(8, "event_id_invalid"), (100, "event_id_invalid")])
async def test_an_id_that_the_turn_never_had_is_refused(
    one: Instance, other: Instance, where: str, number: int, code: str
) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    seen = await answered(one, session, chat, *EVENTS)
    turn = seen[0].id.partition(".")[0]

    back = (one if where == "same process" else other).follow(session, chat, f"{turn}.{number}")

    assert (await back.refusal()).code == code


async def test_nothing_is_kept_of_a_chat_that_was_never_asked(one: Instance) -> None:
    session = await one.log_in()
    chat = await one.chat(session)

    assert (await one.follow(session, chat).refusal()).code == "stream_unknown"
    unknown = "01ARZ3NDEKTSV4RRFFQ69G5FAV.1"
    assert (await one.follow(session, chat, unknown).refusal()).code == "stream_unknown"
    assert (await one.follow(session, chat, "nonsense").refusal()).code == "event_id_invalid"


async def test_a_turn_of_one_chat_is_none_of_another(one: Instance) -> None:
    session = await one.log_in()
    mine, other = await one.chat(session), await one.chat(session)
    upstream = Spoken()
    upstream.say(EVENTS[0])
    visit = one.ask(session, mine, upstream)
    await visit.until(b'"n": 1')

    back = one.follow(session, other, parse(visit.body)[0].id)

    assert (await back.refusal()).code == "stream_unknown"
    assert (await one.follow(session, other).refusal()).code == "stream_unknown"


async def test_many_follow_one_turn(one: Instance, other: Instance) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    upstream = Spoken()
    asked = one.ask(session, chat, upstream)
    upstream.say(*EVENTS[:4])
    await asked.until(b'"n": 4')
    visits = [asked, *(process.follow(session, chat) for process in (one, other, one))]
    for visit in visits:
        await visit.until(b'"n": 4')

    upstream.say(*EVENTS[4:])
    upstream.end()

    for visit in visits:
        await visit.over()
        assert data(parse(visit.body)) == [f'{{"n": {n}}}' for n in range(1, 8)]


async def test_a_slow_browser_does_not_slow_the_turn(one: Instance) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    upstream = Spoken()
    visit = one.ask(session, chat, upstream)
    await visit.until(b"retry")
    visit.browser.taking.clear()
    large = [b"data: " + b"%d" % number * 100_000 + b"\n\n" for number in range(8)]

    upstream.say(*large)
    upstream.end()
    await asyncio.wait_for(upstream.closed.wait(), 5)
    await written(one)
    visit.browser.taking.set()
    await visit.over()

    # What left memory meanwhile came from the journal.
    assert [event.data[0] for event in parse(visit.body)] == [str(number) for number in range(8)]


async def test_a_browser_that_is_too_slow_is_told_what_it_missed(
    table: FaultyTable, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "WINDOW_BYTES", 100)
    pace = replace(FAST, keeps=Bounds(events=40, octets=1 << 20, row=1 << 10))
    async with instance(table, clock, pace=pace) as one:
        session = await one.log_in()
        chat = await one.chat(session)
        upstream = Spoken()
        visit = one.ask(session, chat, upstream)
        await visit.until(b"retry")
        visit.browser.taking.clear()
        for number in range(1, 101):
            upstream.say(b"data: %d\n\n" % number)
            if number % 2 == 0:
                await asyncio.sleep(0.003)
        upstream.end()
        await asyncio.wait_for(upstream.closed.wait(), 5)
        await written(one)
        visit.browser.taking.set()
        await visit.over()

        seen = parse(visit.body)
        (gap,) = [event for event in seen if event.type == "gap"]
        at = seen.index(gap)
        assert gap.json["reason"] == "truncated"
        assert gap.id.endswith(f".{gap.json['to']}")
        before, after = data(seen[:at]), data(seen[at + 1 :])
        assert before == [str(n) for n in range(1, gap.json["from"])]
        assert after == [str(n) for n in range(gap.json["to"] + 1, 101)]
        assert len(after) <= 40


async def test_silence_is_filled_with_comments(table: FaultyTable, clock: StoppedClock) -> None:
    pace = replace(FAST, heartbeat_s=0.01)
    async with instance(table, clock, pace=pace) as one, instance(table, clock, pace=pace) as two:
        session = await one.log_in()
        chat = await one.chat(session)
        upstream = Spoken()
        upstream.say(EVENTS[0])
        visit = one.ask(session, chat, upstream)
        await visit.until(b".1\n\n: keep-alive\n\n: keep-alive\n\n")

        back = two.follow(session, chat)
        await back.until(b".1\n\n: keep-alive\n\n: keep-alive\n\n")


async def test_a_turn_that_is_slow_to_begin_begins_without_its_answer(
    table: FaultyTable, clock: StoppedClock
) -> None:
    async with instance(table, clock, pace=replace(FAST, slow_start_s=0.01)) as one:
        session = await one.log_in()
        chat = await one.chat(session)
        upstream = Spoken()
        upstream.open.clear()
        visit = one.ask(session, chat, upstream)
        await visit.until(b"retry")

        upstream.open.set()
        upstream.say(*EVENTS)
        upstream.end()
        await visit.over()

        assert len(parse(visit.body)) == 7


async def test_a_browser_that_leaves_before_the_answer_began_finds_it_later(
    one: Instance, other: Instance
) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    upstream = Spoken()
    upstream.open.clear()
    visit = one.ask(session, chat, upstream)
    await upstream.entered.wait()
    await visit.leave()

    upstream.open.set()
    upstream.say(*EVENTS)
    upstream.end()
    await written(one)

    back = other.follow(session, chat)
    await back.over()
    assert len(parse(back.body)) == 7


# -- answers that are no event stream


JSON = {"content-type": "application/json", "content-length": "2"}


async def test_an_answer_that_is_no_event_stream_is_relayed_as_it_is(
    one: Instance, table: FaultyTable
) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    upstream = Spoken(headers=JSON)
    upstream.say(b"{}")
    upstream.end()

    visit = one.ask(session, chat, upstream)
    ending = await visit.over()

    assert ending is Ending.COMPLETE
    assert visit.browser.answer.body == b"{}"
    assert visit.browser.answer.header("content-type") == "application/json"
    assert upstream.closed.is_set()
    assert not one.streams.open
    assert (await one.follow(session, chat).refusal()).code == "stream_unknown"


async def test_an_answer_that_is_no_event_stream_ends_with_its_browser(one: Instance) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    upstream = Spoken(headers=JSON)
    visit = one.ask(session, chat, upstream)
    async with asyncio.timeout(5):
        while not upstream.asked:
            await asyncio.sleep(0.001)

    visit.browser.leave()

    assert await visit.over() is Ending.BROWSER_GONE
    assert upstream.closed.is_set()
    assert not one.streams.open


@pytest.mark.parametrize("case", ["nobody there", "begun early"])
async def test_an_answer_that_turns_out_to_be_no_event_stream_is_closed(
    table: FaultyTable, clock: StoppedClock, case: str
) -> None:
    pace = replace(FAST, slow_start_s=5.0 if case == "nobody there" else 0.01)
    async with instance(table, clock, pace=pace) as one:
        session = await one.log_in()
        chat = await one.chat(session)
        upstream = Spoken(headers=JSON)
        upstream.open.clear()
        visit = one.ask(session, chat, upstream)
        await upstream.entered.wait()
        if case == "nobody there":
            await visit.leave()
        else:
            await visit.until(b"retry")

        upstream.open.set()
        await written(one)
        await visit.over()

        assert upstream.closed.is_set()
        assert not one.streams.open
        if case == "begun early":
            assert parse(visit.body)[-1].json["code"] == "agent_failed"
