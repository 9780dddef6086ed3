"""Server-sent events read as a browser reads them (WHATWG HTML §9.2.6)."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a page is told: type, data, last event id."""

    type: str
    data: str
    id: str

    @property
    def json(self) -> Any:
        """The data as JSON."""
        return json.loads(self.data)


@dataclass(kw_only=True)
class _Buffers:
    type: str = ""
    data: list[str] = field(default_factory=list[str])
    id: str = ""


def parse(stream: bytes) -> list[Event]:
    """Return the events of a whole stream; an unfinished one at its end does not count."""
    events: list[Event] = []
    now = _Buffers()
    # What stands behind the last line end is no line yet.
    for line in _LINE_END.split(stream.decode())[:-1]:
        if not line:
            if now.data:
                kind = now.type or "message"
                events.append(Event(type=kind, data="\n".join(now.data), id=now.id))
            now = _Buffers(id=now.id)
            continue
        _take(now, line)
    return events


def _take(now: _Buffers, line: str) -> None:
    name, _, value = line.partition(":")
    value = value.removeprefix(" ")
    match name:
        case "event":
            now.type = value
        case "data":
            now.data.append(value)
        case "id":
            now.id = value
        case _:
            # A comment has an empty name; others are ignored.
            return


def comments(stream: bytes) -> int:
    """Return how many comments a stream has."""
    return sum(line.startswith(":") for line in _LINE_END.split(stream.decode()))
