"""Events of a Strands agent, as an entry point passes them on (`strands.Agent.stream_async`).

One piece of text comes several times: as the model's own event, `{"event": {"contentBlockDelta":
…}}`, as Strands' own, `{"data": …}`, which is a `repr` after the SDK's serialisation, and in the
end in the whole message. Entry points pass on all of them, or some, or mere strings. So each is
read, and counts only if it was not told before.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

from proxy.events.answer import answer_text, each, result_text
from proxy.events.converse import model_moves
from proxy.events.moves import Apart, Asked, BlockEnded, Broke, MessageEnded, Move, Returned
from proxy.events.python_repr import members_of
from proxy.events.told import Object, Told, compact
from proxy.events.verdict import (
    MOST_GRAPHS,
    class_of,
    is_error_repr,
    is_sdk_error,
    shows_insides,
)

_REPEATS = ("{'data': ", "{'type': 'tool_use_stream'", "{'reasoningText': ")
"""How the reprs begin of what the model's own events have said: most of them need no reading."""

MOST_NODES = 1000
"""Most nodes of all graphs of a run: each one's words are kept apart from the others', for as long
as the run lasts. An agent that names a new one in every event would have them fill the memory."""

_RESULT = re.compile(r"\{'result': AgentResult\(stop_reason='(?P<reason>[a-z_]{1,40})'")
"""The `repr` of a run's end: the only place that tells that it was cancelled."""


