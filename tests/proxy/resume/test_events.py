"""Events, cut out of an answer however the network slices it, and numbered."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fakes.proxy.events import parse
from proxy.errors import AgentFailed
from proxy.resume import events as module
from proxy.resume.events import Splitter, gap_frame, numbered, preamble
from proxy.resume.position import Position
from proxy.sse import failure_event

TURN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

LINES = st.sampled_from(
    ["data: one", "data:two", "event: news", "id: 7", "id", "id:", "idea: x", ": ping", "data: é"]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
STREAMS = st.lists(st.tuples(st.lists(LINES, max_size=4), ENDS, ENDS), max_size=5).map(
    lambda blocks: "".join(
        "".join(line + end for line in lines) + blank for lines, end, blank in blocks
    ).encode()
)


def cut(stream: bytes, at: Sequence[int]) -> list[bytes]:
    """Cut a stream at these places."""
    edges = [0, *sorted(min(place, len(stream)) for place in at), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def split(*chunks: bytes) -> list[bytes]:
    splitter = Splitter()
    return [event for chunk in chunks for event in splitter.feed(chunk)]


def shown(events: Sequence[bytes]) -> list[tuple[str, str, str]]:
    """Return what a client makes of events that were numbered."""
    numbers = enumerate(events, 1)
    stream = b"".join(numbered(Position(TURN, number), event) for number, event in numbers)
    return [(event.type, event.data, event.id) for event in parse(stream)]


@given(STREAMS, st.lists(st.integers(min_value=0, max_value=80), max_size=6))
@example(b"data: one\rid: 7\r\n\n", [])
@example(b"data: one\rid: 7\r\n\ndata: two\n\n", [9, 10, 16])
def test_a_client_sees_the_agents_events_however_they_were_sliced(
    stream: bytes, at: list[int]
) -> None:
    events = split(*cut(stream, at))

    assert [(kind, data) for kind, data, _ in shown(events)] == [
        (event.type, event.data) for event in parse(stream)
    ]


@given(STREAMS, st.lists(st.integers(min_value=0, max_value=80), max_size=6))
def test_every_id_that_a_client_sees_is_ours_and_of_that_event(
    stream: bytes, at: list[int]
) -> None:
    events = split(*cut(stream, at))
    numbers = {f"{TURN}.{number}": event for number, event in enumerate(events, 1)}

    for _, data, event_id in shown(events):
        assert data.split("\n")[0].encode() in numbers[event_id]


def test_events_pass_byte_for_byte() -> None:
    events = [b"event: a\ndata:  x \n\n", b": hm\ndata: y\nretry: 5\n\n", b"data: z\r\n\r\n"]

    assert split(b"".join(events)) == events


@pytest.mark.parametrize("line", ["id: 7\n", "id:7\n", "id\n", "id:\n", "id: \r\n"], ids=repr)
def test_an_id_of_the_agents_own_is_taken_out(line: str) -> None:
    assert split(f"data: a\n{line}data: b\n\n".encode()) == [b"data: a\ndata: b\n\n"]
    assert split(f"{line}data: a\n\n".encode()) == [b"data: a\n\n"]
    # A lone CR ends a line, too.
    assert split(f"data: a\r{line}data: b\n\n".encode()) == [b"data: a\rdata: b\n\n"]


def test_what_only_begins_like_an_id_stays() -> None:
    assert split(b"data: a\nidea: b\n\n") == [b"data: a\nidea: b\n\n"]
    assert split(b"data: a\n id: b\n\n") == [b"data: a\n id: b\n\n"]


@pytest.mark.parametrize("block", [b": ping\n\n", b"id: 7\n\n", b"\n\n", b":\nid\n\n", b"\r\n\r\n"])
def test_what_no_client_would_notice_is_no_event(block: bytes) -> None:
    assert split(block + b"data: x\n\n") == [b"data: x\n\n"]


def test_empty_lines_before_an_event_do_not_part_it_from_its_id() -> None:
    events = split(b"data: a\n\n\n\ndata: b\n\n")

    assert events == [b"data: a\n\n", b"data: b\n\n"]


def test_the_lf_of_a_crlf_that_comes_late_is_no_line_of_its_own() -> None:
    assert split(b"data: a\r\n\r", b"\ndata: b\r\n\r\n") == [
        b"data: a\r\n\r",
        b"data: b\r\n\r\n",
    ]
    assert split(b"data: a\r\r", b"data: b\r\r") == [b"data: a\r\r", b"data: b\r\r"]


def test_one_line_end_of_two_characters_is_not_two() -> None:
    assert split(b"data: a\r\n", b"data: b\r\n") == []
    assert split(b"data: a\r", b"\ndata: b\r\n\r\n") == [b"data: a\r\ndata: b\r\n\r\n"]


@pytest.mark.parametrize("cuts", [(), (1,), (1, 2), (3,)])
def test_a_byte_order_mark_is_left_out(cuts: tuple[int, ...]) -> None:
    stream = b"\xef\xbb\xbfdata: a\n\n"

    assert split(*cut(stream, cuts)) == [b"data: a\n\n"]


def test_a_byte_order_mark_further_on_stays() -> None:
    events = [b"data: a\n\n", b"\xef\xbb\xbfdata: b\n\n"]

    assert split(*events) == events


def test_an_event_that_the_end_cuts_off_is_none() -> None:
    assert split(b"data: a\n\ndata: b\n") == [b"data: a\n\n"]


@pytest.mark.parametrize("rest", [b"\n\ndata: z\n\n", b"xx"], ids=["complete", "incomplete"])
def test_nothing_comes_after_an_event_that_is_too_large(
    monkeypatch: pytest.MonkeyPatch, rest: bytes
) -> None:
    monkeypatch.setattr(module, "MAX_EVENT_BYTES", 20)
    just = b"data: " + b"x" * 12 + b"\n\n"
    splitter = Splitter()

    assert splitter.feed(just) == [just]
    # What came before it, in the same chunk, is a part of the answer.
    assert splitter.feed(just + b"data: " + b"x" * 13 + rest) == [just]
    assert splitter.is_overfull
    assert splitter.feed(b"\n\n" + just) == []


def test_an_event_that_comes_line_by_line_is_put_together() -> None:
    splitter = Splitter()
    for _ in range(20_000):
        splitter.feed(b"data: x\n")

    assert splitter.feed(b"\n") == [b"data: x\n" * 20_000 + b"\n"]


# -- frames of our own


def test_a_stream_begins_with_where_it_stands() -> None:
    frame = preamble(Position(TURN, 4))

    assert frame == f"retry: 1000\nid: {TURN}.4\n\n".encode()
    assert parse(frame) == []


def test_a_gap_is_an_event() -> None:
    (event,) = parse(gap_frame(first=3, last=9, reason="truncated"))

    assert event.type == "gap"
    missing = {"from": 3, "to": 9, "reason": "truncated"}
    assert event.json == {**missing, "type": "CUSTOM", "name": "gap", "value": missing}


def test_an_end_tells_the_code_and_no_more() -> None:
    (event,) = parse(failure_event(AgentFailed("the agent's own words"), request_id="0" * 16))

    assert event.type == "error"
    assert event.json["code"] == "agent_failed"
    assert (event.json["type"], event.json["message"]) == ("RUN_ERROR", AgentFailed.title)
    assert event.json["request_id"] == "0" * 16
    assert "own words" not in event.data
