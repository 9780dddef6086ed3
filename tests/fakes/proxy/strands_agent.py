"""A real Strands agent on a model that says what it is told to, and usual entry points to it."""

import threading
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from typing import Any, cast

from strands import (
    Agent,
    tool,  # pyright: ignore[reportUnknownVariableType] its parameter is an untyped dict
)
from strands.models import Model
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolContext

TEXT = ["I look it up.", "It is sunny ☀ in Bern."]
"""What the agent says, message by message."""

_LOOK_UP: list[Any] = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockStart": {"start": {}}},
    {"contentBlockDelta": {"delta": {"reasoningContent": {"text": "Where "}}}},
    {"contentBlockDelta": {"delta": {"reasoningContent": {"text": "is it?"}}}},
    {"contentBlockDelta": {"delta": {"reasoningContent": {"signature": "c2ln"}}}},
    {"contentBlockStop": {}},
    {"contentBlockStart": {"start": {}}},
    {"contentBlockDelta": {"delta": {"text": "I look "}}},
    {"contentBlockDelta": {"delta": {"text": "it up."}}},
    {"contentBlockStop": {}},
    {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "call-1", "name": "weather"}}}},
    {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"city": '}}}},
    {"contentBlockDelta": {"delta": {"toolUse": {"input": '"Bern"}'}}}},
    {"contentBlockStop": {}},
    {"messageStop": {"stopReason": "tool_use"}},
]
_SAY: list[Any] = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockStart": {"start": {}}},
    *(
        {"contentBlockDelta": {"delta": {"text": text}}}
        for text in ("It is ", "sunny ☀ ", "in Bern.")
    ),
    {"contentBlockStop": {}},
    {"messageStop": {"stopReason": "end_turn"}},
]


_ERASE: list[Any] = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "call-2", "name": "erase"}}}},
    {"contentBlockDelta": {"delta": {"toolUse": {"input": "{}"}}}},
    {"contentBlockStop": {}},
    {"messageStop": {"stopReason": "tool_use"}},
]


class ScriptedModel(Model):
    """Says the next part of its script each time; an exception in it is raised."""

    def __init__(self, *parts: list[Any]) -> None:
        self._parts = iter(parts)

    def update_config(self, **_config: Any) -> None:
        """Nothing can be configured."""

    def get_config(self) -> dict[str, object]:
        """Return what telemetry may name."""
        return {"model_id": "scripted"}

    def structured_output(self, *_form: Any, **_more: Any) -> AsyncGenerator[dict[str, Any], None]:
        """Fill in no forms."""
        raise NotImplementedError

    async def stream(
        self, *_asked: Any, cancel_signal: threading.Event | None = None, **_more: Any
    ) -> AsyncIterable[StreamEvent]:
        """Say the next part."""
        del cancel_signal
        for event in next(self._parts):
            if isinstance(event, Exception):
                raise event
            yield cast("StreamEvent", event)


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    if city != "Bern":
        raise LookupError(f"no station in {city} at station-db.internal")
    return "sunny"


@tool(context=True)
def erase(tool_context: ToolContext) -> str:
    """Erase everything, if the person says so."""
    return f"erased: {tool_context.interrupt('approve', reason='Erase it all?')}"


def agent() -> Agent:
    """Return an agent that uses a tool and then answers."""
    return _agent(_LOOK_UP, _SAY)


def agent_with_failing_tool() -> Agent:
    """Return an agent whose tool raises."""
    look_up = [*_LOOK_UP]
    look_up[12] = {"contentBlockDelta": {"delta": {"toolUse": {"input": '"Ur"}'}}}}
    return _agent(look_up, _SAY)


def agent_that_breaks() -> Agent:
    """Return an agent whose model fails in the middle of its answer."""
    return _agent(_LOOK_UP, [*_SAY[:4], ValueError("no route to model-proxy.internal:443")])


def agent_that_asks() -> Agent:
    """Return an agent whose tool wants a person's word first."""
    return Agent(model=ScriptedModel(_ERASE, _SAY), tools=[erase], callback_handler=None)


def _agent(*parts: list[Any]) -> Agent:
    return Agent(model=ScriptedModel(*parts), tools=[weather], callback_handler=None)


Entry = Callable[[Agent], AsyncIterator[Any]]


async def everything(agent: Agent, prompt: Any = "How is the weather?") -> AsyncIterator[Any]:
    """Pass on every event, as the quick starts do."""
    async for event in agent.stream_async(prompt):
        yield event


async def only_data(agent: Agent) -> AsyncIterator[Any]:
    """Pass on Strands' text events whole, with all that is in them."""
    async for event in everything(agent):
        if "data" in event:
            yield event


async def only_text(agent: Agent) -> AsyncIterator[Any]:
    """Pass on mere strings."""
    async for event in everything(agent):
        if "data" in event:
            yield event["data"]


async def only_model_events(agent: Agent) -> AsyncIterator[Any]:
    """Pass on what the model says."""
    async for event in everything(agent):
        if "event" in event:
            yield event


async def only_messages(agent: Agent) -> AsyncIterator[Any]:
    """Pass on whole messages."""
    async for event in everything(agent):
        if "message" in event:
            yield event


async def without_model_events(agent: Agent) -> AsyncIterator[Any]:
    """Pass on everything of Strands' own."""
    async for event in everything(agent):
        if "event" not in event:
            yield event


async def picked_members(agent: Agent) -> AsyncIterator[Any]:
    """Pass on what can be JSON: a text, or the tool in use as far as it is known."""
    async for event in everything(agent):
        picked = {name: event[name] for name in ("data", "current_tool_use") if name in event}
        if picked:
            yield picked


async def only_the_result(agent: Agent) -> AsyncIterator[Any]:
    """Pass on the last message alone."""
    async for event in everything(agent):
        if "result" in event:
            yield {"result": event["result"].message}
