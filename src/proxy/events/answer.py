"""The text in answers that are no events: of tools, and of entry points that do not stream."""

from typing import Any, cast

from proxy.events.told import Object, compact
from proxy.events.verdict import shows_insides

TOOL_FAILED = "The tool failed."
"""Stands for a failed tool's answer, which is the text of an exception."""

_ANSWER_MEMBERS = ("data", "result", "response", "output", "answer", "text", "message", "content")
"""Where a plain JSON answer usually keeps its text, in the order in which they are tried."""

_MOST_DEPTH = 4


def each(value: Any) -> list[Any]:
    """Return what is in a list; nothing if it is none."""
    match value:
        case [*values]:
            return values
        case _:
            return []


def result_text(result: Object) -> str:
    """Return the text of a tool's answer (`strands.types.tools.ToolResult`).

    Of a tool that streams another agent's events that is the `repr` of the last of them, the
    agent's result with its insides: nothing is left of it.
    """
    if result.get("status") == "error":
        return TOOL_FAILED
    text = _parts(result.get("content"))
    return "" if text.startswith("{'") and shows_insides(text) else text


def answer_text(value: Any, depth: int = 0) -> str | None:
    """Return the text in a JSON answer, at most a few levels down; None if there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _parts(value) or None
    if not isinstance(value, dict) or depth > _MOST_DEPTH:
        return None
    members = cast("Object", value)
    found = (answer_text(members[name], depth + 1) for name in _ANSWER_MEMBERS if name in members)
    return next((text for text in found if text is not None), None)


def _parts(parts: Any) -> str:
    """Return the texts of content blocks; pictures and documents are left out."""
    texts: list[str] = []
    for part in each(parts):
        match part:
            case {"text": str(text)}:
                texts.append(text)
            case {"json": value}:
                texts.append(compact(value))
            case _:
                pass
    return "".join(texts)
