"""What the events of Strands agents say, in all the forms in which they come."""

from typing import Any

import pytest
from ag_ui.core import RunFinishedEvent

from fakes.proxy.agui_client import run
from fakes.proxy.strands_events import START_TOOL, STOP, TOOL, delta, model, sent, told, translated
from proxy.errors import AgentFailed
from proxy.events.strands import MOST_NODES
from proxy.events.told import compact


def node(name: str, event: Any) -> dict[str, Any]:
    return {"type": "multiagent_node_stream", "node_id": name, "event": event}


@pytest.mark.parametrize(
    "payloads",
    [
        pytest.param([{"data": "He"}, {"data": "llo"}], id="strands"),
        pytest.param(["He", "llo"], id="strings"),
        pytest.param(["{'data': 'He', 'agent': <x.Agent object at 0x7f>}", "llo"], id="repr"),
        pytest.param([delta(text="He"), {"data": "He"}, delta(text="llo")], id="both"),
        pytest.param([delta(text="Hello"), {"message": {"content": [{"text": "Hello"}]}}], id="m"),
        pytest.param([{"message": {"role": "assistant", "content": [{"text": "Hello"}]}}], id="mm"),
        pytest.param([{"result": {"message": {"content": [{"text": "Hello"}]}}}], id="result"),
        pytest.param(["Hello", {"result": "Hello"}], id="string-and-result"),
        pytest.param([{"type": "multiagent_node_stream", "event": {"data": "Hello"}}], id="node"),
        pytest.param([node("one", {"data": "Hello"}), {"result": "Hello"}], id="node-and-result"),
        pytest.param([node("one", node("two", delta(text="Hello")))], id="node-of-a-node"),
    ],
)
def test_a_text_is_told_once(payloads: list[Any]) -> None:
    assert told(*payloads).texts == ["Hello"]


def test_a_node_of_more_graphs_than_there_are_is_left_out_and_the_run_goes_on() -> None:
    """As deep as JSON is read, it would be too deep for whoever reads it."""
    deep: Any = {"data": "deep"}
    for _ in range(500):
        deep = node("one", deep)

    assert told(deep, {"data": "Hello"}).texts == ["Hello"]


@pytest.mark.parametrize("depth", [0, 1])
def test_nodes_without_end_are_a_failure_and_not_kept(depth: int) -> None:
    def named(number: int) -> dict[str, Any]:
        inner = node(str(number), {"data": "x"})
        return node("outer", inner) if depth else inner

    many = [named(number) for number in range(MOST_NODES - depth)]

    assert translated(sent(*many)).failure is None
    assert isinstance(translated(sent(*many, named(MOST_NODES))).failure, AgentFailed)


@pytest.mark.parametrize(
    "payload",
    [
        "{'a': 1}",
        "{'a'",
        "{'agent': 1}",
        "a {'data': 'x'}",
        "It prints <app.Thing object at 0x7f4db1750710>.",
        "[DONE]",
        "{'data' is what I would write",
        "\n",
        "☀",
    ],
)
def test_a_string_is_text_even_if_it_looks_like_something_else(payload: str) -> None:
    assert told(payload).texts == [payload]


NOTHING: list[Any] = [
    {"init_event_loop": True},
    {"start": True},
    {"type": "tool_stream", "tool_stream_event": {"tool_use": TOOL, "data": "x"}},
    {"force_stop": True, "force_stop_reason": "secret"},
    {"data": 1},
    {"data": ""},
    {"reasoningText": None, "reasoning": True},
    {"current_tool_use": None},
    {"current_tool_use": {"name": "look"}},
    {"current_tool_use": {"toolUseId": 7, "name": "look", "input": "x"}},
    {"current_tool_use": {"toolUseId": [], "name": "look", "input": "x"}},
    {"message": None},
    {"message": "text"},
    {"message": {"role": "user", "content": [{"toolResult": {"toolUseId": "unknown"}}]}},
    {"message": {"role": "user", "content": "words"}},
    {"message": {"content": [7, {"image": {}}, {"toolUse": {}}, {"toolUse": {"name": 1}}]}},
    {"result": None},
    {"tool_interrupt_event": {}},
    {"tool_interrupt_event": {"tool_use": TOOL, "interrupts": [7]}},
    {"error": None},
    model(),
    model(unknown={}),
    {"event": 7},
    model(metadata={}),
    model(contentBlockDelta={}),
    model(contentBlockStart={"start": {}}),
    model(contentBlockStart={"start": {"toolUse": {"toolUseId": 1}}}),
    model(messageStop={}),
    delta(citation={}),
    delta(toolUse={"input": "x"}),
    delta(toolUse=7),
    delta(reasoningContent={"text": ""}),
    {"current_tool_use": TOOL | {"input": None}},
    delta(reasoningContent={"signature": "x"}),
    STOP,
    "{'agent': <strands.Agent object at 0x7f>}",
    "{'init_event_loop': True, 'agent': <strands.Agent object at 0x7f>}",
    None,
    7,
    [],
    {},
]


