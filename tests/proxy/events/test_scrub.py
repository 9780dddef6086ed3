"""An agent's event stream passes byte for byte, but for errors and the insides of Python."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.proxy.passage import Passed, cut_at, passed
from proxy.errors import AgentFailed, TurnStopped
from proxy.events.named import scrubbed
from proxy.events.scrub import ScrubbedEvents
from proxy.events.verdict import MOST_HELD_BYTES

SECRET = "postgres://app:hunter2@db.internal/prod"

SDK_ERROR = (
    b'data: {"error": "%s", "error_type": "ValueError",'
    b' "message": "An error occurred during streaming"}\n\n' % SECRET.encode()
)
"""As `bedrock_agentcore` 1.25.0 writes it."""

REPR = (
    b"data: \"{'data': 'buy ', 'delta': {'text': 'buy '}, 'agent': <strands.agent.agent.Agent"
    b" object at 0x7f4db1750710>, 'event_loop_cycle_id': UUID('6547ecc3-9b9a-4242-abc4')}\"\n\n"
)
"""As it sends a text event of strands-agents 1.62.0."""

RUN_ERROR = b'data: {"type":"RUN_ERROR","message":"%s","code":"INTERNAL_ERROR"}\n\n'
"""As `ag_ui.encoder` writes it."""

HARMLESS = [
    b'data: {"type":"RUN_STARTED","threadId":"t","runId":"r"}\n\n',
    b'data: {"event": {"contentBlockDelta": {"delta": {"text": "{\\"error\\": 1}"}}}}\n\n',
    b'data: "the model says {\\"error\\": \\"data: {\\"}"\n\n',
    b'data: {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such method"}}\n\n',
    b'data: {"error":{"code":-32601,"message":"x"},"id":1,"jsonrpc":"2.0"}\n\n',
    b'data: {"error": null, "text": "fine"}\n\n',
    b'data: {"error": "", "message": "fine"}\n\n',
    b'data: {"message": {"role": "assistant", "content": [{"text": "RUN_ERROR"}]}}\n\n',
    b'data: {"message":"RUN_ERROR","error":false}\n\n',
    b"data: \"{'a': 1}\"\n\n",
    b'data: {"code":1}\n\n',
    b'data: {"timestamp":1,"type":"RUN_FINISHED"}\n\n',
    b'data: {"type":"CUSTOM","name":"error","value":{"error":"x"}}\n\n',
    b'data: {"error": not\n\n',
    b"event: errors\ndata: 1\n\n",
    b"event: error\nevent: note\ndata: 1\n\n",
    b"data: 1\nevent: error\nevent: note\n\n",
    b"data:\n\ndata\n\n",
    b": a comment\n\n",
    b"id: 7\nretry: 10\ndata: x\ndata: y\n\n",
    b"database: {\ndata: [1,\xff\x00]\n\n",
    b"\n\n\n",
    b"  \n\n",
]

pieces = st.lists(
    st.one_of(
        st.sampled_from([*HARMLESS, REPR, SDK_ERROR, RUN_ERROR % b"x", b'data: {"error', b"\r"]),
        st.sampled_from([b"data: ", b"event: error", b"\n", b"\r\n", b'{"type":"RUN_', b"\"{'"]),
        st.binary(max_size=20),
    ),
    max_size=8,
).map(b"".join)
line_ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
cuts = st.lists(st.integers(0, 400), max_size=12)


def through(stream: bytes, *places: int) -> Passed:
    return passed(ScrubbedEvents(), cut_at(stream, places))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("event", HARMLESS)
def test_what_only_looks_like_an_error_passes(event: bytes, end: bytes) -> None:
    stream = (event + b"data: 2\n\n").replace(b"\n", end)

    assert through(stream) == Passed(stream)
    assert passed(ScrubbedEvents(), [stream[i : i + 1] for i in range(len(stream))]).out == stream


@settings(deadline=None)
@given(stream=pieces, end=line_ends, places=cuts)
@example(stream=b"data: a\n\ndata: {}", end=b"\r\n", places=[8, 9, 10])
@example(stream=b"\nevent: errordata: 1\nevent: error\n\n", end=b"\n", places=[1])
@example(stream=b'data: {"message":{},"type":"RUN_ERROR"}\n\n', end=b"\n", places=[30])
@example(stream=b'data: {%b"error":"x"}\n\n' % (b" " * 99), end=b"\n", places=[30])
@example(stream=REPR + SDK_ERROR, end=b"\r", places=[])
def test_how_a_stream_is_cut_into_chunks_changes_nothing(
    stream: bytes, end: bytes, places: list[int]
) -> None:
    stream = stream.replace(b"\n", end)

    assert through(stream, *places) == through(stream)


@settings(deadline=None)
@given(stream=st.lists(st.sampled_from(HARMLESS), max_size=9).map(b"".join), places=cuts)
def test_a_stream_without_errors_is_the_same_afterwards(stream: bytes, places: list[int]) -> None:
    assert through(stream, *places) == Passed(stream)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(SDK_ERROR, id="sdk"),
        pytest.param(SDK_ERROR.replace(b"data: ", b"data:"), id="no-space"),
        pytest.param(SDK_ERROR.replace(b", ", b",").replace(b": ", b":"), id="compact"),
        pytest.param(b'data: {\ndata:  "error": "%s"\ndata: }\n\n' % SECRET.encode(), id="lines"),
        pytest.param(b'data: {"message":"m","error":"%s"}\n\n' % SECRET.encode(), id="order"),
        pytest.param(
            b'data: {"error_type":"E","error":"%s"}\n\n' % SECRET.encode(), id="type-first"
        ),
        pytest.param(b'event: error\ndata: {"error":"%s"}\n\n' % SECRET.encode(), id="typescript"),
        pytest.param(b"event:error\ndata: %s\n\n" % SECRET.encode(), id="named"),
        pytest.param(b"id: 3\nevent: error\ndata: %s\n\n" % SECRET.encode(), id="id-first"),
        pytest.param(b"data: %s\nevent: error\n\n" % SECRET.encode(), id="name-last"),
        pytest.param(b'data: {"error": "", "error_type": "KeyError"}\n\n', id="without-text"),
        pytest.param(b'data: {"error": {"trace": "%s"}}\n\n' % SECRET.encode(), id="object"),
        pytest.param(
            b'data: {"error":{"code":-32603,"message":"%s"},"id":1,"jsonrpc":"2.0"}\n\n'
            % SECRET.encode(),
            id="a2a",
        ),
        pytest.param(
            b'data: {"error": "Serialization failed", "original_type": "Agent"}\n\n', id="fallback"
        ),
        pytest.param(
            b'data: {"error": "%s", "message": %s}\n\n' % (SECRET.encode(), b"[" * 20_000),
            id="deep",
        ),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
def test_an_agents_error_ends_the_stream_without_its_text(event: bytes, end: bytes) -> None:
    stream = (b"data: before\n\n" + event + b"data: after\n\n").replace(b"\n", end)

    for size in (1, 7, len(stream)):
        chunks = [stream[i : i + size] for i in range(0, len(stream), size)]
        found = passed(ScrubbedEvents(), chunks)

        assert found.out == b"data: before\n\n".replace(b"\n", end)
        assert isinstance(found.failure, AgentFailed)
        assert SECRET not in str(found.failure)


def test_the_failure_names_the_class_of_the_exception() -> None:
    assert str(through(SDK_ERROR).failure) == "the agent reported ValueError"


def test_a_class_that_is_a_sentence_is_not_named() -> None:
    event = b'data: {"error": "x", "error_type": "%s"}\n\n' % SECRET.encode()

    assert str(through(event).failure) == "the agent reported an error"


def test_an_error_without_its_end_is_an_error() -> None:
    found = through(SDK_ERROR[:-2])

    assert found.out == b""
    assert isinstance(found.failure, AgentFailed)


@pytest.mark.parametrize(
    "sent",
    [
        b"'agent': <strands.agent.agent.Agent object at 0x7f4db1750710>",
        b"'event_loop_cycle_id': UUID('6547ecc3')",
        b"'result': AgentResult(stop_reason='end_turn')",
        b"'span': NonRecordingSpan(SpanContext(trace_id=0x0))",
        b"'span': <opentelemetry.sdk.trace.Span>",
        b"'why': 'Traceback (most recent call last)'",
    ],
)
def test_reprs_of_objects_are_left_out(sent: bytes) -> None:
    stream = b"data: 1\n\nevent: x\ndata: \"{'data': 'a', %s}\"\n\ndata: 2\n\n" % sent

    for size in (1, 9, len(stream)):
        chunks = [stream[i : i + size] for i in range(0, len(stream), size)]

        assert passed(ScrubbedEvents(), chunks) == Passed(b"data: 1\n\ndata: 2\n\n")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("event", [SDK_ERROR, REPR, RUN_ERROR % b"x"], ids=["sdk", "repr", "run"])
def test_an_error_is_found_wherever_the_stream_is_cut_in_two(event: bytes, end: bytes) -> None:
    stream = (b"data: before\n\n" + event + b"data: after\n\n").replace(b"\n", end)
    whole = through(stream)

    for place in range(1, len(stream)):
        assert through(stream, place) == whole


def test_an_event_is_judged_as_soon_as_its_end_is_here() -> None:
    passage = ScrubbedEvents()

    assert passage.feed(SDK_ERROR[:-1]) == b""
    with pytest.raises(AgentFailed):
        passage.feed(b"\n")


def test_only_the_end_of_the_event_that_is_left_out_is_left_out() -> None:
    passage = ScrubbedEvents()
    passage.feed(REPR.replace(b"\n", b"\r\n")[:-1])

    assert passage.feed(b"\ndata: 1\r\n\r\ndata: ") == b"data: 1\r\n\r\n"
    assert passage.feed(b"\nid: 1\n\n") == b"data: \nid: 1\n\n"


def test_an_event_that_is_left_out_leaves_no_half_of_its_end() -> None:
    passage = ScrubbedEvents()

    assert passage.feed(REPR.replace(b"\n", b"\r\n")[:-1]) == b""
    assert passage.feed(b"") == b""
    assert passage.feed(b"\n") == b""
    assert passage.feed(b"data: 1\n\n") == b"data: 1\n\n"


def test_a_repr_of_any_length_is_left_out() -> None:
    long = REPR[:-4] + b", 'messages': [" + b"x" * (3 * MOST_HELD_BYTES) + b']}"\n\n'
    stream = b"data: 1\n\n" + long + b"data: 2\n\n"

    assert through(stream) == Passed(b"data: 1\n\ndata: 2\n\n")
    assert through(stream, *range(0, len(stream), 5000)) == Passed(b"data: 1\n\ndata: 2\n\n")


@pytest.mark.parametrize(
    ("event", "data"),
    [
        pytest.param(
            RUN_ERROR % SECRET.encode(),
            {
                "type": "RUN_ERROR",
                "message": "The agent failed to answer.",
                "code": "INTERNAL_ERROR",
            },
            id="run",
        ),
        pytest.param(
            b'data: {"message":"%s","code":"no: %s","rawEvent":"%s","type":"RUN_ERROR"}\n\n'
            % ((SECRET.encode(),) * 3),
            {"type": "RUN_ERROR", "message": "The agent failed to answer."},
            id="other-members",
        ),
        pytest.param(
            b'data: {"type": "SUBAGENT_ERROR", "subagentRunId": "s1", "message": "%s"}\n\n'
            % SECRET.encode(),
            {
                "type": "SUBAGENT_ERROR",
                "subagentRunId": "s1",
                "message": "The agent failed to answer.",
            },
            id="subagent",
        ),
        pytest.param(
            b'data: {"type":"CUSTOM","name":"hook_error","value":{"error":"%s"}}\n\n'
            % SECRET.encode(),
            {"type": "CUSTOM", "name": "hook_error", "value": {}},
            id="hook",
        ),
        pytest.param(
            b'data: {"force_stop": true, "force_stop_reason": "%s"}\n\n' % SECRET.encode(),
            {"force_stop": True, "force_stop_reason": "The agent failed to answer."},
            id="strands",
        ),
    ],
)
def test_events_that_carry_an_exceptions_text_leave_without_it(
    event: bytes, data: dict[str, object]
) -> None:
    stream = b"data: 1\n\nid: 4\n" + event + b"data: 2\n\n"

    for size in (1, 9, len(stream)):
        out = passed(ScrubbedEvents(), [stream[i : i + size] for i in range(0, len(stream), size)])
        first, scrubbed_event, last, nothing = out.out.split(b"\n\n")

        assert (first, last, nothing) == (b"data: 1", b"data: 2", b"")
        assert scrubbed_event.startswith(b"id: 4\ndata: ")
        assert json.loads(scrubbed_event.partition(b"data: ")[2]) == data


@pytest.mark.parametrize(
    ("opening", "out", "failures"),
    [
        pytest.param(b'{"error": "', b"", 1, id="error"),
        pytest.param(
            b'{"type":"RUN_ERROR","message":"',
            b'data: {"type":"RUN_ERROR","message":"The agent failed to answer."}\n\ndata: 2\n\n',
            0,
            id="run-error",
        ),
        pytest.param(b'{"force_stop": true, "force_stop_reason": "', b"data: 2\n\n", 0, id="x"),
    ],
)
def test_an_error_too_long_to_be_held_does_not_pass_either(
    opening: bytes, out: bytes, failures: int
) -> None:
    stream = b"data: " + opening + b"x" * MOST_HELD_BYTES + b'"}\n\ndata: 2\n\n'

    for places in ([], [10], list(range(0, len(stream), 3000)), [MOST_HELD_BYTES + 6]):
        found = through(stream, *places)

        assert found.out == out
        assert (found.failure is not None) == failures


def test_what_is_behind_the_bound_does_not_count() -> None:
    stream = b"data: \"{'data': '" + b"x" * MOST_HELD_BYTES + REPR[7:] + b"data: 2\n\n"

    for places in ([], [10], [MOST_HELD_BYTES + 50], list(range(0, len(stream), 3000))):
        assert through(stream, *places) == Passed(stream)


def test_no_more_than_a_part_of_one_event_is_held() -> None:
    stream = b'data: {"message":"' + b"x" * MOST_HELD_BYTES
    passage = ScrubbedEvents()

    assert passage.feed(stream[:-20]) == b""
    assert passage.feed(stream[-20:]) == stream
    assert passage.feed(b"more") == b"more"


@pytest.mark.parametrize(
    "start",
    [b"data: h", b'data: {"type":"T', b"data: 1\n", b'data: {"a', b'data: "H', b"data: ["],
)
def test_a_part_of_an_event_is_held_until_its_end(start: bytes) -> None:
    passage = ScrubbedEvents()

    assert passage.feed(b"data: 1\n\n" + start) == b"data: 1\n\n"
    assert passage.feed(b"x\n\nda") == start + b"x\n\n"


@pytest.mark.parametrize(
    "start",
    [b"d", b"data: {", b'data: {"er', b'data: {"type":"RUN_', b'data: "{', b"event: err", b"id: 1"],
)
def test_an_undecided_beginning_is_held_until_it_is_decided(start: bytes) -> None:
    passage = ScrubbedEvents()

    assert passage.feed(b"data: 1\n\n" + start) == b"data: 1\n\n"
    assert passage.end() == start


def test_line_ends_between_events_are_not_held() -> None:
    passage = ScrubbedEvents()

    assert passage.feed(b"data: 1\r\n\r") == b"data: 1\r\n\r"
    assert passage.feed(b"\n") == b"\n"
    assert passage.feed(b"\n") == b"\n"


def test_chunks_that_need_no_change_are_not_copied() -> None:
    passage = ScrubbedEvents()
    chunks = [b"data: 1\n\n", b'data: 2\n\ndata: {"type":"TEXT"}\r\n\r\n', b"data: 3\n\n"]

    assert all(passage.feed(chunk) is chunk for chunk in chunks[:2])
    assert all(passage.feed(chunk) is chunk for chunk in chunks[2:])


def test_of_a_stream_that_is_cut_the_undecided_part_stays() -> None:
    passage = ScrubbedEvents()
    passage.feed(SDK_ERROR[:40])

    assert passage.rest(TurnStopped()) == b""
    assert passage.end() == b""


def test_a_search_takes_no_more_than_its_share_of_what_was_sent() -> None:
    # 1 MB of what the search begins with: quadratic, this would take half an hour.
    stream = b"data:" * 200_000 + b"\n\n"

    assert through(stream) == Passed(stream)


@pytest.mark.parametrize(
    "kind", ["text/event-stream", "application/json", "application/octet-stream"]
)
def test_every_media_type_has_its_passage(kind: str) -> None:
    passage = scrubbed(kind)

    assert passage.media_type == kind
    assert passage.feed(b"[1]") + passage.end() == b"[1]"
    assert passage.rest(TurnStopped()) == b""
