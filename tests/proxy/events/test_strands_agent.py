"""A real Strands agent behind AgentCore's SDK, read as an AG-UI run."""

import re
from itertools import count
from pathlib import Path

import pytest
from ag_ui.core import RunFinishedEvent, RunFinishedInterruptOutcome
from strands import Agent

from fakes.proxy import strands_agent
from fakes.proxy.agentcore_sdk import event, run_ahead, serialised, streamed
from fakes.proxy.agui_client import Told, run
from fakes.proxy.events import parse
from fakes.proxy.passage import Passed, passed
from fakes.proxy.strands_agent import TEXT, Entry
from proxy.errors import AgentFailed
from proxy.events.agui import TranslatedDocument, TranslatedEvents
from proxy.events.prompt import prompt_of
from proxy.events.run import RunIds
from proxy.events.scrub import ScrubbedEvents

RECORDED = Path(__file__).parent / "recorded"
IDS = RunIds(thread_id="thread", run_id="run")
CALL = ("weather", '{"city": "Bern"}')


async def spoken(entry: Entry, agent: Agent) -> list[bytes]:
    return [event async for event in streamed(entry(agent))]


def translated(chunks: list[bytes]) -> Passed:
    numbers = count(1)
    return passed(TranslatedEvents(IDS, lambda: f"m{next(numbers)}"), chunks)


async def told(entry: Entry, agent: Agent | None = None) -> Told:
    found = translated(await spoken(entry, agent or strands_agent.agent()))
    assert found.failure is None
    return run(found.out)


@pytest.mark.parametrize("name", ["everything", "breaks"])
async def test_the_double_streams_as_the_sdk_does(name: str) -> None:
    makers = {"everything": strands_agent.agent, "breaks": strands_agent.agent_that_breaks}
    values = run_ahead(strands_agent.everything(makers[name]()))
    ours = b"".join([event async for event in streamed(values)])

    assert _timeless(ours) == _timeless((RECORDED / f"{name}.sse").read_bytes())


def _timeless(stream: bytes) -> bytes:
    """Return a stream without what is another each time."""
    known = re.sub(rb"0x[0-9a-f]{4,}", b"0x0", stream)
    known = re.sub(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", b"uuid", known)
    return re.sub(rb"\d+\.\d+(?:e-\d+)?|'latencyMs': \d+|\"latencyMs\": \d+", b"0", known)


async def test_a_run_is_told_from_beginning_to_end() -> None:
    found = await told(strands_agent.everything)

    assert found.texts == TEXT
    assert found.reasoning == ["Where is it?"]
    assert found.calls == [CALL]
    assert found.results == ["sunny"]
    assert [kind for kind in found.kinds if not kind.endswith(("_CONTENT", "_ARGS"))] == [
        "RUN_STARTED",
        "REASONING_START",
        "REASONING_MESSAGE_START",
        "REASONING_MESSAGE_END",
        "REASONING_END",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_END",
        "TOOL_CALL_START",
        "TOOL_CALL_END",
        "TOOL_CALL_RESULT",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ]


@pytest.mark.parametrize(
    "entry",
    [
        strands_agent.only_model_events,
        strands_agent.only_messages,
        strands_agent.without_model_events,
        strands_agent.picked_members,
    ],
)
async def test_whatever_an_entry_point_passes_on_is_told_once(entry: Entry) -> None:
    found = await told(entry)

    assert found.texts == TEXT
    assert _without_spaces(found.calls) == _without_spaces([CALL])


@pytest.mark.parametrize(
    "entry", [strands_agent.without_model_events, strands_agent.picked_members]
)
async def test_a_call_that_changes_before_it_is_sent_is_told_once(entry: Entry) -> None:
    values = run_ahead(entry(strands_agent.agent()))
    found = run(translated([event async for event in streamed(values)]).out)

    assert found.texts == TEXT
    assert _without_spaces(found.calls) == _without_spaces([CALL])


def _without_spaces(calls: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, arguments.replace(" ", "")) for name, arguments in calls]


@pytest.mark.parametrize("entry", [strands_agent.only_data, strands_agent.only_text])
async def test_texts_alone_are_told(entry: Entry) -> None:
    assert "".join((await told(entry)).texts) == "".join(TEXT)


async def test_the_last_message_alone_is_told() -> None:
    assert (await told(strands_agent.only_the_result)).texts == TEXT[-1:]


async def test_an_answer_that_is_no_stream_is_a_run_as_well() -> None:
    events = [event async for event in strands_agent.only_the_result(strands_agent.agent())]
    document = serialised(events[0]).encode()

    found = passed(TranslatedDocument(IDS, lambda: "m1"), [document[:7], document[7:]])

    assert run(found.out).texts == TEXT[-1:]


