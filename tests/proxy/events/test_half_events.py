"""An event that is not complete, and a run that says itself that it has failed."""

import pytest

from fakes.proxy.passage import passed
from proxy.errors import AgentFailed
from proxy.events.scrub import ScrubbedEvents
from proxy.events.verdict import MOST_HELD_BYTES

RUN_ERROR = b'data: {"type":"RUN_ERROR","message":"%s","code":"INTERNAL_ERROR"}\n\n'
RUN_FINISHED = b'data: {"type":"RUN_FINISHED","threadId":"t","runId":"r"}\n\n'


def test_a_part_of_a_long_event_leaves_as_soon_as_it_is_known_to_be_no_error() -> None:
    start = b"data: h" + b"x" * MOST_HELD_BYTES
    passage = ScrubbedEvents()

    assert passage.feed(start[:100]) == b""
    assert passage.feed(start[100:]) == start
    assert passage.feed(b"more") == b"more"


def test_half_an_event_does_not_leave_a_stream_that_breaks_off() -> None:
    passage = ScrubbedEvents()

    assert passage.feed(b'data: 1\n\ndata: {"a') == b"data: 1\n\n"
    assert passage.rest(AgentFailed()) == b""


def test_a_run_that_has_failed_is_known_until_something_else_is_told() -> None:
    other = b"data: 2\n\n"
    for stream, failed in (
        (b": ping\n\n", False),
        (RUN_ERROR % b"x", True),
        (other + RUN_ERROR % b"x", True),
        (RUN_ERROR % b"x" + other, False),
        (RUN_ERROR % b"x" + b"data: {'a'}\n\n", False),
        # What no client is told of ends no silence: a ping, say.
        (RUN_ERROR % b"x" + b": ping\r\n\r\n", True),
        (RUN_ERROR % b"x" + b"\n\nid: 2\n\nmetadata: 2\n\n", True),
        (RUN_ERROR % b"x" + b": ping\n\n" + other + b": ping\n\n", False),
        (RUN_ERROR % b"x" + b"data\n\n", False),
        (RUN_ERROR % b"x" + b"id: 2\rdata:2\r\r", False),
        (RUN_ERROR.replace(b"RUN_", b"SUBAGENT_") % b"x", False),
    ):
        for size in (1, 7, len(stream)):
            passage = ScrubbedEvents()
            for at in range(0, len(stream), size):
                passage.feed(stream[at : at + size])
            assert passage.tells_failures is failed, (stream, size)


@pytest.mark.parametrize("over", [RUN_FINISHED, RUN_FINISHED.replace(b"FINISHED", b"ERROR")])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("begun", [b"", b"data: 1\n\n", b"\xef\xbb\xbf", b": ping\n\n"])
@pytest.mark.parametrize(
    "behind",
    [b"", b": ping\n\n", b"\n", b"id: 4\n\nretry: 9\n\n", b"\n: a\n\n", b"event: ping\n\n"],
)
def test_a_run_is_over_whatever_follows_that_no_client_is_told_of(
    over: bytes, line_end: bytes, begun: bytes, behind: bytes
) -> None:
    stream = (begun + over + behind).replace(b"\n", line_end)

    for size in (1, 7, len(begun + over), len(stream)):
        passage = ScrubbedEvents()
        for at in range(0, len(stream), size):
            passage.feed(stream[at : at + size])
        assert passage.tells_failures, (stream, size)


@pytest.mark.parametrize(
    "stream",
    [
        RUN_FINISHED[:-1],
        b"data: 1\n\n",
        RUN_FINISHED + b"data: 1\n\n",
        RUN_FINISHED + b'event: x\ndata: {"type":"RUN_STARTED"}\n\n: ping\n\n',
        RUN_FINISHED + b"data: h" + b"x" * MOST_HELD_BYTES + b"\n",
        RUN_FINISHED.replace(b"RUN_", b"STEP_"),
        b'data: ["RUN_FINISHED"]\n\n',
        b'data: {"type":"TEXT_MESSAGE_CONTENT","delta":"RUN_FINISHED"}\n\n',
    ],
)
def test_a_run_that_goes_on_has_not_finished(stream: bytes) -> None:
    for size in (7, len(RUN_FINISHED), len(stream)):
        passage = ScrubbedEvents()
        for at in range(0, len(stream), size):
            passage.feed(stream[at : at + size])
        assert not passage.tells_failures, (stream[:99], size)


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([b"data: 2\n\n"], id="whole"),
        pytest.param([b"data: 2\n\ndata: 3"], id="whole and half"),
        pytest.param([b"data: 2", b"\n\n"], id="in two"),
        pytest.param([b"data: h" + b"x" * MOST_HELD_BYTES + b"\n", b"\n"], id="long"),
        pytest.param([b"data: h" + b"x" * MOST_HELD_BYTES, b"y\n\n"], id="long, its end"),
        pytest.param([b"data: h" + b"x" * MOST_HELD_BYTES, b"y\n\ndata"], id="long and half"),
    ],
)
def test_what_follows_a_failed_run_may_fail_in_its_turn(chunks: list[bytes]) -> None:
    passage = ScrubbedEvents()
    passage.feed(b"data: 1\n\n")
    passage.feed(RUN_ERROR % b"x")
    assert passage.tells_failures

    for chunk in chunks:
        passage.feed(chunk)

    assert not passage.tells_failures


def test_what_comes_in_one_chunk_with_the_end_of_a_failed_run_may_fail_as_well() -> None:
    passage = ScrubbedEvents()
    failed = RUN_ERROR % b"x"
    passage.feed(failed[:40])

    passage.feed(failed[40:] + b"data: 2\n\n")

    assert not passage.tells_failures


def test_an_error_that_begins_in_the_chunk_with_a_long_events_end_is_caught() -> None:
    passage = ScrubbedEvents()
    passage.feed(b"data: h" + b"x" * MOST_HELD_BYTES)

    assert passage.feed(b"y\n\ndata: {") == b"y\n\n"
    with pytest.raises(AgentFailed):
        passage.feed(b'"error": "secret"}\n\n')
    assert passage.rest(AgentFailed()) == b""


@pytest.mark.parametrize(("length", "fails"), [(5000, True), (MOST_HELD_BYTES, False)])
def test_a_name_far_behind_its_data_counts_in_an_event_that_is_held_to_its_end(
    length: int, *, fails: bool
) -> None:
    """In however many pieces it comes: a longer one may have left by then."""
    name = b"\nevent: error\n"
    stream = b"data: " + b"x" * 5000 + name + b": " + b"x" * (length - 5000) + b"\n\n"

    for size in (4096, 60_000, len(stream)):
        cuts = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert (passed(ScrubbedEvents(), cuts).failure is not None) is fails, size