class StrandsReader:
    """Reads the events of one run."""

    def __init__(self, graphs: int = MOST_GRAPHS, places: Iterator[int] | None = None) -> None:
        """`graphs`: how many graphs within graphs may be in it; what is deeper is left out.

        `places`: one for each node that may yet come, in the graphs around this one, too.
        """
        self._told = Told()
        self._graphs = graphs
        self._places = iter(range(MOST_NODES)) if places is None else places
        self._model_speaks = False
        """Whether the model's own events come: then Strands' own say nothing new."""
        self._nodes: dict[str, StrandsReader] = {}
        """Of a graph or a swarm: its agents speak in turns or all at once, each for itself."""
        self._readers: tuple[tuple[str, Callable[[Object], Iterator[Move]]], ...] = (
            ("event", self._model),
            ("message", self._message),
            ("current_tool_use", self._tool_use),
            ("data", self._data),
            ("reasoningText", self._reasoning),
            ("tool_interrupt_event", self._interrupt),
            ("result", self._outcome),
        )
        """What each kind of event is known by; the first that is there counts."""

    def read(self, payload: object) -> Iterator[Move]:
        """Yield what one event says; nothing for an event of no interest."""
        if isinstance(payload, str):
            yield from self._string(payload)
        elif isinstance(payload, dict):
            yield from self._object(cast("Object", payload))

    def read_document(self, payload: object) -> Iterator[Move]:
        """Yield what an answer says that is no stream."""
        yield from self.read(payload)
        if not self.spoke and payload is not None:
            # Better shown as it is than not at all: its form is the agent's own.
            text = answer_text(payload)
            if text is not None and text.startswith("{'") and shows_insides(text):
                yield failure({})
            yield from self._told.text(compact(payload) if text is None else text)

    def end(self) -> Iterator[Move]:
        """Yield what was kept back."""
        yield from self._told.settled()
        for name, node in self._nodes.items():
            yield from _apart(name, node.end())

    @property
    def spoke(self) -> bool:
        """Whether there was any text in this run."""
        return self._told.spoke or any(node.spoke for node in self._nodes.values())

    def _string(self, text: str) -> Iterator[Move]:
        if not text.startswith("{'"):
            yield from self._told.text(text)
        elif self._model_speaks and text.startswith(_REPEATS):
            pass
        elif result := _RESULT.match(text):
            yield MessageEnded(result["reason"])
        elif is_error_repr(text):
            yield failure(members_of(text))
        elif self._knows(members := members_of(text)):
            yield from self._object(members)
        elif not shows_insides(text):
            # A model may well say such a thing.
            yield from self._told.text(text)

    def _knows(self, event: Object) -> bool:
        return any(member in event for member, _ in self._readers)

    def _object(self, event: Object) -> Iterator[Move]:
        reads = (read for member, read in self._readers if member in event)
        if is_sdk_error(event):
            yield failure(event)
        elif (read := next(reads, None)) is not None:
            yield from read(event)

    def _model(self, event: Object) -> Iterator[Move]:
        if event.get("type") == "multiagent_node_stream":
            yield from self._node(event)
            return
        self._model_speaks = True
        yield from model_moves(event["event"], self._told)

    def _node(self, event: Object) -> Iterator[Move]:
        # Each graph within another takes some of the interpreter's stack, of which there is little.
        if not self._graphs:
            return
        name = str(event.get("node_id", ""))
        node = self._nodes.get(name)
        if node is None:
            if next(self._places, None) is None:
                yield Broke("too many nodes")
                return
            node = self._nodes[name] = StrandsReader(self._graphs - 1, self._places)
        yield from _apart(name, node.read(event["event"]))

    def _data(self, event: Object) -> Iterator[Move]:
        text = event["data"]
        if isinstance(text, str) and not self._model_speaks:
            yield from self._told.text(text)

    def _reasoning(self, event: Object) -> Iterator[Move]:
        text = event["reasoningText"]
        if isinstance(text, str) and not self._model_speaks:
            yield from self._told.reasoning(text)

    def _tool_use(self, event: Object) -> Iterator[Move]:
        use, delta = event["current_tool_use"], event.get("delta")
        if self._model_speaks:
            return
        yield from self._told.call(use)
        match use, delta:
            case {"toolUseId": call_id}, _ if not self._told.knows(call_id):
                pass
            case {"toolUseId": str(call_id)}, {"toolUse": {"input": str(piece)}}:
                yield from self._told.arguments(call_id, piece)
            case {"toolUseId": str(call_id), "input": so_far}, _:
                yield from self._told.arguments_so_far(call_id, so_far)
            case _:
                pass

    def _message(self, event: Object) -> Iterator[Move]:
        match event["message"]:
            case {"role": "user", "content": blocks}:
                yield from self._told.settled()
                for block in each(blocks):
                    yield from self._result(block)
            case {"content": blocks}:
                yield from self._told.settled()
                said, reasoned = self._told.said, self._told.reasoned
                for block in each(blocks):
                    yield from self._block(block, said=said, reasoned=reasoned)
                self._told.message_over()
                yield MessageEnded()
            case _:
                pass

    def _block(self, block: Any, *, said: bool, reasoned: bool) -> Iterator[Move]:
        """Yield a message's block if it did not come piece by piece."""
        match block:
            case {"text": str(text)} if not said:
                yield from self._told.text(text)
            case {"reasoningContent": {"reasoningText": {"text": str(text)}}} if not reasoned:
                yield from self._told.reasoning(text)
                yield BlockEnded()
            case {"toolUse": {} as use}:
                yield from self._told.whole_call(use)
            case _:
                pass

    def _result(self, block: Any) -> Iterator[Move]:
        match block:
            case {"toolResult": {"toolUseId": str(call_id)} as result} if self._told.knows(call_id):
                yield Returned(call_id, result_text(result))
            case _:
                pass

    def _interrupt(self, event: Object) -> Iterator[Move]:
        match event["tool_interrupt_event"]:
            case {"tool_use": {"toolUseId": str(call_id)}, "interrupts": interrupts}:
                for interrupt in each(interrupts):
                    yield from _asked(interrupt, call_id)
            case _:
                pass

    def _outcome(self, event: Object) -> Iterator[Move]:
        if not self.spoke:
            yield from self._told.text(answer_text(event["result"]) or "")


def _apart(name: str, moves: Iterator[Move]) -> Iterator[Move]:
    """Yield what a node of a graph does, which may be a graph itself."""
    for move in moves:
        match move:
            case Broke():
                yield move
            case Apart(node, deed):
                yield Apart(f"{name}/{node}", deed)
            case deed:
                yield Apart(name, deed)


def failure(payload: object) -> Broke:
    """Return the failure that the SDK reported by this payload."""
    return Broke(class_of(cast("Object", payload) if isinstance(payload, dict) else {}))


def _asked(interrupt: Any, call_id: str) -> Iterator[Move]:
    match interrupt:
        case {"id": str(own_id), "name": str(name)}:
            reason = interrupt.get("reason")
            message = reason if isinstance(reason, str | None) else compact(reason)
            yield Asked(own_id, name, message, call_id)
        case _:
            pass
