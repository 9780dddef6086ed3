"""A byte order mark in front of an answer: to a client nothing, and to us nothing either.

Every client drops it (WHATWG Encoding §6). Left in front of the first line, it would hide from us
that this is one of data, and with it an agent's error.
"""

import json
from collections.abc import Sequence

import pytest

from fakes.proxy.agui_client import run
from proxy.errors import AgentFailed
from proxy.events.agui import agui
from proxy.events.document import ScrubbedDocument
from proxy.events.passage import Passage
from proxy.events.run import RunIds
from proxy.events.scrub import ScrubbedEvents

MARK = b"\xef\xbb\xbf"
SECRET = b"Traceback of the agent"
ERROR = b'{"error": "%b", "error_type": "ValueError"}' % SECRET
GOOD = b"data: a\n\ndata: b\n\n"
SIZES = [1, 2, 3, 4, 1000]


def pieces(stream: bytes, size: int) -> Sequence[bytes]:
    """Cut a stream into pieces."""
    return [stream[at : at + size] for at in range(0, len(stream), size)]


def passed(passage: Passage, stream: bytes, size: int) -> bytes:
    """Return what passes of a stream that comes in pieces. Raises AgentFailed."""
    return b"".join(map(passage.feed, pieces(stream, size))) + passage.end()


def told(passage: Passage, stream: bytes, size: int) -> bytes:
    """Return what passes of a stream by which the agent fails."""
    out = b""
    try:
        for piece in pieces(stream, size):
            out += passage.feed(piece)
        out += passage.end()
    except AgentFailed as why:
        return out + passage.rest(why)
    raise AssertionError("the agent's error was not seen")


def translated(media_type: str) -> Passage:
    """Return the passage of an agent that is told in AG-UI."""
    return agui(media_type, RunIds(thread_id="t", run_id="r"), iter("abcdef").__next__)


@pytest.mark.parametrize("size", SIZES)
def test_an_error_behind_a_mark_is_an_error(size: int) -> None:
    assert SECRET not in told(ScrubbedEvents(), MARK + b"data: %b\n\n" % ERROR, size)


@pytest.mark.parametrize("size", SIZES)
def test_a_named_error_behind_a_mark_is_an_error(size: int) -> None:
    stream = MARK + b'event: error\ndata: "%b"\n\n' % SECRET

    assert SECRET not in told(ScrubbedEvents(), stream, size)


@pytest.mark.parametrize("size", SIZES)
def test_a_document_that_is_an_error_behind_a_mark_is_one(size: int) -> None:
    assert told(ScrubbedDocument(), MARK + ERROR, size) == b""


@pytest.mark.parametrize("size", SIZES)
def test_a_long_document_that_is_an_error_behind_a_mark_is_one(size: int) -> None:
    stream = MARK + b'{"error": "%b' % (SECRET * 4000)

    assert told(ScrubbedDocument(), stream, 1000 * size) == b""


@pytest.mark.parametrize("size", SIZES)
def test_a_mark_does_not_reach_the_events(size: int) -> None:
    """A comment that we put in front of it would make it a part of the first line."""
    assert passed(ScrubbedEvents(), MARK + GOOD, size) == GOOD


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rest", [b'{"a": 1}', b"", b"[1]"])
def test_a_document_keeps_its_mark(rest: bytes, size: int) -> None:
    """Its length has been announced."""
    assert passed(ScrubbedDocument(), MARK + rest, size) == MARK + rest


@pytest.mark.parametrize("begun", [MARK[:1], MARK[:2], MARK[:2] + b"data", MARK[:1] + MARK])
def test_half_a_mark_is_none(begun: bytes) -> None:
    for passage in (ScrubbedEvents(), ScrubbedDocument()):
        assert passed(passage, begun, 1) == begun


def test_a_mark_further_on_is_the_agents() -> None:
    assert passed(ScrubbedEvents(), GOOD + MARK + GOOD, 5) == GOOD + MARK + GOOD
    assert passed(ScrubbedEvents(), MARK + MARK + GOOD, 5) == MARK + GOOD


def test_of_a_stream_that_breaks_off_half_a_mark_is_left_out() -> None:
    passage = ScrubbedEvents()

    assert passage.feed(MARK[:2]) == b""
    assert passage.rest(AgentFailed("broken off")) == b""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mark", [b"", MARK])
def test_a_translated_stream_is_the_same_with_and_without(mark: bytes, size: int) -> None:
    stream = mark + b"".join(b"data: %b\n\n" % json.dumps(word).encode() for word in "ab")

    assert run(passed(translated("text/event-stream"), stream, size)).texts == ["ab"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("media_type", ["text/event-stream", "application/json"])
def test_a_translated_error_behind_a_mark_is_an_error(media_type: str, size: int) -> None:
    stream = MARK + (b"data: %b\n\n" % ERROR if media_type == "text/event-stream" else ERROR)
    out = told(translated(media_type), stream, size)

    assert SECRET not in out
    assert b"RUN_ERROR" in out
