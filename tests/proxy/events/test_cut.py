"""Where events end, and what is in one."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.proxy.events import parse
from proxy.events.cut import event_ends, fields, last_event_end, with_data

pieces = st.lists(
    st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b"data: x", b"event: y", b": c", b"data"]),
    max_size=12,
).map(b"".join)


_END = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")


def event_end(stream: bytes, start: int = 0) -> int:
    """Search for one end, in the plainest way."""
    end = _END.search(stream, start)
    return end.end() if end else -1


@pytest.mark.parametrize(
    ("stream", "end"),
    [
        (b"a\n\nb", 3),
        (b"a\r\n\r\nb", 5),
        (b"a\r\rb", 3),
        (b"a\n\r\nb", 4),
        (b"a\r\n\nb", 4),
        (b"a\n\rb", 3),
        (b"a\r\n\rb", 4),
        (b"a\r\nb", -1),
        (b"a\n", -1),
        (b"", -1),
    ],
)
def test_an_event_ends_with_an_empty_line(stream: bytes, end: int) -> None:
    assert next(event_ends(stream), -1) == end
    assert event_end(stream) == end
    assert last_event_end(stream) == end


@settings(deadline=None)
@given(pieces)
def test_the_last_end_is_the_last_of_all(stream: bytes) -> None:
    # What stands behind it is no complete event, and what is before it is nothing but such.
    end = last_event_end(stream)

    if end < 0:
        assert event_end(stream) < 0
    else:
        assert event_end(stream[end:].lstrip(b"\r\n")) < 0
        assert parse(stream[:end]) == parse(stream)[: len(parse(stream[:end]))]
        assert re.search(rb"[\r\n]{2}$", stream[:end])


@settings(deadline=None)
@given(pieces, st.integers(0, 20))
def test_the_ends_are_those_that_are_found_one_after_the_other(stream: bytes, start: int) -> None:
    expected: list[int] = []
    end = event_end(stream, start)
    while end >= 0:
        expected.append(end)
        end = event_end(stream, end)

    assert list(event_ends(stream, start)) == expected


def test_the_last_end_is_found_however_far_back_it_is() -> None:
    stream = b"data: x\r\n\r\n" + b"y" * 50_000

    assert last_event_end(stream) == 11


@settings(deadline=None)
@given(pieces)
def test_an_events_data_is_what_a_browser_takes_it_for(event: bytes) -> None:
    event = event.lstrip(b"\r\n")
    end = event_end(event)
    one = event[:end] if end >= 0 else event.rstrip(b"\r\n")
    told = parse(one + b"\n\n")

    found = fields(one)
    data = [] if found.data is None else [found.data.decode()]
    assert data == [event.data for event in told]


def test_the_last_name_counts_as_it_does_to_clients_wherever_it_stands() -> None:
    assert fields(b"event: a\nevent: b\ndata: 1\nevent: c\n\n").name == b"c"


@pytest.mark.parametrize(
    ("event", "changed"),
    [
        (b"data: 1\n\n", b"data: new\n\n"),
        (
            b"id: 1\r\ndata: 1\r\ndata\r\nretry: 2\r\n\r\n",
            b"id: 1\r\ndata: new\r\nretry: 2\r\n\r\n",
        ),
        (b"database: 1\rdata:1\r\r", b"database: 1\rdata: new\r\r"),
        (b"data: 1", b"data: new"),
        # A CR and the LF of the end, once there is nothing between them, would end one line.
        (b"data: 1\rdata: 2\n\n", b"data: new\n\n"),
        (b"data: 1\n: c\rdata: 2\n\n", b": c\rdata: new\n\n"),
    ],
)
def test_other_data_leaves_the_rest_of_an_event_alone(event: bytes, changed: bytes) -> None:
    assert with_data(event, b"new") == changed
