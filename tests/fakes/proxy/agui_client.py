"""A client of AG-UI: reads a run with the protocol's own models and keeps to its order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ag_ui.core import BaseEvent, Event
from ag_ui.encoder import EventEncoder
from pydantic import TypeAdapter

from fakes.proxy.events import parse

_EVENT: TypeAdapter[BaseEvent] = TypeAdapter(Event)
_ENCODER = EventEncoder()

_PAIRS = {
    "TEXT_MESSAGE_START": "TEXT_MESSAGE_END",
    "TOOL_CALL_START": "TOOL_CALL_END",
    "REASONING_START": "REASONING_END",
    "REASONING_MESSAGE_START": "REASONING_MESSAGE_END",
}
_INSIDE = {
    "TEXT_MESSAGE_CONTENT": "TEXT_MESSAGE_END",
    "TOOL_CALL_ARGS": "TOOL_CALL_END",
    "REASONING_MESSAGE_CONTENT": "REASONING_MESSAGE_END",
}


@dataclass(slots=True, kw_only=True)
class Told:
    """What a run told the person."""

    texts: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Name and arguments."""
    results: list[str] = field(default_factory=list[str])
    kinds: list[str] = field(default_factory=list[str])
    ending: BaseEvent | None = None
    places: dict[str, int] = field(default_factory=dict[str, int])
    """Which of the texts, of the reasonings or of the calls an id is the last that began with."""


def run(stream: bytes) -> Told:
    """Read a whole run. Fails where a client would complain, or the bytes are not the encoder's."""
    events: list[BaseEvent] = []
    for sent in parse(stream):
        assert sent.type == "message", "AG-UI has no named events"
        events.append(_EVENT.validate_json(sent.data))
        assert events[-1].model_extra == {}, "a member that the protocol does not know"
    assert "".join(_ENCODER.encode(event) for event in events).encode() == stream
    _check_order(events)
    return _told(events)


def _check_order(events: Sequence[BaseEvent]) -> None:
    kinds = [event.type.value for event in events]
    assert kinds[0] in ("RUN_STARTED", "RUN_ERROR")
    assert kinds[-1] in ("RUN_FINISHED", "RUN_ERROR")
    assert sum(kind.startswith("RUN_") for kind in kinds) <= 2
    open_ones: set[tuple[str, str]] = set()
    for event in events:
        kind, own_id = event.type.value, _id(event)
        if kind in _PAIRS:
            assert (_PAIRS[kind], own_id) not in open_ones, "opened twice"
            open_ones.add((_PAIRS[kind], own_id))
        elif kind in _PAIRS.values():
            assert (kind, own_id) in open_ones, "closed, and was not open"
            open_ones.remove((kind, own_id))
        elif kind in _INSIDE:
            assert (_INSIDE[kind], own_id) in open_ones, "content of what is not open"
    assert not open_ones, "not closed"


def _id(event: BaseEvent) -> str:
    own_id = getattr(event, "tool_call_id", None) or getattr(event, "message_id", "")
    assert isinstance(own_id, str)
    return own_id


def _told(events: Sequence[BaseEvent]) -> Told:
    told = Told(kinds=[event.type.value for event in events], ending=events[-1])
    for event in events:
        _READ.get(event.type.value, _ignored)(told, event)
    return told


def _ignored(_told: Told, _event: BaseEvent) -> None:
    """Nothing of it is shown."""


def _delta(event: BaseEvent) -> str:
    delta = getattr(event, "delta")  # noqa: B009 which kind of event it is says the table
    assert isinstance(delta, str)
    return delta


def _begun(told: Told, event: BaseEvent, those: list[Any], new: object) -> None:
    told.places[_id(event)] = len(those)
    those.append(new)


def _call(told: Told, event: BaseEvent) -> None:
    _begun(told, event, told.calls, (str(getattr(event, "tool_call_name")), ""))  # noqa: B009 as above


def _arguments(told: Told, event: BaseEvent) -> None:
    place = told.places[_id(event)]
    name, so_far = told.calls[place]
    told.calls[place] = (name, so_far + _delta(event))


def _text(told: Told, event: BaseEvent) -> None:
    told.texts[told.places[_id(event)]] += _delta(event)


def _reasoning(told: Told, event: BaseEvent) -> None:
    told.reasoning[told.places[_id(event)]] += _delta(event)


_READ: dict[str, Callable[[Told, BaseEvent], None]] = {
    "TEXT_MESSAGE_START": lambda told, event: _begun(told, event, told.texts, ""),
    "TEXT_MESSAGE_CONTENT": _text,
    "REASONING_MESSAGE_START": lambda told, event: _begun(told, event, told.reasoning, ""),
    "REASONING_MESSAGE_CONTENT": _reasoning,
    "TOOL_CALL_START": _call,
    "TOOL_CALL_ARGS": _arguments,
    "TOOL_CALL_RESULT": lambda told, event: told.results.append(str(getattr(event, "content"))),  # noqa: B009
}
