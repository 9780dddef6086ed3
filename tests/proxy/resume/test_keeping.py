"""Writing a turn down: together, one batch at a time, and again where the store was away."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

import pytest

from fakes.clock import NOW, StoppedClock
from fakes.faulty_table import FaultyTable
from fakes.login import ALICE
from fakes.resume.instance import FAST, keys_of
from proxy.resume import keeping as module
from proxy.resume.keeping import Keeping
from proxy.resume.pace import Pace
from proxy.resume.recording import Recording
from trust.clock import NumericDate
from trust.journal.journal import Forgotten, Journal, Written
from trust.journal.kept import Bounds, Kept
from trust.journal.record import COMPLETE, Head, Row, TurnPlace, unframed
from trust.store.table import Condition, Item, Key, StoreUnavailable

PLACE = TurnPlace(owner=ALICE, chat="01ARZ3NDEKTSV4RRFFQ69G5FAV", turn="0" * 26)
NEVER = replace(FAST, batch_s=60.0, mark_s=60.0)


class SlowTable(FaultyTable):
    """Clear `open` and writes are held back; `writing` is the most that were at it at once."""

    def __init__(self, table: FaultyTable) -> None:
        super().__init__(table)
        self.open = asyncio.Event()
        self.open.set()
        self.writes = 0
        self.at_once = 0
        self.most = 0

    async def put(self, item: Item, *, condition: Condition | None = None) -> None:
        """Write the item once it may."""
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await self.open.wait()
            await super().put(item, condition=condition)
            self.writes += 1
        finally:
            self.at_once -= 1


@dataclass(kw_only=True)
class Turn:
    """A turn that is being written."""

    keeping: Keeping
    recording: "CountingRecording"
    journal: Journal
    task: "asyncio.Future[None]"

    async def head(self) -> Head:
        """Return the head as it is stored."""
        head = await self.journal.head(PLACE, now=NOW)
        assert head is not None
        return head

    async def rows(self) -> list[Row]:
        """Return the rows that are stored."""
        found = [await self.journal.row(PLACE, ordinal, now=NOW) for ordinal in range(100)]
        return [row for row in found if row is not None]

    async def events(self) -> list[bytes]:
        """Return the events that are stored."""
        return [event for row in await self.rows() for event in unframed(row.content)]

    async def over(self) -> None:
        """Wait until everything is written."""
        async with asyncio.timeout(5):
            await self.task

    def say(self, *events: bytes) -> None:
        """Do what the recorder does with events."""
        self.recording.add(events)
        self.keeping.offer(events)


class CountingRecording(Recording):
    """Knows up to which event it was told that the journal has them."""

    written = 0

    def kept(self, number: int) -> None:
        """Take notice of it."""
        self.written = number
        super().kept(number)


@asynccontextmanager
async def keeping(
    table: FaultyTable, *, pace: Pace = FAST, kept: Kept | None = None
) -> AsyncGenerator[Turn]:
    journal = Journal(table, keys_of(), random=lambda count: b"n" * count)
    recording = CountingRecording(PLACE)
    written = Written(place=PLACE, ends_by=NumericDate(NOW + 3600))
    found = Keeping(recording, journal, kept or Kept(Bounds()), written, StoppedClock(), pace)
    task = asyncio.ensure_future(found.run())
    found.begin()
    try:
        yield Turn(keeping=found, recording=recording, journal=journal, task=task)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Forgotten):
            await task


@pytest.fixture
def slow(table: FaultyTable) -> SlowTable:
    return SlowTable(table)


async def until(condition: object) -> None:
    """Wait until something is so."""
    assert callable(condition)
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_turn_is_written_to_its_end(table: FaultyTable) -> None:
    async with keeping(table) as turn:
        turn.say(b"one", b"two")
        turn.say(b"three")
        turn.keeping.finish(COMPLETE)
        await turn.over()

        assert await turn.events() == [b"one", b"two", b"three"]
        assert (await turn.rows())[-1].last
        head = await turn.head()
        assert (head.end, head.last_event) == (COMPLETE, 3)


async def test_events_are_written_together(slow: SlowTable) -> None:
    async with keeping(slow, pace=replace(NEVER, batch_s=0.02)) as turn:
        for _ in range(10):
            turn.say(b"x")
            await asyncio.sleep(0)
        await until(lambda: slow.writes >= 3)

        assert [row.ends for row in await turn.rows()] == [10]


async def test_much_is_not_waited_with(slow: SlowTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_BYTES", 10)
    async with keeping(slow, pace=NEVER) as turn:
        turn.say(b"x" * 9)
        await until(lambda: slow.writes == 2)
        assert await turn.rows() == []

        turn.say(b"x")
        await until(lambda: slow.writes == 3)

        assert await turn.events() == [b"x" * 9, b"x"]


async def test_what_comes_after_much_is_waited_with_again(
    slow: SlowTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_BYTES", 10)
    async with keeping(slow, pace=NEVER) as turn:
        turn.say(b"x" * 10)
        await until(lambda: turn.recording.written == 1)

        turn.say(b"x")
        for _ in range(20):
            await asyncio.sleep(0)

        assert await turn.events() == [b"x" * 10]


class CountingKept(Kept):
    """Counts how often it is asked for rows."""

    asked = 0

    def added(self, events: Sequence[bytes], *, last: bool = False) -> list[Row]:
        """Return the rows."""
        self.asked += 1
        return super().added(events, last=last)


async def test_a_turn_in_which_nothing_happens_is_not_looked_at(table: FaultyTable) -> None:
    kept = CountingKept(Bounds())
    async with keeping(table, pace=replace(NEVER, batch_s=0.0), kept=kept) as turn:
        turn.say(b"x")
        await until(lambda: turn.recording.written == 1)
        for _ in range(20):
            await asyncio.sleep(0)

        assert kept.asked == 1


async def test_one_batch_is_in_flight_and_one_is_filling(
    slow: SlowTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_BYTES", 10)
    monkeypatch.setattr(module, "FULL_BYTES", 30)
    async with keeping(slow, pace=NEVER) as turn:
        await until(lambda: slow.writes == 2)
        slow.open.clear()
        turn.say(b"x" * 10)
        await until(lambda: slow.at_once == 1)
        turn.say(b"y" * 29)
        await asyncio.wait_for(turn.keeping.room(), 1)

        turn.say(b"z")
        waiting = asyncio.ensure_future(turn.keeping.room())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not waiting.done()
        assert slow.most == 1

        slow.open.set()
        await asyncio.wait_for(waiting, 1)


async def test_a_sign_of_life_is_given_while_nothing_happens(table: FaultyTable) -> None:
    async with keeping(table, pace=replace(FAST, mark_s=0.005)) as turn:
        versions = set[int]()
        async with asyncio.timeout(5):
            while len(versions) < 4:
                found = await turn.journal.head(PLACE, now=NOW)
                versions |= {found.version} if found else set()
                await asyncio.sleep(0.002)

        assert await turn.rows() == []


async def test_a_sign_of_life_is_given_while_much_happens(table: FaultyTable) -> None:
    async with keeping(table, pace=replace(FAST, batch_s=0.001, mark_s=0.02)) as turn:
        async with asyncio.timeout(5):
            while (found := await turn.journal.head(PLACE, now=NOW)) is None or found.version < 4:
                turn.say(b"x")
                await asyncio.sleep(0.001)


async def test_no_sign_of_life_is_written_for_every_batch(slow: SlowTable) -> None:
    async with keeping(slow, pace=replace(FAST, batch_s=0.0, mark_s=60.0)) as turn:
        await until(lambda: slow.writes == 2)
        for number in range(5):
            turn.say(b"x")
            await until(lambda number=number: slow.writes >= 3 + number)

        assert (await turn.head()).version == 1


@pytest.mark.parametrize("fault", ["not written", "answer lost"])
async def test_what_could_not_be_written_is_written_later(
    table: FaultyTable, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with keeping(table) as turn:
        table.failing_puts, table.unanswered_puts = (0, 3) if fault == "answer lost" else (3, 0)
        turn.say(b"one")
        await asyncio.sleep(0.01)
        turn.say(b"two")
        turn.keeping.finish(COMPLETE)
        await turn.over()

        assert await turn.events() == [b"one", b"two"]
        assert (await turn.head()).end == COMPLETE
    assert "turn.unkept" in caplog.text


async def test_of_too_many_events_the_oldest_rows_go_after_the_head_says_so(
    slow: SlowTable,
) -> None:
    async with keeping(slow, kept=Kept(Bounds(events=8, octets=1 << 20, row=1 << 10))) as turn:
        for number in range(20):
            turn.say(b"%d" % number)
            await until(lambda number=number: turn.recording.written == number + 1)
        turn.keeping.finish(COMPLETE)
        await turn.over()

        head = await turn.head()
        assert head.last_event == 20
        assert 20 - 8 < head.first_event <= 20 - 6
        rows = await turn.rows()
        assert rows[0].first == head.first_event
        assert await turn.events() == [b"%d" % n for n in range(head.first_event - 1, 20)]


class WatchfulTable(FaultyTable):
    """Knows what the head said when a row was deleted."""

    def __init__(self, table: FaultyTable) -> None:
        super().__init__(table)
        self.deleted: list[tuple[str, object]] = []

    async def delete(self, key: Key) -> None:
        """Look at the head, and delete the row."""
        head = await self.get(PLACE.head, now=NOW)
        assert head is not None
        self.deleted.append((key.sort[-8:], head.attributes["first_row"]))
        await super().delete(key)


async def test_no_row_goes_before_the_head_says_so(table: FaultyTable) -> None:
    watchful = WatchfulTable(table)
    kept = Kept(Bounds(events=8, octets=1 << 20, row=1 << 10))
    async with keeping(watchful, pace=replace(FAST, mark_s=60.0), kept=kept) as turn:
        for number in range(9):
            turn.say(b"%d" % number)
            await until(lambda number=number: turn.recording.written == number + 1)

        assert watchful.deleted == [("00000000", 2), ("00000001", 2)]


async def test_a_turn_that_was_forgotten_is_written_no_more(table: FaultyTable) -> None:
    async with keeping(table) as turn:
        turn.say(b"one")
        await until(lambda: turn.recording.written == 1)
        await turn.journal.forget(ALICE, PLACE.chat, now=NOW)

        with pytest.raises(Forgotten):
            await turn.over()


async def test_what_is_written_of_a_turn_that_was_forgotten_is_taken_back(
    table: FaultyTable,
) -> None:
    async with keeping(table, pace=replace(FAST, mark_s=60.0)) as turn:
        turn.say(b"one")
        await until(lambda: turn.recording.written == 1)
        await turn.journal.forget(ALICE, PLACE.chat, now=NOW)
        turn.say(b"two")
        await until(lambda: turn.recording.written == 2)
        assert await turn.events() == [b"two"]
        turn.keeping.finish(COMPLETE)

        with pytest.raises(Forgotten):
            await turn.over()

        assert await turn.rows() == []


async def test_a_turn_that_was_forgotten_ends_also_where_nothing_can_be_taken_back(
    table: FaultyTable,
) -> None:
    class Undeletable(FaultyTable):
        async def delete(self, key: Key) -> None:
            raise StoreUnavailable(key.sort)

    async with keeping(Undeletable(table), pace=replace(FAST, mark_s=60.0)) as turn:
        await until(lambda: turn.recording.noted)
        await table.delete(PLACE.head)
        turn.say(b"one")
        turn.keeping.finish(COMPLETE)

        with pytest.raises(Forgotten):
            await turn.over()


async def test_nothing_is_written_of_a_turn_that_does_not_begin(slow: SlowTable) -> None:
    journal = Journal(slow, keys_of(), random=lambda count: b"n" * count)
    written = Written(place=PLACE, ends_by=NumericDate(NOW + 3600))
    found = Keeping(Recording(PLACE), journal, Kept(Bounds()), written, StoppedClock(), FAST)
    task = asyncio.ensure_future(found.run())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})

    assert slow.writes == 0