@pytest.mark.parametrize("payload", NOTHING, ids=repr)
def test_what_says_nothing_is_left_out(payload: Any) -> None:
    found = told("before", payload, payload, "after")

    assert "".join(found.texts) == "beforeafter"
    assert found.results == found.reasoning == []


def test_a_piece_of_arguments_before_any_call_is_left_out() -> None:
    assert told(delta(toolUse={"input": "x"}), delta(toolUse={"input": 7}), "y").calls == []


def test_a_value_too_deep_for_json_is_null() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]

    assert compact(value) == "null"


def test_a_call_and_its_answer_stand_between_the_texts_that_they_part() -> None:
    result: dict[str, Any] = {
        "toolUseId": "c1",
        "content": [{"text": "7 "}, {"json": {"a": 1}}, {"image": {}}],
    }
    found = translated(
        sent(
            delta(text="I look."),
            START_TOOL,
            delta(toolUse={"input": '{"q"'}),
            delta(toolUse={"input": ":1}"}),
            STOP,
            model(messageStop={"stopReason": "tool_use"}),
            {"message": {"role": "user", "content": [{"toolResult": result}]}},
            delta(text="Seven."),
        )
    )

    seen = run(found.out)
    assert seen.texts == ["I look.", "Seven."]
    assert seen.calls == [("look", '{"q":1}')]
    assert seen.results == ['7 {"a":1}']
    # The call belongs to the message in which the model spoke before it.
    assert b'"toolCallName":"look","parentMessageId":"m1"' in found.out


def test_a_call_of_a_new_message_does_not_belong_to_the_old_one() -> None:
    stop = model(messageStop={"stopReason": "end_turn"})
    found = translated(sent(delta(text="x"), stop, START_TOOL))

    assert b"parentMessageId" not in found.out


@pytest.mark.parametrize(
    "payloads",
    [
        pytest.param([delta(toolUse=TOOL | {"input": '{"a":'}), delta(toolUse={"input": "1}"})]),
        pytest.param([START_TOOL, delta(toolUse=TOOL | {"input": '{"a":1}'})]),
        pytest.param(
            [{"current_tool_use": TOOL | {"input": text}} for text in ("", '{"a"', '{"a":1}')]
        ),
        pytest.param([{"current_tool_use": TOOL | {"input": {"a": 1}}}] * 3),
        pytest.param([{"current_tool_use": TOOL | {"input": {"a": 1}}}, "text"]),
        pytest.param([{"current_tool_use": TOOL | {"input": {"a": 1}}}, {"reasoningText": "hm"}]),
        pytest.param(
            [
                {"current_tool_use": TOOL | {"input": '{"a":1}'}},
                {"current_tool_use": {**TOOL, "input": {"a": 1}}},
            ]
        ),
        pytest.param(
            [
                {"current_tool_use": TOOL | {"input": ""}, "delta": {"toolUse": {"input": piece}}}
                for piece in ('{"a":', "1}")
            ]
        ),
        pytest.param([{"message": {"content": [{"toolUse": TOOL | {"input": {"a": 1}}}]}}] * 2),
        pytest.param(
            [
                {"current_tool_use": TOOL | {"input": {"a": 1}}},
                {"message": {"content": [{"toolUse": TOOL | {"input": {"a": 1}}}]}},
            ]
        ),
    ],
    ids=[
        "in-delta",
        "named-twice",
        "growing",
        "whole",
        "before-text",
        "before-reasoning",
        "growing-then-whole",
        "pieces",
        "message",
        "both",
    ],
)
def test_a_call_is_told_once_however_it_comes(payloads: list[Any]) -> None:
    assert told(*payloads).calls == [("look", '{"a":1}')]


def test_messages_that_come_whole_are_messages_of_their_own() -> None:
    wholes = [{"message": {"content": [{"text": text}]}} for text in ("one", "two")]

    assert told(*wholes).texts == ["one", "two"]


def test_the_blocks_of_one_message_are_one_text() -> None:
    assert told(delta(text="He"), STOP, delta(text="llo"), STOP).texts == ["Hello"]


def test_reasoning_after_a_text_parts_it_from_the_next() -> None:
    found = told("So", {"reasoningText": "hm"}, "it is.")

    assert (found.texts, found.reasoning) == (["So", "it is."], ["hm"])


def test_strands_own_events_about_calls_and_reasoning_count_only_without_the_models() -> None:
    found = told(
        delta(reasoningContent={"text": "hm"}),
        {"reasoningText": "hm", "reasoning": True},
        START_TOOL,
        {"current_tool_use": TOOL | {"input": {"a": 1}}},
    )

    assert (found.reasoning, found.calls) == (["hm"], [("look", "")])


