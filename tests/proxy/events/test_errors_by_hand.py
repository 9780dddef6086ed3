"""Errors of entry points that write their events by themselves: no JSON, or Python's own."""

import json

import pytest

from fakes.proxy.agui_client import run
from fakes.proxy.passage import passed
from fakes.proxy.strands_events import IDS, numbers, sent, translated
from proxy.errors import AgentFailed
from proxy.events.agui import TranslatedDocument
from proxy.events.document import ScrubbedDocument
from proxy.events.scrub import ScrubbedEvents

BEFORE, AFTER = b"data: before\n\n", b"data: after\n\n"

BY_HAND = [
    pytest.param(b'{"error": "no "table" of secret"}', id="quotes"),
    pytest.param(b'{"error": "secret\tat 7"}', id="a tab"),
    pytest.param(b'{"error": "secret",}', id="a comma too many"),
    pytest.param(b'{"error": "secret"} at 7', id="more behind it"),
    pytest.param(b'{"error_type": "KeyError", "error": "a "secret""}', id="type first"),
    pytest.param(b'{"error": "secret", "details": %b}' % (b"9" * 5000), id="a number too long"),
    pytest.param(b'{"error": "secret", "traceback": "secret"}', id="a traceback"),
    pytest.param(b'{"error": "secret", "stack": "secret"}', id="a stack"),
]
REPRS = [
    pytest.param(b"{'error': 'secret'}", id="text"),
    pytest.param(b"{'error': \"it's secret\"}", id="text with a quote"),
    pytest.param(b"{'error': ValueError('secret')}", id="exception"),
    pytest.param(b"\"{'error': botocore.exceptions.ClientError('secret')}\"", id="by the SDK"),
]
LINES = pytest.param(b'{"error": "secret\nsecret"}', id="a line end")
INSIDES = b"{'data': 'secret', 'agent': <strands.agent.agent.Agent object at 0x7f4d>}"
TRACEBACK = b'Traceback (most recent call last):\n  File "a.py", line 7\nKeyError: "secret"\n'
OBJECT = b"{'report': <desk.Report object at 0x7f4d: 'secret'>}"


def in_pieces(stream: bytes) -> list[list[bytes]]:
    """Return the stream in pieces of several sizes."""
    return [
        [stream[at : at + size] for at in range(0, len(stream), size)]
        for size in (1, 7, len(stream))
    ]


@pytest.mark.parametrize("data", [*BY_HAND, *REPRS, LINES])
def test_an_error_that_was_written_by_hand_ends_the_stream(data: bytes) -> None:
    for pieces in in_pieces(BEFORE + b"data: " + data + b"\n\n" + AFTER):
        found = passed(ScrubbedEvents(), pieces)

        assert found.out == BEFORE
        assert isinstance(found.failure, AgentFailed)
        assert "secret" not in str(found.failure)


@pytest.mark.parametrize("data", [*BY_HAND, *REPRS, LINES])
def test_translated_it_is_the_end_of_the_run(data: bytes) -> None:
    found = translated(sent("before") + b"data: " + data + b"\n\n" + sent("after"))

    assert isinstance(found.failure, AgentFailed)
    assert run(found.out).texts == ["before"]
    assert b"secret" not in found.out


@pytest.mark.parametrize("document", [*BY_HAND, *REPRS, LINES])
def test_a_document_that_was_written_by_hand_is_an_error_too(document: bytes) -> None:
    for passage in (ScrubbedDocument(), TranslatedDocument(IDS, numbers())):
        found = passed(passage, [document])

        assert isinstance(found.failure, AgentFailed)
        assert b"secret" not in found.out


@pytest.mark.parametrize("document", [TRACEBACK, json.dumps(TRACEBACK.decode()).encode()])
def test_a_document_that_is_a_traceback_is_an_error(document: bytes) -> None:
    for passage in (ScrubbedDocument(), TranslatedDocument(IDS, numbers())):
        found = passed(passage, [document])

        assert isinstance(found.failure, AgentFailed)
        assert b"secret" not in found.out


@pytest.mark.parametrize("document", [OBJECT, json.dumps(OBJECT.decode()).encode()])
def test_a_document_of_an_agents_insides_is_no_answer(document: bytes) -> None:
    """As `bedrock_agentcore` writes a dictionary in which there is an object."""
    for passage in (ScrubbedDocument(), TranslatedDocument(IDS, numbers())):
        found = passed(passage, [document])

        assert isinstance(found.failure, AgentFailed)
        assert b"secret" not in found.out


def test_ag_uis_own_error_written_by_hand_leaves_without_its_text() -> None:
    event = b'data: {"type":"RUN_ERROR","message":"no "table" of secret"}\n\n'
    for pieces in in_pieces(BEFORE + event + AFTER):
        out = passed(ScrubbedEvents(), pieces).out
        told = out.removeprefix(BEFORE).removesuffix(AFTER)

        assert json.loads(told.removeprefix(b"data: "))["type"] == "RUN_ERROR"
        assert b"secret" not in told


def test_the_repr_of_an_agents_insides_is_left_out_without_the_sdk_too() -> None:
    for pieces in in_pieces(BEFORE + b"data: " + INSIDES + b"\n\n" + AFTER):
        found = passed(ScrubbedEvents(), pieces)

        assert (found.out, found.failure) == (BEFORE + AFTER, None)


@pytest.mark.parametrize(
    "data",
    [
        b"{'a': 1}",
        b"{'error': None}",
        b"{'error': ''}",
        b"\"{'error': 'as a model may say it'}\"",
        b'{"error": not',
        b'{"message": "not',
        b'{"error": {"code": 1}, "n": %b}' % (b"9" * 5000),
    ],
)
def test_what_is_no_error_passes_whoever_wrote_it(data: bytes) -> None:
    stream = BEFORE + b"data: " + data + b"\n\n" + AFTER
    for pieces in in_pieces(stream):
        found = passed(ScrubbedEvents(), pieces)

        assert (found.out, found.failure) == (stream, None)
