"""The events of a model, as Strands passes them on: Bedrock's `ConverseStream`, whoever the
provider is (`strands.types.streaming.StreamEvent`)."""

from collections.abc import Iterator
from typing import Any

from proxy.events.moves import BlockEnded, Broke, MessageEnded, Move
from proxy.events.told import Told

_EXCEPTIONS = (
    "internalServerException",
    "modelStreamErrorException",
    "serviceUnavailableException",
    "throttlingException",
    "validationException",
)


def model_moves(event: Any, told: Told) -> Iterator[Move]:
    """Yield what a model's event says."""
    match event:
        case {"contentBlockDelta": {"delta": delta}}:
            yield from _delta(delta, told)
        case {"contentBlockStart": {"start": {"toolUse": use}}}:
            # A model may give the id of an earlier turn's call once more.
            yield from told.call(use, again=True)
        case {"contentBlockStop": _}:
            yield BlockEnded()
        case {"messageStart": _}:
            told.message_over()
        case {"messageStop": {"stopReason": str(reason)}}:
            yield MessageEnded(reason)
        case _:
            yield from _exception(event)


def _delta(delta: Any, told: Told) -> Iterator[Move]:
    match delta:
        case {"text": str(text)}:
            yield from told.text(text)
        case {"toolUse": use}:
            yield from _tool_delta(use, told)
        case {"reasoningContent": {"text": str(text)}}:
            yield from told.reasoning(text)
        case _:
            pass


def _tool_delta(use: Any, told: Told) -> Iterator[Move]:
    # Some providers name the tool here and not at the block's start.
    yield from told.call(use)
    match use:
        case {"toolUseId": str(call_id), "input": str(piece)} if told.knows(call_id):
            yield from told.arguments(call_id, piece)
        case {"input": str(piece)} if (last := told.last_call()) is not None:
            yield from told.arguments(last, piece)
        case _:
            pass


def _exception(event: Any) -> Iterator[Move]:
    yield from (Broke(name) for name in _EXCEPTIONS if isinstance(event, dict) and name in event)
