"""Whatever ends a turn is written down and told, to whoever is there and to whoever comes back."""

import asyncio
from dataclasses import replace

import pytest

from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from fakes.proxy.answer import Spoken
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.events import parse
from fakes.resume.instance import FAST, Instance, instance
from fakes.resume.talking import end_of, number, retold, talking, written
from proxy.errors import AgentBusy, AgentTimeout, ServerRestarting
from proxy.events.scrub import ScrubbedEvents
from proxy.relay import Bounds
from proxy.resume.events import MAX_EVENT_BYTES
from trust.errors import TrustError
from trust.store.memory import MemoryTable
from trust.store.table import Condition, Item
from trust.wire.call import Broken

# -- the process


async def test_a_process_that_is_drained_says_so_and_writes_it_down(
    one: Instance, other: Instance
) -> None:
    session, chat, upstream, visit = await talking(one)
    last = parse(visit.body)[-1].id

    await one.streams.drain(0)
    await visit.over()
    await written(one)

    assert upstream.closed.is_set()
    assert end_of(visit).json["code"] == "server_restarting"
    assert end_of(visit).id == last
    end = await retold(other, session, chat, last)
    assert (end.json["code"], number(end)) == ("server_restarting", 2)
    assert isinstance(await one.follow(session, chat).refusal(), ServerRestarting)


async def test_the_end_of_a_process_ends_what_nobody_drained(
    one: Instance, other: Instance
) -> None:
    session, chat, upstream, visit = await talking(one)
    last = parse(visit.body)[-1].id
    await visit.leave()

    await one.resume.close()

    assert upstream.closed.is_set()
    assert (await retold(other, session, chat, last)).json["code"] == "server_restarting"


async def test_the_end_of_a_process_does_not_wait_for_a_store_for_ever(
    table: FaultyTable, clock: StoppedClock
) -> None:
    pace = replace(FAST, last_word_s=0.02, end_s=60.0)
    async with instance(table, clock, pace=pace) as one:
        _, _, upstream, _ = await talking(one)
        table.down = True

        await asyncio.wait_for(one.resume.close(), 1)

        assert upstream.closed.is_set()
        # Nor does what was left of the turn.
        await asyncio.wait_for(written(one), 1)


async def test_a_store_that_is_away_at_the_end_of_a_turn_gets_it_later(
    table: FaultyTable, clock: StoppedClock
) -> None:
    pace = replace(FAST, end_s=WAIT_S, last_word_s=0.01)
    async with instance(table, clock, pace=pace) as one, instance(table, clock) as other:
        session, chat, upstream, visit = await talking(one)
        table.full = True
        upstream.say(b"data: second\n\n")
        upstream.end()
        await visit.over()
        # For longer than a last word may take.
        await asyncio.sleep(0.05)
        table.full = False
        await written(one)

        back = other.follow(session, chat)
        await back.over()

        assert [event.data for event in parse(back.body)] == ["first", "second"]


async def test_a_turn_of_a_killed_process_is_lost_and_said_to_be(
    table: FaultyTable, clock: StoppedClock
) -> None:
    pace = replace(FAST, lost_s=0.1)
    async with instance(table, clock, pace=pace) as one, instance(table, clock, pace=pace) as two:
        session, chat, _, visit = await talking(one)
        back = two.follow(session, chat)
        await back.until(b"data: first")

        await one.killed()
        await back.over()

        assert end_of(back).json["code"] == "turn_lost"
        assert end_of(back).id == parse(back.body)[0].id
        clock.advance(60)
        again = two.follow(session, chat, parse(back.body)[0].id)
        assert (await again.refusal()).code == "turn_lost"
        assert visit.task.done()
        # And it can be asked again.
        upstream = Spoken()
        upstream.say(b"data: anew\n\n")
        upstream.end()
        anew = two.ask(session, chat, upstream)
        await anew.over()
        assert [event.data for event in parse(anew.body)] == ["anew"]


# -- the agent


