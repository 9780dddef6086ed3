"""An agent's answer as an AG-UI run: its beginning, its end, and what else may come."""

import json
from typing import Any

import pytest
from ag_ui.core import PROTOCOL_VERSION as SPOKEN
from ag_ui.core import RunErrorEvent, RunFinishedEvent, RunStartedEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.proxy.agui_client import run
from fakes.proxy.passage import passed
from fakes.proxy.strands_events import (
    IDS,
    START_TOOL,
    STOP,
    TOOL,
    answered,
    delta,
    model,
    numbers,
    sent,
    translated,
)
from proxy.errors import AgentFailed, TurnStopped
from proxy.events.agui import MOST_EVENT_BYTES, TranslatedDocument, TranslatedEvents, agui
from proxy.events.cut import BYTE_ORDER_MARK
from proxy.events.frames import PROTOCOL_VERSION
from proxy.events.run import run_ids, silent_run


def test_a_run_begins_with_the_first_byte_and_names_its_protocol() -> None:
    passage = TranslatedEvents(IDS, numbers())
    started = passage.feed(b"d")

    assert passage.feed(b"ata") == b""
    found = run(started + passage.end())
    assert found.kinds == ["RUN_STARTED", "RUN_FINISHED"]
    assert PROTOCOL_VERSION == SPOKEN
    assert json.loads(started[6:]) == RunStartedEvent(
        thread_id="thread", run_id="run", protocol_version=SPOKEN
    ).model_dump(by_alias=True)


def test_an_answer_without_a_byte_is_a_run_without_an_event() -> None:
    assert run(translated(b"").out).kinds == ["RUN_STARTED", "RUN_FINISHED"]


@pytest.mark.parametrize(
    ("failing", "what"),
    [
        ({"error": "secret", "error_type": "KeyError", "message": "m"}, "KeyError"),
        ({"error": "secret"}, "an error"),
        (model(throttlingException={"message": "secret"}), "throttlingException"),
    ],
)
@pytest.mark.parametrize(
    "before", [delta(text="x"), START_TOOL, delta(reasoningContent={"text": "x"})]
)
def test_a_failure_closes_what_is_open_and_tells_nothing_of_its_cause(
    failing: Any, what: str, before: Any
) -> None:
    found = translated(sent(before, failing, "after"))
    seen = run(found.out)

    assert str(found.failure) == f"the agent reported {what}"
    assert isinstance(seen.ending, RunErrorEvent)
    assert (seen.ending.code, seen.ending.message) == (AgentFailed.code, AgentFailed.title)
    assert b"secret" not in found.out
    assert b"after" not in found.out


@pytest.mark.parametrize("data", [b'{"error":"secret"}', b'"secret"', b"secret"])
def test_an_event_named_error_is_a_failure(data: bytes) -> None:
    found = translated(b"event: error\ndata: %b\n\n" % data)

    assert str(found.failure) == "the agent reported an error"
    assert run(found.out).kinds == ["RUN_STARTED", "RUN_ERROR"]


@pytest.mark.parametrize("begun", [True, False])
def test_a_run_that_is_broken_off_is_closed_with_the_reason(begun: bool) -> None:  # noqa: FBT001 two cases
    passage = TranslatedEvents(IDS, numbers())
    out = passage.feed(sent("x") + b'data: {"da') if begun else b""

    found = run(out + passage.rest(TurnStopped()))

    assert isinstance(found.ending, RunErrorEvent)
    assert found.ending.code == "turn_stopped"
    assert found.texts == ["x"] * begun


def test_data_that_is_no_json_is_text() -> None:
    assert run(translated(b"data: Hello\n\ndata: you\n\ndata: [DONE]\n\n").out).texts == [
        "Helloyou"
    ]


def test_comments_and_other_fields_are_left_out() -> None:
    stream = b': hi\n\nid: 1\nretry: 5\nevent: note\ndata: {"data":\ndata: "x"}\n\nevent: done\n\n'

    assert run(translated(stream).out).texts == ["x"]


def test_a_byte_order_mark_stands_before_a_stream_and_nowhere_else() -> None:
    stream = BYTE_ORDER_MARK + sent("a") + BYTE_ORDER_MARK + sent("b") + sent("c")

    assert run(translated(stream).out).texts == ["ac"]


def test_an_event_without_its_end_is_none() -> None:
    assert run(translated(b'data: "x"\n').out).texts == []


