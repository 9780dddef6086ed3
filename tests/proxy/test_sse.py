"""Where events end, and the frame by which a stream ends that failed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fakes.proxy.events import comments, parse
from proxy.errors import AgentTimeout
from proxy.sse import HEARTBEAT, Boundary, error_frame


def boundary(sent: bytes) -> Boundary:
    found = Boundary()
    found.feed(sent)
    return found


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing yet"),
        pytest.param(b"data: a\n\n", id="LF LF"),
        pytest.param(b"data: a\r\n\r\n", id="CRLF CRLF"),
        pytest.param(b"data: a\r\r", id="CR CR"),
        pytest.param(b"data: a\n\r\n", id="LF CRLF"),
        pytest.param(b"data: a\r\n\n", id="CRLF LF"),
        pytest.param(b"data: a\n\r", id="LF CR"),
        pytest.param(b"data: a\r\n\r", id="CRLF CR"),
    ],
)
def test_after_a_blank_line_something_may_be_put_in(sent: bytes) -> None:
    assert boundary(sent).reached


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"d", id="a letter"),
        pytest.param(b"data: a", id="inside a line"),
        pytest.param(b"data: a\n", id="after LF"),
        pytest.param(b"data: a\r", id="after CR"),
        pytest.param(b"\n\ndata", id="after a blank line and text"),
        pytest.param(b"\r\n", id="one CRLF and nothing else"),
    ],
)
def test_inside_an_event_nothing_may_be_put_in(sent: bytes) -> None:
    assert not boundary(sent).reached


def test_after_one_crlf_nothing_may_be_put_in() -> None:
    assert not boundary(b"data: a\r\n").reached


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_blank_line_is_seen_across_chunks(cut: int) -> None:
    found = Boundary()
    sent = b"x\r\n\r\n"
    found.feed(sent[:cut])
    found.feed(sent[cut:])

    assert found.reached


TEXT = st.text("ab:{} ", max_size=6)
FIELD = st.sampled_from(["data", "data", "event", "id", "", "other"])


def streams(*line_ends: str) -> st.SearchStrategy[bytes]:
    """Return event streams whose lines end in any of `line_ends`."""
    end = st.sampled_from(line_ends)
    line = st.builds("{}:{}{}".format, FIELD, TEXT, end)
    lines = st.lists(line, max_size=3).map("".join)
    event = st.builds("{}{}".format, lines, end)
    return st.lists(event, max_size=5).map("".join).map(str.encode)


def with_heartbeats(stream: bytes, cuts: list[int]) -> bytes:
    """Return what a browser gets when silence falls after every chunk."""
    found, sent, places = Boundary(), b"", sorted({cut % (len(stream) + 1) for cut in cuts})
    for start, end in zip([0, *places], [*places, len(stream)], strict=True):
        chunk = stream[start:end]
        sent += chunk
        found.feed(chunk)
        if found.reached:
            sent += HEARTBEAT
    return sent


CUTS = st.lists(st.integers(0, 500), max_size=12)


@given(stream=streams("\n") | streams("\r"), cuts=CUTS)
def test_heartbeats_change_no_event_however_the_stream_is_cut(
    stream: bytes, cuts: list[int]
) -> None:
    assert parse(with_heartbeats(stream, cuts)) == parse(stream)


@given(stream=streams("\r\n", "\n", "\r"), cuts=CUTS)
@example(stream=b"data: a\r\ndata: b\r\n\r\n", cuts=[9])
def test_heartbeats_change_no_event_whatever_ends_its_lines(stream: bytes, cuts: list[int]) -> None:
    assert parse(with_heartbeats(stream, cuts)) == parse(stream)


def test_heartbeats_are_put_in_wherever_they_may_be() -> None:
    stream = b"data: a\n\ndata: b\n\n"

    assert comments(with_heartbeats(stream, [9])) == 2


def test_an_error_frame_is_an_event_of_its_own_in_mid_event() -> None:
    sent = b'data: {"half'

    frame = error_frame(AgentTimeout("why"), request_id="r1", boundary=boundary(sent))

    last = parse(sent + frame)[-1]
    assert last.type == "error"
    assert last.json["code"] == "agent_timeout"
    assert last.json["request_id"] == "r1"


def test_an_error_frame_at_a_boundary_adds_nothing_else() -> None:
    sent = b"data: a\n\n"

    frame = error_frame(AgentTimeout("why"), request_id="r1", boundary=boundary(sent))

    assert [event.type for event in parse(sent + frame)] == ["message", "error"]


def test_an_error_frame_does_not_flow_into_an_event_with_crlf() -> None:
    sent = b"data: a\r\n"

    frame = error_frame(AgentTimeout("why"), request_id="r1", boundary=boundary(sent))

    assert parse(sent + frame)[-1].json["code"] == "agent_timeout"


def test_an_error_frame_holds_nothing_of_the_errors_own_text() -> None:
    frame = error_frame(AgentTimeout("upstream-text"), request_id="r1", boundary=Boundary())

    assert b"upstream-text" not in frame


def test_an_error_frame_is_a_failure_to_clients_of_ag_ui() -> None:
    """They go by the data's type alone, and would take a stream that just ends for a whole one."""
    frame = error_frame(AgentTimeout("why"), request_id="r1", boundary=Boundary())

    (event,) = parse(frame)
    assert event.json["type"] == "RUN_ERROR"
    assert event.json["message"] == event.json["title"] == AgentTimeout.title
    assert event.json["code"] == "agent_timeout"
