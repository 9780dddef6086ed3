"""An event that is not complete, and a run that says itself that it has failed."""

from proxy.errors import AgentFailed
from proxy.events.scrub import ScrubbedEvents
from proxy.events.verdict import MOST_HELD_BYTES

RUN_ERROR = b'data: {"type":"RUN_ERROR","message":"%s","code":"INTERNAL_ERROR"}\n\n'


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
        (RUN_ERROR % b"x", True),
        (other + RUN_ERROR % b"x", True),
        (RUN_ERROR % b"x" + other, False),
        (RUN_ERROR % b"x" + b"data: {'a'}\n\n", False),
        (RUN_ERROR.replace(b"RUN_", b"SUBAGENT_") % b"x", False),
    ):
        for size in (1, 7, len(stream)):
            passage = ScrubbedEvents()
            for at in range(0, len(stream), size):
                passage.feed(stream[at : at + size])
            assert passage.tells_failures is failed, (stream, size)
