"""A JSON answer passes as it is, unless it is an error."""

import pytest

from fakes.proxy.passage import Passed, assert_held_back, cut_at, passed
from proxy.errors import TurnStopped
from proxy.events.document import ScrubbedDocument
from proxy.events.verdict import MOST_HELD_BYTES


def through(document: bytes, *places: int) -> Passed:
    return passed(ScrubbedDocument(), cut_at(document, places))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b" ",
        b"{}",
        b'{"result": "The model says {\\"error\\": 1}"}',
        b'{"error": null, "result": 1}',
        b'{"error": {"code": -32601, "message": "x"}, "id": 1, "jsonrpc": "2.0"}',
        b'{"error": {"code": -32603, "message": "not of JSON-RPC"}, "id": 1}',
        b'{"error": {"code": -326030, "message": "x"}, "id": 1, "jsonrpc": "2.0"}',
        b'{\r\n\t"message": {"role": "assistant"}\r\n}',
        b'{"error": not JSON',
        b"\"{'a': 1}\"",
        b'"The traceback: Traceback (most recent call last)"',
        b"Traceback (most recent",
        b"+ Exception Group, and more",
        b'""',
        b"[1, 2]",
        b"\xff\x00",
    ],
)
def test_what_is_no_error_passes(document: bytes) -> None:
    assert through(document) == Passed(document)
    assert through(document, *range(len(document))) == Passed(document)


@pytest.mark.parametrize(
    "document",
    [
        b'{"error": "secret"}',
        b'\n{\n  "error": "secret",\n  "details": "at 7"\n}\n',
        b'{"message":"m","error":"secret"}',
        b'{"error": "Serialization failed", "original_type": "Agent"}',
        b'{"error": "secret ' + b"x" * MOST_HELD_BYTES + b'"}',
        b'{"error":{"code":-32603,"message":"secret"},"id":"1","jsonrpc":"2.0"}',
        b'{"error": {"code": -32603, "message": "secret' + b"x" * MOST_HELD_BYTES,
        b'{"type": "RUN_ERROR", "message": "secret"}',
        b'{"force_stop": true, "force_stop_reason": "secret"}',
        b'Traceback (most recent call last):\n  File "a.py", line 7\nKeyError: "secret"\n',
        b'\n"Traceback (most recent call last):\\n  secret"',
        b"Traceback (most recent call last): secret" + b"x" * MOST_HELD_BYTES,
        b"  + Exception Group Traceback (most recent call last):\n  | secret\n",
        b'"  + Exception Group Traceback (most recent call last):\\n  | secret"',
    ],
)
def test_an_error_does_not_pass(document: bytes) -> None:
    assert_held_back(ScrubbedDocument, document)


def test_once_it_is_no_error_everything_passes_at_once() -> None:
    passage = ScrubbedDocument()

    assert passage.feed(b'{"re') == b'{"re'
    assert passage.feed(b'{"error": "x"}') == b'{"error": "x"}'
    assert passage.end() == b""


def test_white_space_before_what_decides_is_no_reason_to_wait() -> None:
    start = b'\n{\r\n  "result'

    assert ScrubbedDocument().feed(start) == start


def test_no_more_is_held_than_the_bound() -> None:
    passage = ScrubbedDocument()
    long = b'{"message":"' + b"x" * MOST_HELD_BYTES

    assert passage.feed(long[:-20]) == b""
    assert passage.feed(long[-20:]) == long


def test_of_a_document_that_is_cut_the_undecided_part_stays() -> None:
    passage = ScrubbedDocument()
    passage.feed(b'{"error": "sec')

    assert passage.rest(TurnStopped()) == b""
