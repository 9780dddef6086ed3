"""What a run has told the person so far: so that nothing is told twice."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from proxy.events.moves import Argued, BlockEnded, Called, Move, Reasoned, Said

Object = Mapping[str, Any]


def compact(value: object) -> str:
    """Return a value as JSON; null for one that is nested too deeply."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return "null"


class Told:
    """Yields only what is new."""

    def __init__(self) -> None:
        self.spoke = False
        """Whether there was any text in this run."""
        self.said = self.reasoned = False
        """Whether the message that is being written came piece by piece."""
        self._calls: dict[str, int] = {}
        """How many characters of its arguments were told of every tool call."""
        self._whole: Object = {}
        """A call whose arguments came as an object: they may still change."""

    def text(self, delta: str) -> Iterator[Move]:
        """Yield a piece of text."""
        if delta:
            yield from self.settled()
            self.said = self.spoke = True
            yield Said(delta)

    def reasoning(self, delta: str) -> Iterator[Move]:
        """Yield a piece of reasoning."""
        if delta:
            yield from self.settled()
            self.reasoned = True
            yield Reasoned(delta)

    def message_over(self) -> None:
        """What comes next is another message."""
        self.said = self.reasoned = False

    def knows(self, call_id: object) -> bool:
        """Tell whether a call was told."""
        return isinstance(call_id, str) and call_id in self._calls

    def last_call(self) -> str | None:
        """Return the call that began last."""
        return next(reversed(self._calls), None)

    def call(self, use: Any, *, again: bool = False) -> Iterator[Move]:
        """Yield a call's beginning; of a known one only if it is another with the same id."""
        match use:
            case {"toolUseId": str(call_id), "name": str(tool)} if again or not self.knows(call_id):
                yield from self.settled()
                self._calls.pop(call_id, None)
                self._calls[call_id] = 0
                yield Called(call_id, tool)
            case _:
                pass

    def arguments(self, call_id: str, delta: str) -> Iterator[Move]:
        """Yield a piece of a known call's arguments."""
        if delta:
            self._calls[call_id] += len(delta)
            yield Argued(call_id, delta)

    def arguments_so_far(self, call_id: str, so_far: object) -> Iterator[Move]:
        """Yield what is new of arguments that come from their beginning each time."""
        told = self._calls[call_id]
        if isinstance(so_far, str):
            yield from self.arguments(call_id, so_far[told:])
        elif isinstance(so_far, dict) and not told:
            self._whole = {"toolUseId": call_id, "input": so_far}

    def whole_call(self, use: Object) -> Iterator[Move]:
        """Yield a complete call, if it was not told."""
        if not self.knows(use.get("toolUseId")):
            yield from self.call(use)
            if self.knows(use.get("toolUseId")):
                yield from self.arguments(use["toolUseId"], compact(use.get("input")))

    def settled(self) -> Iterator[Move]:
        """Yield the arguments that might still have changed."""
        whole, self._whole = self._whole, {}
        if whole:
            yield from self.arguments(whole["toolUseId"], compact(whole["input"]))
            yield BlockEnded()