def test_the_id_of_an_earlier_call_may_come_again() -> None:
    assert len(told(START_TOOL, STOP, START_TOOL, STOP).calls) == 2


def test_arguments_of_a_call_that_is_closed_are_left_out() -> None:
    assert told(START_TOOL, STOP, delta(toolUse={"input": "x"})).calls == [("look", "")]


def test_arguments_that_were_told_as_a_whole_are_not_gone_on_with() -> None:
    whole = {"current_tool_use": TOOL | {"input": {"a": 1}}}
    piece = {"current_tool_use": TOOL | {"input": "x"}, "delta": {"toolUse": {"input": "x"}}}

    found = told(whole, {"message": {"role": "user", "content": []}}, piece)

    assert found.calls == [("look", '{"a":1}')]


@pytest.mark.parametrize(
    "payloads",
    [
        [delta(reasoningContent={"text": "h"}), delta(reasoningContent={"text": "m"}), STOP],
        [{"reasoningText": "h", "reasoning": True}, {"reasoningText": "m", "reasoning": True}],
        [{"message": {"content": [{"reasoningContent": {"reasoningText": {"text": "hm"}}}]}}],
    ],
)
def test_reasoning_is_a_message_of_its_own(payloads: list[Any]) -> None:
    found = told(*payloads, "So it is.")

    assert (found.reasoning, found.texts) == (["hm"], ["So it is."])


def test_reasoning_that_came_piece_by_piece_is_not_repeated_by_the_message() -> None:
    whole = {"message": {"content": [{"reasoningContent": {"reasoningText": {"text": "hm"}}}]}}

    assert told(delta(reasoningContent={"text": "hm"}), whole).reasoning == ["hm"]


def test_stretches_of_reasoning_in_one_message_are_each_their_own() -> None:
    blocks = [{"reasoningContent": {"reasoningText": {"text": text}}} for text in ("hm", "aha")]

    assert told({"message": {"content": blocks}}).reasoning == ["hm", "aha"]


def test_a_new_message_of_the_model_may_be_told_by_its_whole() -> None:
    whole = {"message": {"content": [{"text": "new"}]}}

    assert told(delta(text="old"), model(messageStart={}), whole).texts == ["oldnew"]


def test_a_question_to_the_person_interrupts_the_run() -> None:
    interrupts = [
        {"id": "i1", "name": "approve", "reason": "delete it?", "response": None},
        {"id": "i2", "name": "which", "reason": {"of": [1, 2]}},
        {"id": "i3", "name": "why", "reason": None},
    ]
    found = told(START_TOOL, {"tool_interrupt_event": {"tool_use": TOOL, "interrupts": interrupts}})

    assert isinstance(found.ending, RunFinishedEvent)
    assert found.ending.model_dump(by_alias=True)["outcome"] == {
        "type": "interrupt",
        "interrupts": [
            {"id": "i1", "reason": "approve", "message": "delete it?", "toolCallId": "c1"},
            {"id": "i2", "reason": "which", "message": '{"of":[1,2]}', "toolCallId": "c1"},
            {"id": "i3", "reason": "why", "toolCallId": "c1"},
        ],
    }


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (model(messageStop={"stopReason": "cancelled"}), "cancelled"),
        ("{'result': AgentResult(stop_reason='cancelled', message={})}", "cancelled"),
        ("{'result': AgentResult(stop_reason='end_turn', message={})}", "success"),
    ],
)
def test_a_run_that_was_cancelled_says_so(last: Any, outcome: str) -> None:
    whole = {"message": {"content": [{"text": "x"}]}}
    assert told("x", last, whole).ending.model_dump()["outcome"] == {"type": outcome}  # type: ignore[union-attr]


def test_a_call_with_the_id_of_one_that_another_agent_has_open_closes_that() -> None:
    found = told(
        node("one", START_TOOL),
        node("two", START_TOOL),
        node("one", delta(toolUse={"input": "lost"})),
        node("two", delta(toolUse={"input": "{}"})),
    )

    assert found.calls == [("look", ""), ("look", "{}")]


def test_a_call_whose_arguments_may_still_change_is_told_in_the_end_for_each_agent() -> None:
    found = told(node("one", {"current_tool_use": TOOL | {"input": {"at": 1}}}))

    assert found.calls == [("look", '{"at":1}')]


def test_a_node_of_a_graph_that_breaks_breaks_the_run() -> None:
    found = translated(sent(node("one", node("two", model(throttlingException={})))))

    assert str(found.failure) == "the agent reported throttlingException"


def test_a_tools_answer_that_is_an_agents_result_is_empty() -> None:
    shown = [
        {"text": "{'result': AgentResult(stop_reason='end_turn', metrics=<x.M object at 0x7f>)}"}
    ]
    answer = {"toolResult": {"toolUseId": "c1", "content": shown}}

    found = told(START_TOOL, STOP, {"message": {"role": "user", "content": [answer]}})

    assert found.results == [""]
