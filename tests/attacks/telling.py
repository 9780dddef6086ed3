"""All the ways by which a failure may tell more than it should, searched for one text."""

import json
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

_OURS = str(Path(__file__).parents[2] / "src")


@dataclass(slots=True)
class Telling:
    """What was told, by where it was found."""

    found: dict[str, str] = field(default_factory=dict[str, str])

    def lines(self, lines: Iterable[str]) -> None:
        """Add what was logged."""
        self.found["log"] = "\n".join(lines)

    def document(self, name: str, document: object) -> None:
        """Add something that is shown to somebody, as each way of showing has it."""
        self.found[f"{name}: repr"] = f"{document!r} {document} {document:}"
        if is_dataclass(document) and not isinstance(document, type):
            try:
                members = asdict(document)
            except TypeError as refused:
                # A secret does not let itself be copied.
                members = {"refused": f"{refused!r}"}
            self.found[f"{name}: asdict"] = repr(members)
            self.found[f"{name}: JSON"] = json.dumps(members, default=str)

    def text(self, name: str, text: str) -> None:
        """Add a text."""
        self.found[name] = text

    def error(self, name: str, error: BaseException) -> None:
        """Add an error: as it prints, all that hangs on it, and what our own frames hold."""
        self.found[f"{name}: traceback"] = "".join(traceback.format_exception(error))
        for number, one in enumerate(_chain(error)):
            told = f"{one!r} {one} {one.args!r} {vars(one)!r} {getattr(one, '__notes__', '')!r}"
            self.found[f"{name}: error {number}, {type(one).__name__}"] = told
        self.found[f"{name}: variables of our frames"] = _locals_of(error)

    def places_of(self, canaries: Mapping[str, str]) -> list[str]:
        """Return where something was told, and what."""
        return [
            f"{name} in {place}"
            for place, text in self.found.items()
            for name, canary in canaries.items()
            if canary in text
        ]


def _locals_of(error: BaseException) -> str:
    """Return what the frames of our own code show of their variables to an error tracker."""
    shown: list[str] = []
    for one in _chain(error):
        told = traceback.TracebackException.from_exception(one, capture_locals=True)
        shown += [
            f"{frame.name}: {frame.locals}"
            for frame in told.stack
            if frame.filename.startswith(_OURS)
        ]
    return "\n".join(shown)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that hangs on it, also what a traceback would not print."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