def test_half_a_surrogate_pair_does_not_break_the_stream() -> None:
    assert run(translated(b'data: "a\\ud83dz"\n\n').out).texts == ["a?z"]


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"message":' * 50_000,
        b'{"event": {"contentBlockDelta": {"delta": ' + b"[" * 990 + b"]" * 990 + b"}}}",
        b'{"message": {"content": [{"toolUse": {"toolUseId": "c", "name": "n", "input": '
        + b"[" * 960
        + b"]" * 960
        + b"}}]}}",
        b"\"{'data': " + b"[" * 70_000 + b'"',
        b"\"{'data': 'x" + b"\\\\\\\\" * 70_000 + b'"',
        b"\x00\xff\xfe{",
        b'{"data": 1e999999, "x": ' + b"9" * 5000 + b"}",
    ],
    ids=["deep", "deep-objects", "nested", "nested-input", "repr", "escapes", "nul", "digits"],
)
def test_hostile_data_breaks_nothing(data: bytes) -> None:
    stream = sent("before ") + b"data: " + data + b"\n\n" + sent("after")
    text = "".join(run(translated(stream).out).texts)

    assert text.startswith("before ")
    assert text.endswith("after")


def test_an_event_that_is_too_long_is_left_out() -> None:
    long = b'data: "' + b"x" * (2 * MOST_EVENT_BYTES) + b'"\ndata: "and its end"\n\n'
    stream = sent("before") + long + sent("after")

    for places in ([], [20], range(0, len(stream), 60_000), [len(stream) - len(sent("after")) - 1]):
        assert run(translated(stream, *places).out).texts == ["beforeafter"]


payloads = st.lists(
    st.one_of(
        st.text(max_size=5),
        st.sampled_from([START_TOOL, STOP, delta(text="a"), delta(toolUse={"input": "1"})]),
        st.sampled_from(
            [{"data": "b"}, {"error": "x"}, {"current_tool_use": TOOL | {"input": "{}"}}]
        ),
        st.sampled_from([model(messageStop={"stopReason": "end_turn"}), {"reasoningText": "r"}]),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(
                    st.sampled_from(
                        ["event", "data", "message", "content", "current_tool_use", "input"]
                    ),
                    inner,
                    max_size=2,
                )
            ),
            max_leaves=6,
        ),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(
    payloads=payloads,
    end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    places=st.lists(st.integers(0, 300)),
)
def test_whatever_comes_is_a_run_and_the_same_in_any_chunks(
    payloads: list[Any], end: bytes, places: list[int]
) -> None:
    stream = sent(*payloads).replace(b"\n", end)
    found = translated(stream)

    run(found.out)
    assert translated(stream, *places) == found


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("Hello", "Hello"),
        ({"result": "Hello"}, "Hello"),
        ({"response": {"output": "Hello"}}, "Hello"),
        ({"message": {"role": "assistant", "content": [{"text": "Hello"}]}}, "Hello"),
        ({"result": {"role": "assistant", "content": [{"text": "He"}, {"text": "llo"}]}}, "Hello"),
        ({"answer": None, "text": "Hello"}, "Hello"),
        ({"unknown": 1}, '{"unknown":1}'),
        (json.loads('{"result":' * 8 + '"deep"' + "}" * 8), None),
        ([1], "[1]"),
        (7, "7"),
    ],
)
def test_an_answer_that_is_no_stream_is_told_as_one(payload: Any, text: str | None) -> None:
    seen = answered(payload)

    assert seen.texts == [json.dumps(payload, separators=(",", ":")) if text is None else text]
    assert isinstance(seen.ending, RunFinishedEvent)


@pytest.mark.parametrize("document", [b"", b" ", b"null"])
def test_an_answer_without_content_is_a_run_without_text(document: bytes) -> None:
    assert run(passed(TranslatedDocument(IDS, numbers()), [document]).out).texts == []


def test_an_error_as_an_answer_is_a_failure() -> None:
    found = passed(TranslatedDocument(IDS, numbers()), [b'{"error": ', b'"secret"}'])

    assert isinstance(found.failure, AgentFailed)
    assert run(found.out).kinds == ["RUN_STARTED", "RUN_ERROR"]


def test_an_answer_without_end_is_a_failure() -> None:
    found = passed(TranslatedDocument(IDS, numbers()), [b" " * MOST_EVENT_BYTES, b" "])

    assert isinstance(found.failure, AgentFailed)


def test_every_media_type_comes_out_as_events() -> None:
    for kind in ("text/event-stream", "application/json"):
        passage = agui(kind, IDS, numbers())
        assert (passage.media_type, passage.tells_failures) == ("text/event-stream", True)

    with pytest.raises(AgentFailed):
        agui("text/html", IDS, numbers())


@pytest.mark.parametrize(
    ("members", "ids"),
    [
        ({"threadId": "t", "runId": "r"}, ("t", "r")),
        ({"threadId": "t"}, ("t", "m1")),
        ({"threadId": 7, "runId": "r" * 257}, ("m1", "m2")),
        ({"threadId": "", "runId": None}, ("m1", "m2")),
    ],
)
def test_a_run_is_called_what_the_client_calls_it(
    members: dict[str, Any], ids: tuple[str, str]
) -> None:
    found = run_ids(members, numbers())

    assert (found.thread_id, found.run_id) == ids


def test_a_client_that_only_looks_back_hears_an_empty_run() -> None:
    assert run(silent_run(IDS)).kinds == ["RUN_STARTED", "RUN_FINISHED"]
