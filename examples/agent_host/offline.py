"""A model that needs no network and no key: the same answer to the same words, piece by piece."""

import asyncio
import json
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from strands.models import Model
from strands.types.content import Message, Messages
from strands.types.event_loop import Usage
from strands.types.streaming import MetadataEvent, StreamEvent
from strands.types.tools import ToolSpec, ToolUse


@dataclass(frozen=True, slots=True)
class Say:
    """Answer with words; each piece is sent by itself."""

    pieces: list[str]


@dataclass(frozen=True, slots=True)
class Call:
    """Call a tool first."""

    tool: str
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])


Reply = Say | Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A tool that was called in this turn, and what it said."""

    tool: str
    arguments: Mapping[str, object]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a model hears of a conversation."""

    system: str
    said: list[str]
    """What the person said, oldest first."""
    calls: list[Called]
    """The tools of the present turn, in the order of their answers."""

    @property
    def text(self) -> str:
        """What was said last."""
        return self.said[-1] if self.said else ""


Replies = Callable[[Heard], Reply]
"""Chooses a reply: a pure function, so that the same words get the same answer."""


def pieces_of(text: str) -> list[str]:
    """Cut a text after its spaces and line ends; together the pieces are the text."""
    return re.findall(r"\S+\s*|\s+", text)


def saying(text: str) -> Say:
    """Return the answer that says this text, word by word."""
    return Say(pieces_of(text))


class OfflineModel(Model):
    """Speaks the language of Strands' models and decides by its replies."""

    def __init__(self, replies: Replies, *, pause_s: float) -> None:
        """Wait `pause_s` seconds before each piece, so that streaming can be seen."""
        self._replies = replies
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
        tool_specs: list[ToolSpec] | None = None,  # noqa: ARG002 the base class's
        system_prompt: str | None = None,
        *,
        cancel_signal: threading.Event | None = None,
        **_more: Any,
    ) -> AsyncIterable[StreamEvent]:
        """Answer the last message; stops early when `cancel_signal` is set."""
        reply = self._replies(heard(messages, system=system_prompt or ""))
        yield {"messageStart": {"role": "assistant"}}
        for event in _events(reply, len(messages)):
            if "contentBlockDelta" in event:
                await asyncio.sleep(self._pause_s)
            if cancel_signal is not None and cancel_signal.is_set():
                return
            yield event
        yield {"messageStop": {"stopReason": "tool_use" if isinstance(reply, Call) else "end_turn"}}
        yield {"metadata": _used(messages, reply)}


def heard(messages: Messages, *, system: str) -> Heard:
    """Return what a model hears of these messages."""
    said: list[str] = []
    calls: list[Called] = []
    uses: dict[str, ToolUse] = {}
    for message in messages:
        uses |= {
            b["toolUse"]["toolUseId"]: b["toolUse"] for b in message["content"] if "toolUse" in b
        }
        results = list(_called(message, uses))
        if message["role"] == "user" and not results:
            said += [text] if (text := _text(message)) else []
            calls = []
        calls += results
    return Heard(system=system, said=said, calls=calls)


def _used(messages: Messages, reply: Reply) -> MetadataEvent:
    """Count words for tokens, so that budgets have something to count here too."""
    read = sum(len(_text(message).split()) for message in messages)
    wrote = len(reply.pieces) if isinstance(reply, Say) else 1
    usage = Usage(inputTokens=read, outputTokens=wrote, totalTokens=read + wrote)
    return {"usage": usage, "metrics": {"latencyMs": 0}}


def _called(message: Message, uses: Mapping[str, ToolUse]) -> Iterator[Called]:
    for block in message["content"]:
        if "toolResult" in block:
            result = block["toolResult"]
            use = uses.get(result["toolUseId"])
            yield Called(
                tool=use["name"] if use else "",
                arguments=cast("Mapping[str, object]", use["input"]) if use else {},
                text=" ".join(part["text"] for part in result["content"] if "text" in part),
            )


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
