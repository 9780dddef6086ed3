"""A turn that another process writes: read as it comes, and what is missing is said."""

import asyncio
import secrets
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from fakes.login import ALICE
from fakes.resume.instance import FAST, keys_of
from proxy.resume.errors import StreamUnknown, TurnLost
from proxy.resume.pace import Pace
from proxy.resume.recording import Gap
from proxy.resume.stored import SKEW_S, Stored
from trust.clock import NumericDate
from trust.journal.journal import Journal, Written
from trust.journal.kept import Bounds, Kept
from trust.journal.record import COMPLETE, EVENTS_KEPT_S, TurnPlace
from trust.store.memory import MemoryTable

PLACE = TurnPlace(owner=ALICE, chat="01ARZ3NDEKTSV4RRFFQ69G5FAV", turn="0" * 26)
EAGER = replace(FAST, look_s=0.0)


@dataclass(kw_only=True)
class Writer:
    """Whoever writes the turn, step by step."""

    table: FaultyTable = field(default_factory=lambda: FaultyTable(MemoryTable()))
    clock: StoppedClock = field(default_factory=StoppedClock)
    keeps: Bounds = field(default_factory=lambda: Bounds(row=64))

    def __post_init__(self) -> None:
        self.journal = Journal(self.table, keys_of(), random=secrets.token_bytes)
        self.kept = Kept(self.keeps)
        self.turn = Written(place=PLACE, ends_by=NumericDate(self.clock.now() + 3600))

    async def begin(self) -> None:
        await self.journal.begin(self.turn, self.kept.head(now=self.clock.now()))

    async def write(self, *events: bytes) -> None:
        for row in self.kept.added(events):
            await self.journal.append(self.turn, row)

    async def mark(self, end: str | None = None) -> None:
        head = self.kept.head(now=self.clock.now(), end=end)
        await self.journal.mark(self.turn, head)

    async def drop(self) -> None:
        dropped = self.kept.dropped()
        assert dropped
        await self.mark()
        await self.journal.drop(PLACE, dropped)

    async def last(self) -> None:
        for row in self.kept.added([], last=True):
            await self.journal.append(self.turn, row)

    async def end(self, how: str = COMPLETE) -> None:
        await self.last()
        await self.mark(how)

    async def reader(self, pace: Pace = EAGER) -> Stored:
        head = await self.journal.head(PLACE, now=self.clock.now())
        assert head is not None
        return Stored(self.journal, PLACE, head, self.clock, pace)


@pytest.fixture
def writer(clock: StoppedClock, table: FaultyTable) -> Writer:
    return Writer(clock=clock, table=table)


async def read(stored: Stored, after: int = 0) -> tuple[list[bytes], list[Gap], str | None]:
    """Read until nothing more is there."""
    events, gaps = list[bytes](), list[Gap]()
    while True:
        page = await stored.page(after)
        gaps += [page.gap] if page.gap else []
        assert page.first == (page.gap.last + 1 if page.gap else after + 1)
        events += page.events
        after = page.first + len(page.events) - 1
        if page.end is not None:
            assert not events or page.last == after
            return events, gaps, page.end
        if not page.is_news:
            return events, gaps, None


async def test_two_signs_of_life_later_all_is_known_that_was_told_before(writer: Writer) -> None:
    """What comes with the first may have been gathered before."""
    await writer.begin()
    stored = await writer.reader()
    known = list[bool]()

    for _ in range(3):
        known.append((await stored.page(5)).all_told)
        await writer.mark()

    assert known == [False, False, True]


async def test_what_is_passed_over_is_not_waited_for(writer: Writer) -> None:
    """Else whoever has seen the last events would wait once for each row behind the head."""
    await writer.begin()
    stored = await writer.reader()
    for _ in range(3):
        await writer.write(b"event")

    pages = [await stored.page(3) for _ in range(4)]

    assert [(page.last, page.more) for page in pages] == [
        (1, True),
        (2, True),
        (3, True),
        (3, False),
    ]


async def followed(stored: Stored) -> None:
    """Wait for news for ever."""
    while True:
        await stored.page(0)
        await stored.changed(0)