@pytest.mark.parametrize(
    ("fail", "code"),
    [
        (Broken("torn"), "agent_failed"),
        (AgentTimeout("hung"), "agent_timeout"),
        (ValueError("a bug"), "internal_error"),
    ],
    ids=["broken", "refused", "bug"],
)
async def test_an_agent_that_fails_in_mid_turn_is_told_of(
    one: Instance, other: Instance, fail: Exception, code: str
) -> None:
    session, chat, upstream, visit = await talking(one)
    last = parse(visit.body)[-1].id

    upstream.fail(fail)
    await visit.over()
    await written(one)

    assert end_of(visit).json["code"] == code
    assert (await retold(other, session, chat, last)).json["code"] == code
    assert not one.streams.open


async def test_an_agents_own_error_is_told_by_its_code_alone(one: Instance) -> None:
    _, _, upstream, visit = await talking(one)

    upstream.say(b'data: {"error": "secret words", "error_type": "ValueError"}\n\n')
    await visit.over()

    assert end_of(visit).json["code"] == "agent_failed"
    assert b"secret words" not in visit.body


async def test_a_turn_that_is_refused_is_answered_with_its_status(one: Instance) -> None:
    session = await one.log_in()
    chat = await one.chat(session)

    visit = one.ask(session, chat, Spoken(refusal=AgentBusy("busy")))

    assert (await visit.refusal()).code == "agent_busy"
    assert visit.browser.messages == []
    await written(one)
    assert not one.streams.open
    assert (await one.follow(session, chat).refusal()).code == "stream_unknown"


async def test_a_refused_turn_does_not_hide_the_one_that_runs(
    one: Instance, other: Instance
) -> None:
    session, chat, _, _ = await talking(one)
    await one.ask(session, chat, Spoken(refusal=AgentBusy("busy"))).refusal()

    back = other.follow(session, chat)
    await back.until(b"data: first")


async def test_a_refusal_that_comes_late_is_told_in_the_stream(
    table: FaultyTable, clock: StoppedClock
) -> None:
    async with instance(table, clock, pace=replace(FAST, slow_start_s=0.01)) as one:
        session = await one.log_in()
        chat = await one.chat(session)
        upstream = Spoken(refusal=AgentBusy("busy"))
        upstream.open.clear()
        visit = one.ask(session, chat, upstream)
        await visit.until(b"retry")

        upstream.open.set()
        await visit.over()

        assert (end_of(visit).json["code"], number(end_of(visit))) == ("agent_busy", 1)


async def test_an_agent_that_never_answers_is_given_up(one: Instance) -> None:
    one.resume._bounds = Bounds(idle_s=0.02, total_s=60.0, answer_bytes=1 << 20)
    session = await one.log_in()
    upstream = Spoken()
    upstream.open.clear()

    visit = one.ask(session, await one.chat(session), upstream)

    assert (await visit.refusal()).code == "agent_timeout"
    assert upstream.closed.is_set()


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        (Bounds(idle_s=0.02, total_s=60.0, answer_bytes=1 << 20), "agent_timeout"),
        (Bounds(idle_s=60.0, total_s=0.05, answer_bytes=1 << 20), "agent_timeout"),
        (Bounds(idle_s=60.0, total_s=60.0, answer_bytes=20), "answer_too_large"),
    ],
    ids=["silent for too long", "too long at all", "too large"],
)
async def test_every_turn_has_its_bounds(one: Instance, bounds: Bounds, code: str) -> None:
    one.resume._bounds = bounds
    session, chat, upstream, visit = await talking(one)
    if code == "answer_too_large":
        upstream.say(b"data: 12345678901234567890\n\n")
    await visit.over()

    assert upstream.closed.is_set()
    await written(one)
    last = f"{parse(visit.body)[0].id}"
    assert (await retold(one, session, chat, last)).json["code"] == code


# -- slow browsers


async def test_a_browser_that_takes_nothing_is_cut_off_all_the_same(one: Instance) -> None:
    _, chat, upstream, visit = await talking(one)
    visit.browser.taking.clear()
    upstream.say(b"data: second\n\n")
    await visit.browser.offers(4)

    one.streams.stop(chat.key)
    await asyncio.wait_for(upstream.closed.wait(), 1)
    await visit.over()

    assert b"second" not in visit.body
    assert not visit.browser.ended


# -- counting


