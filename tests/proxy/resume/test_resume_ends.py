"""Stop and revocation end a turn, wherever it is recorded and whoever follows it."""

import asyncio
from dataclasses import replace

import pytest

from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from fakes.proxy.answer import Spoken
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.events import parse
from fakes.resume.instance import FAST, Instance, detached, instance
from fakes.resume.talking import FIRST, end_of, number, retold, talking, written
from proxy.errors import AgentFailed
from proxy.invocation import Stops
from trust.clock import NumericDate
from trust.store.memory import MemoryTable
from trust.store.table import Item, Key
from trust.wire.call import Broken

# -- stop


async def test_stop_here_ends_the_turn(one: Instance, other: Instance) -> None:
    session, chat, upstream, visit = await talking(one)
    last = parse(visit.body)[-1].id
    elsewhere = other.follow(session, chat, last)

    one.streams.stop(chat.key)
    await visit.over()
    await elsewhere.over()

    assert upstream.closed.is_set()
    assert end_of(visit).json["code"] == "turn_stopped"
    assert end_of(elsewhere).json["code"] == "turn_stopped"
    await written(one)
    assert (await retold(other, session, chat, last)).json["code"] == "turn_stopped"


async def test_stop_on_another_process_ends_the_turn(one: Instance, other: Instance) -> None:
    session, chat, upstream, visit = await talking(one)
    # The recorder has looked how often it was stopped before.
    await asyncio.sleep(0.03)

    await other.journal.stop(session.owner, chat.id, now=other.desk.clock.now())
    await visit.over()

    assert upstream.closed.is_set()
    assert end_of(visit).json["code"] == "turn_stopped"
    assert not one.streams.open


@pytest.mark.parametrize("how", ["breaks off", "ends"])
async def test_an_agent_that_ends_by_a_stop_elsewhere_did_not_fail(
    table: FaultyTable, clock: StoppedClock, how: str
) -> None:
    async with instance(table, clock, pace=replace(FAST, stops_s=60.0)) as one:
        session, chat, upstream, visit = await talking(one)
        await asyncio.sleep(0.01)

        # Before the process has looked again, the runtime has ended the agent.
        await one.journal.stop(session.owner, chat.id, now=clock.now())
        if how == "ends":
            upstream.end()
        else:
            upstream.fail(Broken("torn"))
        await visit.over()

        assert end_of(visit).json["code"] == "turn_stopped"


async def test_an_agent_that_a_stop_elsewhere_ends_before_its_first_byte_did_not_fail(
    table: FaultyTable, clock: StoppedClock
) -> None:
    async with instance(table, clock, pace=replace(FAST, stops_s=60.0)) as one:
        session = await one.log_in()
        chat = await one.chat(session)
        upstream = Spoken()
        upstream.open.clear()
        upstream.refusal = AgentFailed("its session was ended")
        visit = one.ask(session, chat, upstream)
        await asyncio.sleep(0.01)

        await one.journal.stop(session.owner, chat.id, now=clock.now())
        upstream.open.set()

        assert (await visit.refusal()).code == "turn_stopped"


class SlowToTell(FaultyTable):
    """Takes longer to tell of stops than it is between two looks for one."""

    def __init__(self) -> None:
        super().__init__(MemoryTable())
        self.told = asyncio.Event()

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item, in its own time."""
        found = await super().get(key, now=now)
        if key.sort == "STOPS":
            await asyncio.sleep(3 * FAST.stops_s)
            self.told.set()
        return found


async def test_a_store_that_is_slow_tells_of_a_stop_all_the_same(clock: StoppedClock) -> None:
    table = SlowToTell()
    async with instance(table, clock) as one:
        session, chat, upstream, visit = await talking(one)
        async with asyncio.timeout(WAIT_S):
            await table.told.wait()

        await one.journal.stop(session.owner, chat.id, now=clock.now())
        await visit.over()

        assert upstream.closed.is_set()
        assert end_of(visit).json["code"] == "turn_stopped"


class TellingNothing(FaultyTable):
    """Never tells of stops."""

    def __init__(self) -> None:
        super().__init__(MemoryTable())

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item, or nothing for ever."""
        if key.sort == "STOPS":
            await asyncio.Event().wait()
        return await super().get(key, now=now)


async def test_a_store_that_tells_of_no_stop_holds_up_no_message(clock: StoppedClock) -> None:
    async with instance(TellingNothing(), clock) as one:
        session = await one.log_in()
        chat = await one.chat(session)
        upstream = Spoken()
        upstream.say(FIRST)

        stops = await one.resume.stops_before(session.owner, chat.id)
        visit = one.ask(session, chat, upstream, stops=Stops(0, since_granted=False))

        assert stops is None
        await visit.until(b"data: first")


async def test_a_message_that_waited_for_no_grants_waits_for_no_second_look(
    clock: StoppedClock,
) -> None:
    pace = replace(FAST, stops_s=10 * WAIT_S)
    async with instance(TellingNothing(), clock, pace=pace) as one:
        session = await one.log_in()
        upstream = Spoken()
        upstream.say(FIRST)

        just_learned = Stops(0, since_granted=True)
        visit = one.ask(session, await one.chat(session), upstream, stops=just_learned)

        await visit.until(b"data: first")