async def test_an_agent_that_breaks_ends_its_message_and_its_run() -> None:
    found = translated(await spoken(strands_agent.everything, strands_agent.agent_that_breaks()))
    seen = run(found.out)

    assert str(found.failure) == "the agent reported EventLoopException"
    assert seen.texts == ["I look it up.", "It is sunny ☀ "]
    assert seen.kinds[-2:] == ["TEXT_MESSAGE_END", "RUN_ERROR"]
    assert b"internal" not in found.out


async def test_a_failed_tool_does_not_tell_its_exception() -> None:
    found = await told(strands_agent.everything, strands_agent.agent_with_failing_tool())

    assert found.results == ["The tool failed."]


async def test_a_person_is_asked_and_the_answer_reaches_the_agent() -> None:
    agent = strands_agent.agent_that_asks()
    asked = (await told(strands_agent.everything, agent)).ending
    assert isinstance(asked, RunFinishedEvent)
    assert isinstance(asked.outcome, RunFinishedInterruptOutcome)
    question = asked.outcome.interrupts[0]
    assert (question.message, question.tool_call_id) == ("Erase it all?", "call-2")

    answer = {"interruptId": question.id, "status": "resolved", "payload": "yes"}
    prompt = prompt_of({"messages": [], "resume": [answer]})["prompt"]
    values = strands_agent.everything(agent, prompt)
    found = run(translated([event async for event in streamed(values)]).out)

    assert found.texts == TEXT[-1:]
    assert any("erased: yes" in str(message) for message in agent.messages)


@pytest.mark.parametrize("size", [1, 13, 1000])
def test_how_the_stream_is_cut_changes_nothing(size: int) -> None:
    stream = (RECORDED / "everything.sse").read_bytes()

    assert translated([stream[i : i + size] for i in range(0, len(stream), size)]) == translated(
        [stream]
    )


@pytest.mark.parametrize("name", ["everything", "breaks"])
def test_passed_on_as_bytes_a_stream_has_no_insides_of_python(name: str) -> None:
    found = passed(ScrubbedEvents(), [(RECORDED / f"{name}.sse").read_bytes()])

    assert b"object at 0x" not in found.out
    assert b"internal" not in found.out
    assert b'{"contentBlockDelta": {"delta": {"text": "sunny' in found.out
    assert isinstance(found.failure, AgentFailed) is (name == "breaks")


def recorded(name: str) -> list[bytes]:
    return (RECORDED / f"{name}.sse").read_bytes().splitlines(keepends=True)


def test_agents_of_a_graph_that_speak_at_once_are_told_apart() -> None:
    found = run(translated(recorded("graph")).out)

    assert found.reasoning == ["anna thinks anna hard", "bob thinks bob hard"]
    assert found.texts[:2] == ["anna looks anna it up.", "bob looks bob it up."]
    assert found.texts[2:] == ["anna says anna sunny.", "bob says bob sunny."]
    assert found.calls == [("weather", '{"city":"Bern"}')] * 2
    assert found.results == ["sunny", "sunny"]


@pytest.mark.parametrize("passage", [ScrubbedEvents(), TranslatedEvents(IDS, lambda: "m")])
def test_a_swarm_that_fails_fails_the_answer_and_its_exceptions_text_stays_here(
    passage: ScrubbedEvents | TranslatedEvents,
) -> None:
    found = passed(passage, recorded("swarm"))

    assert isinstance(found.failure, AgentFailed)
    assert b"sunny" in found.out
    assert b"model-proxy" not in found.out + str(found.failure).encode()


def test_a_node_that_failed_is_not_shown() -> None:
    """A graph goes on to say so itself, a swarm with another node."""
    found = passed(ScrubbedEvents(), [b"".join(recorded("swarm")[:-2])])

    assert found.failure is None
    assert b"model-proxy" not in found.out


def test_a_node_that_is_a_graph_itself_lets_no_exceptions_text_out() -> None:
    stop = {"force_stop": True, "force_stop_reason": "no route to model-proxy.internal:443"}
    inner = {"type": "multiagent_node_stream", "node_id": 7, "event": stop}

    sent = event({"type": "multiagent_node_stream", "node_id": "outer", "event": inner})
    (out,) = parse(passed(ScrubbedEvents(), [sent[:90], sent[90:]]).out)

    known = {"force_stop": True, "force_stop_reason": "The agent failed to answer."}
    inner = {"type": "multiagent_node_stream", "event": known}
    assert out.json == {"type": "multiagent_node_stream", "node_id": "outer", "event": inner}


def test_other_events_of_a_graph_pass_as_they_came() -> None:
    deep: dict[str, object] = {"force_stop": True, "force_stop_reason": "x"}
    for _ in range(21):
        deep = {"type": "multiagent_node_stream", "event": deep}
    stream = b"".join(map(event, [deep, {"type": "multiagent_node_stream", "event": {"data": 1}}]))

    assert passed(ScrubbedEvents(), [stream]).out == stream