async def test_a_turn_without_its_browser_counts_as_an_open_answer(
    table: FaultyTable, clock: StoppedClock
) -> None:
    async with instance(table, clock, per_subject=2) as one:
        session, chat, upstream, visit = await talking(one)
        assert len(one.streams.open) == 1
        await visit.leave()
        assert len(one.streams.open) == 1
        back = one.follow(session, chat)
        await back.until(b"data: first")

        assert (await one.follow(session, chat).refusal()).code == "too_many_streams"

        upstream.end()
        await back.over()
        await written(one)
        assert not one.streams.open


async def test_a_follower_that_leaves_is_counted_out(one: Instance) -> None:
    session, chat, _, _ = await talking(one)
    back = one.follow(session, chat)
    await back.until(b"data: first")
    assert len(one.streams.open) == 2

    await back.leave()

    assert len(one.streams.open) == 1


# -- forgetting


async def test_a_chat_that_is_forgotten_ends_its_turn(one: Instance, other: Instance) -> None:
    session, chat, upstream, visit = await talking(one)
    await asyncio.sleep(0.01)

    await other.journal.forget(session.owner, chat.id, now=other.desk.clock.now())

    await asyncio.wait_for(upstream.closed.wait(), 5)
    await visit.over()
    assert end_of(visit).json["code"] == "turn_stopped"
    await written(one)
    found = await other.journal.newest(session.owner, chat.id, now=other.desk.clock.now())
    assert found is None


async def test_a_journal_that_fails_ends_the_turn_and_says_so(
    clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with instance(BrokenTable(MemoryTable()), clock) as one:
        _, _, upstream, visit = await talking(one)
        await visit.over()

        assert upstream.closed.is_set()
        assert end_of(visit).json["code"] == "internal_error"
    assert "turn.unkept" in caplog.text


class BrokenTable(FaultyTable):
    """Has a fault where turns are written."""

    async def put(self, item: Item, *, condition: Condition | None = None) -> None:
        """Write the item, unless it is a turn's."""
        if item.key.sort.startswith("HEAD#"):
            raise ValueError("a bug")
        await super().put(item, condition=condition)


# -- agents whose events say themselves that they failed


class Telling(ScrubbedEvents):
    """A passage that tells a failure in the agent's own way."""

    tells_failures = True

    def rest(self, why: TrustError) -> bytes:
        """Say so."""
        return b"data: failed with %b\n\n" % why.code.encode()


async def test_a_failure_that_the_events_tell_is_told_once(one: Instance, other: Instance) -> None:
    one.passage = lambda _: Telling()
    session, chat, upstream, visit = await talking(one)

    upstream.fail(Broken("torn"))
    await visit.over()
    await written(one)

    seen = parse(visit.body)
    assert [event.data for event in seen] == ["first", "failed with agent_failed"]
    assert [event.type for event in seen] == ["message", "message"]
    back = other.follow(session, chat, seen[-1].id)
    await back.over()
    assert back.browser.answer.status == 204


async def test_a_stop_that_the_events_tell_is_read_by_who_comes_back(
    one: Instance, other: Instance
) -> None:
    one.passage = lambda _: Telling()
    session, chat, _, visit = await talking(one)
    last = parse(visit.body)[-1].id

    one.streams.stop(chat.key)
    await visit.over()
    await written(one)

    assert end_of(visit).json["code"] == "turn_stopped"
    back = other.follow(session, chat, last)
    await back.over()
    assert [event.data for event in parse(back.body)] == ["failed with turn_stopped"]


async def test_what_comes_ahead_of_an_event_that_is_too_large_is_told(one: Instance) -> None:
    _, _, upstream, visit = await talking(one)

    upstream.say(b"data: second\n\ndata: " + b"x" * MAX_EVENT_BYTES + b"\n\ndata: third\n\n")
    await visit.over()

    assert [event.data for event in parse(visit.body)[:-1]] == ["first", "second"]
    assert end_of(visit).json["code"] == "agent_failed"


async def test_what_is_said_of_a_failure_is_bounded_too(one: Instance) -> None:
    class Endless(Telling):
        def rest(self, why: TrustError) -> bytes:
            return super().rest(why)[:-2] + b"x" * MAX_EVENT_BYTES

    one.passage = lambda _: Endless()
    _, _, upstream, visit = await talking(one)

    upstream.fail(Broken("torn"))
    await visit.over()

    assert [event.data for event in parse(visit.body)] == ["first"]