async def test_what_is_not_known_of_stops_refuses_no_message(
    one: Instance, table: FaultyTable
) -> None:
    session = await one.log_in()
    table.down = True

    for chat_id in (None, "no/chat#id", "01ARZ3NDEKTSV4RRFFQ69G5FAV"):
        assert await one.resume.stops_before(session.owner, chat_id) is None


async def test_stop_ends_who_follows_on_that_process_at_once(
    one: Instance, other: Instance
) -> None:
    session, chat, _, _ = await talking(one)
    back = other.follow(session, chat)
    await back.until(b"data: first")

    other.streams.stop(chat.key)
    await back.over()

    assert end_of(back).json["code"] == "turn_stopped"


async def test_a_stop_of_an_earlier_turn_does_not_end_this_one(
    one: Instance, other: Instance
) -> None:
    session = await one.log_in()
    chat = await one.chat(session)
    await other.journal.stop(session.owner, chat.id, now=other.desk.clock.now())
    upstream = Spoken()
    visit = one.ask(session, chat, upstream)
    await asyncio.sleep(0.03)

    upstream.say(FIRST)
    upstream.end()
    await visit.over()

    assert [event.type for event in parse(visit.body)] == ["message"]


async def test_the_end_that_is_written_has_an_id_and_is_told_once(
    one: Instance, other: Instance
) -> None:
    session, chat, upstream, visit = await talking(one)
    upstream.fail(Broken("torn"))
    await visit.over()
    end = end_of(visit)
    assert (end.json["code"], number(end)) == ("agent_failed", 2)
    await written(one)

    for process in (one, other):
        back = process.follow(session, chat, end.id)
        await back.over()
        assert back.browser.answer.status == 204


async def test_a_cut_that_is_the_followers_alone_has_no_id_of_its_own(
    one: Instance, other: Instance
) -> None:
    session, chat, upstream, visit = await talking(one)
    last = parse(visit.body)[-1].id
    back = other.follow(session, chat, last)
    await back.until(b"retry")

    await other.streams.drain(0)
    await back.over()

    assert end_of(back).json["code"] == "server_restarting"
    assert end_of(back).id == last
    # The turn goes on, here and for whoever comes back.
    upstream.say(b"data: second\n\n")
    upstream.end()
    await visit.over()
    assert [event.data for event in parse(visit.body)] == ["first", "second"]


# -- sessions


@pytest.mark.parametrize("browser", ["there", "gone"])
async def test_a_revoked_session_ends_its_turn(
    one: Instance, other: Instance, browser: str
) -> None:
    session, chat, upstream, visit = await talking(one)
    last = parse(visit.body)[-1].id
    if browser == "gone":
        await visit.leave()

    await one.desk.ledger.end(session.owner, session.id_hash)
    await asyncio.wait_for(upstream.closed.wait(), 5)
    await visit.over()

    if browser == "there":
        assert end_of(visit).json["code"] == "session_revoked"
    await written(one)
    # In another session of theirs, it is not that session which has ended.
    again = await other.log_in()
    end = await retold(other, again, chat, last)
    assert (end.json["code"], number(end)) == ("turn_stopped", 2)


async def test_a_follower_is_cut_off_with_its_own_session(one: Instance, other: Instance) -> None:
    _, chat, upstream, _ = await talking(one)
    tablet = await other.log_in()
    back = other.follow(tablet, chat)
    await back.until(b"data: first")

    await one.desk.ledger.end(tablet.owner, tablet.id_hash)
    await other.watch.look()
    await back.over()

    assert end_of(back).json["code"] == "session_revoked"
    assert not upstream.closed.is_set()


async def test_a_turn_that_nobody_watches_keeps_nobody_logged_in(one: Instance) -> None:
    session, _, upstream, visit = await talking(one)
    await visit.leave()
    assert await one.desk.stored(session) == session

    one.desk.clock.advance(600)
    await one.watch.look()
    await asyncio.sleep(0.03)
    assert await one.desk.stored(session) == session

    one.desk.clock.advance(1300)
    await asyncio.wait_for(upstream.closed.wait(), 5)


async def test_a_turn_that_is_watched_keeps_its_session(one: Instance) -> None:
    session, _, _, _ = await talking(one)

    one.desk.clock.advance(600)
    await one.watch.look()

    slid = await one.desk.stored(session)
    assert slid is not None
    assert slid.idle_expires_at > session.idle_expires_at


async def test_a_store_that_is_away_ends_no_turn(one: Instance, table: FaultyTable) -> None:
    _, _, upstream, visit = await talking(one)
    await visit.leave()

    table.down = True
    await asyncio.sleep(0.05)
    assert not upstream.closed.is_set()
    table.down = False
    upstream.say(b"data: second\n\n")
    upstream.end()

    await written(one)


async def test_what_a_strong_login_was_told_is_not_told_to_a_weak_one(
    one: Instance, other: Instance
) -> None:
    session, chat, _, visit = await talking(one)
    other.agents[:] = [detached(acr_values=("gold",))]

    refusal = await other.follow(session, chat).refusal()

    assert refusal.code == "insufficient_user_authentication"
    assert not visit.task.done()


async def test_an_agent_that_the_tenant_lost_tells_nothing_more(
    one: Instance, other: Instance
) -> None:
    session, chat, _, _ = await talking(one)
    other.agents[:] = [detached(tenants=frozenset())]

    assert (await other.follow(session, chat).refusal()).code == "agent_unknown"