async def test_events_are_read_as_they_are_written(writer: Writer) -> None:
    await writer.begin()
    stored = await writer.reader()
    assert await read(stored) == ([], [], None)

    await writer.write(b"one", b"two")
    assert await read(stored) == ([b"one", b"two"], [], None)
    await writer.write(b"three")
    assert await read(stored, 2) == ([b"three"], [], None)
    await writer.end()
    assert await read(stored, 3) == ([], [], COMPLETE)


@pytest.mark.parametrize("after", range(8))
async def test_reading_begins_anywhere(writer: Writer, after: int) -> None:
    await writer.begin()
    events = [b"%d" % n * 20 for n in range(1, 8)]
    for event in events:
        await writer.write(event)
    await writer.end()

    assert await read(await writer.reader(), after) == (events[after:], [], COMPLETE)


@given(
    st.lists(st.lists(st.binary(max_size=200), max_size=4), max_size=8),
    st.integers(min_value=0, max_value=40),
)
def test_any_turn_is_read_from_anywhere(batches: list[list[bytes]], after: int) -> None:
    async def run() -> None:
        writer = Writer()
        await writer.begin()
        for batch in batches:
            await writer.write(*batch)
        await writer.end()
        every = [event for batch in batches for event in batch]

        assert await read(await writer.reader(), after) == (every[after:], [], COMPLETE)

    asyncio.run(run())


async def test_an_event_in_several_rows_is_waited_for(writer: Writer) -> None:
    await writer.begin()
    stored = await writer.reader()
    rows = writer.kept.added([b"x" * 600])
    assert len(rows) > 8
    for row in rows[:-1]:
        await writer.journal.append(writer.turn, row)
    assert await read(stored) == ([], [], None)

    await writer.journal.append(writer.turn, rows[-1])

    assert await read(stored) == ([b"x" * 600], [], None)


async def test_a_look_at_what_is_new_costs_one_read(writer: Writer) -> None:
    await writer.begin()
    await writer.write(b"one")
    stored = await writer.reader(replace(FAST, look_s=60.0))
    await stored.page(0)
    before = writer.table.reads

    await stored.page(1)

    assert writer.table.reads == before + 1


async def test_a_reader_that_waits_looks_less_often(writer: Writer) -> None:
    await writer.begin()
    stored = await writer.reader(replace(FAST, poll_s=0.001, poll_most_s=0.02))
    loop, pauses = asyncio.get_running_loop(), [stored._pause]
    began = loop.time()
    for _ in range(12):
        await stored.changed(0)
        pauses.append(stored._pause)
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.001, 0.02)
    assert loop.time() - began >= pauses[-2]

    await writer.write(b"one")
    await stored.page(0)

    assert stored._pause == 0.001


# -- gaps


async def test_events_that_were_too_many_are_a_gap(writer: Writer) -> None:
    writer.kept = Kept(Bounds(events=4, row=64))
    await writer.begin()
    for number in range(1, 9):
        await writer.write(b"%d" % number)
    await writer.drop()
    await writer.end()

    first = writer.kept.head(now=writer.clock.now()).first_event
    events = [b"%d" % n for n in range(first, 9)]
    gap = Gap(first=1, last=first - 1, reason="truncated")
    assert await read(await writer.reader()) == (events, [gap], COMPLETE)
    gap = Gap(first=3, last=first - 1, reason="truncated")
    assert await read(await writer.reader(), 2) == (events, [gap], COMPLETE)
    assert await read(await writer.reader(), first - 1) == (events, [], COMPLETE)


async def test_a_reader_that_is_overtaken_is_told_of_the_gap(writer: Writer) -> None:
    writer.kept = Kept(Bounds(events=4, row=64))
    await writer.begin()
    await writer.write(b"1")
    stored = await writer.reader()
    assert await read(stored) == ([b"1"], [], None)
    for number in range(2, 9):
        await writer.write(b"%d" % number)

    await writer.drop()

    events, (gap,), _ = await read(stored, 1)
    assert (gap.first, gap.reason) == (2, "truncated")
    assert events == [b"%d" % n for n in range(gap.last + 1, 9)]


