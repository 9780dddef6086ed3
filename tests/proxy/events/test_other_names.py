"""Answers that go by another name than their own: documents, and events, without errors."""

import pytest

from fakes.proxy.passage import Passed, cut_at, passed
from proxy.errors import AgentFailed
from proxy.events.named import scrubbed
from proxy.events.verdict import MOST_HELD_BYTES

SECRET = "postgres://app:hunter2@db.internal/prod"
SDK_ERROR = b'data: {"error": "%s", "error_type": "ValueError"}\n\n' % SECRET.encode()
REPR = b"data: \"{'data': 'x', 'agent': <strands.agent.agent.Agent object at 0x7f4db1750710>}\"\n\n"
RUN_ERROR = b'data: {"type":"RUN_ERROR","message":"%s"}\n\n'


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "application/problem+json",
        "text/json",
        "application/json, text/json",
        "application/json, text/plain",
        "text/plain",
        "text/html",
        "application/octet-stream",
    ],
)
def test_a_document_by_another_name_is_bytes_without_an_error(kind: str) -> None:
    passage = scrubbed(kind)

    assert passage.media_type == "application/octet-stream"
    assert passage.feed(b"{}") == b"{}"
    assert isinstance(passed(scrubbed(kind), [b'{"error": "secret"}']).failure, AgentFailed)


@pytest.mark.parametrize(
    "first",
    [
        b"data: 1\n\n",
        b": hello\n\n",
        b"event: a\ndata: 1\n\n",
        b"retry: 9\n\n",
        b"\xef\xbb\xbf\r\nid: 1\n\n",
    ],
)
@pytest.mark.parametrize("kind", ["", "text/plain", "text/html", "application/octet-stream"])
def test_events_by_another_name_are_bytes_without_an_error(kind: str, first: bytes) -> None:
    stream = first + REPR + RUN_ERROR % SECRET.encode() + b"data: 2\n\n"

    for size in (1, 7, len(stream)):
        cuts = range(0, len(stream), size)
        ended = passed(scrubbed(kind), cut_at(stream, cuts))
        failed = passed(scrubbed(kind), cut_at(stream + SDK_ERROR, cuts))

        assert ended.failure is None
        assert ended.out.endswith(b"data: 2\n\n")
        assert SECRET.encode() not in ended.out
        assert b"0x7f4db1750710" not in ended.out
        assert isinstance(failed.failure, AgentFailed)
        assert failed.out == ended.out


def test_line_ends_are_not_held_for_ever_for_what_may_follow_them() -> None:
    """Each chunk would cost as much as all before it, and 400 of them half a minute."""
    passage, ends = scrubbed("application/octet-stream"), b"\n" * MOST_HELD_BYTES

    assert passage.feed(ends) == b""
    assert passage.feed(ends) == ends * 2
    assert passage.feed(ends) == ends


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b"\xef\xbb", b"dat", b"data", b"date: 1", b"data: 1", b"<p>data:</p>", b": a\nb"],
)
def test_what_is_neither_an_error_nor_events_is_not_changed(text: bytes) -> None:
    for places in (range(0), range(len(text))):
        assert passed(scrubbed("text/plain"), cut_at(text, places)) == Passed(text)


def test_of_what_breaks_off_before_it_is_known_nothing_leaves() -> None:
    passage = scrubbed("")

    assert passage.feed(b"dat") == b""
    assert passage.rest(AgentFailed()) == b""


def test_bytes_that_are_no_json_pass_at_once() -> None:
    line = b'{"error": "a line of many"}\n'

    assert scrubbed("application/x-ndjson").feed(line) == line
