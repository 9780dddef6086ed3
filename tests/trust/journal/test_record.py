"""Rows and heads: what was packed comes out again, and every event is found by its number."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.clock import NOW
from trust.journal.kept import Bounds, Kept
from trust.journal.record import MAX_EVENTS, Row, framed, pack, unframed, unpack

EVENTS = st.lists(st.binary(max_size=60), max_size=12)
BATCHES = st.lists(EVENTS, max_size=8)
SMALL = Bounds(events=10_000, octets=1 << 20, row=32)


@given(st.lists(st.integers(min_value=0, max_value=2**20)))
def test_counts_come_out_as_they_were_packed(counts: list[int]) -> None:
    assert unpack(pack(tuple(counts))) == tuple(counts)


def test_a_usual_count_takes_one_byte() -> None:
    assert len(pack((0, 1, 127))) == 3
    assert len(pack((128,))) == 2


@given(EVENTS)
def test_events_come_out_of_a_row_as_they_went_in(events: list[bytes]) -> None:
    assert unframed(framed(events)) == events


def assembled(rows: Sequence[Row]) -> list[tuple[int, bytes]]:
    """Return the numbered events of rows, as any reader has to put them together."""
    events, content, first = list[tuple[int, bytes]](), b"", 0
    for row in rows:
        first = row.first if not content else first
        content += row.content
        if not row.goes_on:
            events += enumerate(unframed(content), row.first)
            content = b""
    assert not content
    return events


@given(BATCHES)
def test_rows_hold_all_events_in_order_and_none_is_too_large(batches: list[list[bytes]]) -> None:
    kept = Kept(SMALL)

    rows = [row for batch in batches for row in kept.added(batch)]

    every = [event for batch in batches for event in batch]
    assert assembled(rows) == list(enumerate(every, 1))
    assert [row.ordinal for row in rows] == list(range(len(rows)))
    assert all(len(row.content) <= SMALL.row for row in rows)


def test_a_row_is_filled_to_its_last_byte() -> None:
    # Each event has its length before it, in four bytes: two of 12 are a row of 32.
    full = [b"x" * 12, b"y" * 12]

    assert [row.ends for row in Kept(SMALL).added(full + full)] == [2, 2]


@given(BATCHES)
def test_every_event_is_found_by_its_number(batches: list[list[bytes]]) -> None:
    kept = Kept(SMALL)
    rows = [row for batch in batches for row in kept.added(batch)] + kept.added([], last=True)
    head = kept.head(now=NOW)

    for number, event in assembled(rows):
        ordinal, first = head.row_of(number)
        assert rows[ordinal].first == first
        assert dict(assembled(rows[ordinal:]))[number] == event
        # The very row: not one from which others would have to be read first.
        assert number in dict(assembled(_until_complete(rows[ordinal:])))
    assert head.last_event == sum(map(len, batches))
    assert head.row_of(head.last_event + 1)[0] == len(rows) - 1
    assert head.row_of(head.last_event + 2)[0] == len(rows)


def _until_complete(rows: Sequence[Row]) -> Sequence[Row]:
    ends = next(index for index, row in enumerate(rows) if not row.goes_on)
    return rows[: ends + 1]


# -- bounds


def test_of_too_many_events_the_oldest_go_an_eighth_at_a_time() -> None:
    kept = Kept(Bounds(events=80, octets=1 << 20, row=1 << 10))
    for _ in range(80):
        kept.added([b"x"])
    assert not kept.dropped()

    kept.added([b"x"])
    dropped = kept.dropped()

    assert dropped == range(11)
    head = kept.head(now=NOW)
    assert (head.first_row, head.first_event, head.last_event) == (11, 12, 81)
    assert not kept.dropped()


@pytest.mark.parametrize("more", [0, 1, 2, 10_000])
def test_however_small_and_many_at_once_the_newest_events_stay(more: int) -> None:
    kept = Kept(Bounds())
    kept.added([b"x"] * (MAX_EVENTS + more))
    kept.dropped()

    head = kept.head(now=NOW)
    left = head.last_event - head.first_event + 1
    assert head.last_event == MAX_EVENTS + more
    # An eighth of what is kept goes at once, and the rest of the row in which that ends.
    assert left == MAX_EVENTS if not more else MAX_EVENTS * 13 / 16 <= left <= MAX_EVENTS * 7 / 8


def test_of_too_many_bytes_the_oldest_go() -> None:
    kept = Kept(Bounds(events=1000, octets=800, row=1 << 10))
    for _ in range(8):
        kept.added([b"x" * 96])
    assert not kept.dropped()

    kept.added([b"x" * 96])

    assert kept.dropped() == range(2)
    assert kept.head(now=NOW).first_event == 3


def test_of_an_event_in_several_rows_all_go_or_none() -> None:
    kept = Kept(Bounds(events=100, octets=130, row=32))
    kept.added([b"x" * 92, b"y" * 28, b"z" * 28])

    # Without the last row of the first event there would be room enough.
    assert kept.dropped() == range(3)


@given(BATCHES)
def test_what_is_kept_begins_with_the_beginning_of_an_event(batches: list[list[bytes]]) -> None:
    kept = Kept(Bounds(events=5, octets=200, row=32))
    rows = list[Row]()
    for batch in batches:
        rows += kept.added(batch)
        kept.dropped()

    head = kept.head(now=NOW)

    left = rows[head.first_row :]
    every = [event for batch in batches for event in batch]
    assert assembled(left) == list(enumerate(every, 1))[head.first_event - 1 :]
    assert len(assembled(left)) <= 5
    assert sum(len(row.content) for row in left) <= 200


def test_each_head_is_another_sign_of_life() -> None:
    kept = Kept(Bounds())

    first, second = kept.head(now=NOW), kept.head(now=NOW)

    assert (first.version, second.version) == (1, 2)