async def test_rows_that_are_dropped_while_they_are_read_are_a_gap(writer: Writer) -> None:
    writer.kept = Kept(Bounds(events=4, row=64))
    await writer.begin()
    for number in range(1, 6):
        await writer.write(b"%d" % number)
    stored = Stored(
        writer.journal, PLACE, writer.kept.head(now=writer.clock.now()), writer.clock, EAGER
    )
    await writer.drop()

    events, (gap,), _ = await read(stored)

    assert (gap.first, gap.reason) == (1, "truncated")
    assert events == [b"%d" % n for n in range(gap.last + 1, 6)]


async def test_a_turn_that_ended_long_ago_is_a_gap_and_its_end(writer: Writer) -> None:
    await writer.begin()
    await writer.write(b"1", b"2")
    await writer.end("agent_failed")
    writer.clock.advance(EVENTS_KEPT_S - 1)
    assert await read(await writer.reader()) == ([b"1", b"2"], [], "agent_failed")

    writer.clock.advance(1)

    gap = Gap(first=1, last=2, reason="expired")
    assert await read(await writer.reader()) == ([], [gap], "agent_failed")
    gap = Gap(first=2, last=2, reason="expired")
    assert await read(await writer.reader(), 1) == ([], [gap], "agent_failed")
    assert await read(await writer.reader(), 2) == ([], [], "agent_failed")
    assert await read(await writer.reader(), 3) == ([], [], "agent_failed")


async def test_rows_that_are_missing_are_a_gap(writer: Writer) -> None:
    await writer.begin()
    await writer.write(b"1")
    await writer.write(b"2")
    await writer.end()
    await writer.table.delete(PLACE.row(1))

    gap = Gap(first=2, last=2, reason="expired")
    assert await read(await writer.reader()) == ([b"1"], [gap], COMPLETE)


# -- ends


async def test_the_end_is_told_once_it_is_written_how(writer: Writer) -> None:
    await writer.begin()
    stored = await writer.reader()
    await writer.write(b"1")
    await writer.last()
    assert await read(stored) == ([b"1"], [], None)

    await writer.mark("turn_stopped")

    assert await read(stored, 1) == ([], [], "turn_stopped")


async def test_a_writer_that_gives_no_sign_of_life_is_gone(writer: Writer) -> None:
    await writer.begin()
    stored = await writer.reader(replace(FAST, lost_s=0.05, look_s=0.01))
    for _ in range(10):
        await asyncio.sleep(0.01)
        await writer.mark()
        assert await read(stored) == ([], [], None)

    async with asyncio.timeout(5):
        with pytest.raises(TurnLost):
            await followed(stored)


async def test_rows_are_signs_of_life_too(writer: Writer) -> None:
    await writer.begin()
    stored = await writer.reader(replace(FAST, lost_s=0.05, look_s=0.01))
    for number in range(10):
        await asyncio.sleep(0.01)
        await writer.write(b"x")
        assert await read(stored, number) == ([b"x"], [], None)


async def test_a_writer_whose_last_sign_is_old_is_not_waited_for(writer: Writer) -> None:
    await writer.begin()
    await writer.write(b"1")
    writer.clock.advance(SKEW_S + 14)
    assert await read(await writer.reader(replace(EAGER, lost_s=15.0))) == ([b"1"], [], None)
    writer.clock.advance(2)

    stored = await writer.reader(replace(EAGER, lost_s=15.0))

    with pytest.raises(TurnLost):
        await stored.page(1)


async def test_a_writer_whose_clock_is_slow_is_not_taken_for_gone(writer: Writer) -> None:
    await writer.begin()
    writer.clock.advance(SKEW_S)

    assert await read(await writer.reader(replace(EAGER, lost_s=15.0))) == ([], [], None)


async def test_a_turn_that_is_forgotten_is_followed_no_more(writer: Writer) -> None:
    await writer.begin()
    stored = await writer.reader()
    await writer.journal.forget(ALICE, PLACE.chat, now=writer.clock.now())

    with pytest.raises(StreamUnknown):
        await stored.page(0)


async def test_a_reader_that_jumps_finds_its_place(writer: Writer) -> None:
    await writer.begin()
    for number in range(1, 30):
        await writer.write(b"%d" % number)
    stored = await writer.reader()
    await stored.page(0)
    await writer.mark()

    page = await stored.page(25)

    assert (page.first, page.events[0]) == (26, b"26")
    assert (await stored.page(3)).events[0] == b"4"
