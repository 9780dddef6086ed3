"""Scores of recorded turns by criteria that need no model: each is met, or it is not.

AgentCore's evaluators judge by a model what only reading can tell (terraform.tfvars). These here
are what can be counted, so that a change of prompt or tools is noticed before it is deployed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

MAX_CALLS: Final = 8
_CITATION = re.compile(r"\[(\d{1,3})\]")
_SOURCE = re.compile(r"^(?P<number>\d{1,3})\. .*\((?P<address>[^()\s]+)\)$", re.MULTILINE)


class TurnMalformed(Exception):
    """A record is no turn; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One recorded turn."""

    question: str
    calls: Sequence[tuple[str, Mapping[str, object]]]
    """Tools and their arguments."""
    answer: str

    @property
    def body(self) -> str:
        """The answer without its sources."""
        return self.answer.partition("## Sources")[0]

    @property
    def sources(self) -> dict[int, str]:
        """Addresses by number."""
        listed = self.answer.partition("## Sources")[2]
        return {int(found["number"]): found["address"] for found in _SOURCE.finditer(listed)}


def turn_of(record: object) -> Turn:
    """Parse a record. Raises TurnMalformed."""
    if not isinstance(record, dict):
        raise TurnMalformed("a turn is an object")
    members = cast("dict[str, Any]", record)
    try:
        calls = [(str(call["tool"]), dict(call["arguments"])) for call in members["calls"]]
        return Turn(question=members["question"], calls=calls, answer=members["answer"])
    except (KeyError, TypeError, ValueError) as error:
        raise TurnMalformed("a turn has question, answer, and calls of tool, arguments") from error


def _citations(turn: Turn) -> set[int]:
    return {int(number) for number in _CITATION.findall(turn.body)}


def _grounded(turn: Turn) -> bool:
    """Numbers come from a tool, statements from a source; or the agent says that it has nothing."""
    by_tool = any(tool.startswith("titanic___") for tool, _arguments in turn.calls)
    return by_tool or bool(turn.sources) or "do not answer" in turn.body


def _cited(turn: Turn) -> bool:
    """Each citation has its source, and each source its citation."""
    return _citations(turn) == set(turn.sources)


def _read(turn: Turn) -> bool:
    """What is cited was read in this turn."""
    read = {str(arguments.get("address")) for tool, arguments in turn.calls if tool == "read_page"}
    return set(turn.sources.values()) <= read


def _frugal(turn: Turn) -> bool:
    """No call was made twice, and there were not too many."""
    made = [(tool, str(sorted(arguments.items()))) for tool, arguments in turn.calls]
    return len(made) <= MAX_CALLS and len(made) == len(set(made))


CRITERIA: Final[Mapping[str, Callable[[Turn], bool]]] = {
    "grounded": _grounded,
    "cited": _cited,
    "read": _read,
    "frugal": _frugal,
}
"""The same names as in terraform.tfvars, where a model judges what these cannot."""


def scores(turn: Turn) -> dict[str, bool]:
    """Score a turn by each criterion."""
    return {name: met(turn) for name, met in CRITERIA.items()}
