"""A model that needs no network and no key: the same answer to the same words, piece by piece."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from typing import Any, cast

from strands.models import Model
from strands.types.content import Message, Messages
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolResult

from hello_world.replies import Call, Reply, Say, reply_after, reply_to


class OfflineModel(Model):
    """Speaks the language of Strands' models and decides by `replies`."""

    def __init__(self, *, pause_s: float) -> None:
        """Wait `pause_s` seconds before each piece, so that streaming can be seen."""
        self._pause_s = pause_s

    def update_config(self, **model_config: Any) -> None:
        """Refuse: there is nothing to configure."""
        raise NotImplementedError(f"the offline model has no {', '.join(model_config)}")

    def get_config(self) -> dict[str, object]:
        """Return what telemetry may name."""
        return {"model_id": "offline", "context_window_limit": 100_000}

    def structured_output(self, *_form: Any, **_more: Any) -> AsyncGenerator[dict[str, Any], None]:
        """Refuse: this model fills in no forms."""
        raise NotImplementedError("the offline model gives no structured output")

    async def stream(
        self,
        messages: Messages,
        *_positional: Any,
        cancel_signal: threading.Event | None = None,
        **_more: Any,
    ) -> AsyncIterable[StreamEvent]:
        """Answer the last message; stops early when `cancel_signal` is set."""
        reply = _reply(messages)
        yield {"messageStart": {"role": "assistant"}}
        for event in _events(reply, len(messages)):
            if "contentBlockDelta" in event:
                await asyncio.sleep(self._pause_s)
            if cancel_signal is not None and cancel_signal.is_set():
                return
            yield event
        yield {"messageStop": {"stopReason": "tool_use" if isinstance(reply, Call) else "end_turn"}}


def _reply(messages: Messages) -> Reply:
    results = [block["toolResult"] for block in messages[-1]["content"] if "toolResult" in block]
    if results:
        return _after_tools(messages, results[-1])
    said = [text for message in messages if message["role"] == "user" and (text := _text(message))]
    return reply_to(said[-1] if said else "", earlier=said[:-1])


def _after_tools(messages: Messages, result: ToolResult) -> Say:
    calls = {
        block["toolUse"]["toolUseId"]: block["toolUse"]["name"]
        for message in messages
        for block in message["content"]
        if "toolUse" in block
    }
    text = " ".join(part["text"] for part in result["content"] if "text" in part)
    return reply_after(calls.get(result["toolUseId"], ""), text)


def _text(message: Message) -> str:
    return " ".join(block["text"] for block in message["content"] if "text" in block)


def _events(reply: Reply, turn: int) -> Iterator[StreamEvent]:
    """Yield the events of one content block; `turn` keeps a conversation's call ids apart."""
    match reply:
        case Say(pieces):
            yield {"contentBlockStart": {"start": {}}}
            for piece in pieces:
                yield {"contentBlockDelta": {"delta": {"text": piece}}}
        case Call(tool, arguments):
            call = {"toolUse": {"toolUseId": f"{tool}-{turn}", "name": tool}}
            yield cast("StreamEvent", {"contentBlockStart": {"start": call}})
            yield {"contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(arguments)}}}}
    yield {"contentBlockStop": {}}
