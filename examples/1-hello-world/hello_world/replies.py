"""What the offline model answers: a pure function of what was said."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_COUNT = 1000


@dataclass(frozen=True, slots=True)
class Say:
    """Answer with words; each piece is sent by itself."""

    pieces: list[str]


@dataclass(frozen=True, slots=True)
class Call:
    """Call a tool first."""

    tool: str
    arguments: dict[str, object] = field(default_factory=dict[str, object])


Reply = Say | Call

EXPLANATION = """\
I am a **small example agent**, and at the moment I run on an offline model: I understand a few \
requests only, but I answer them the way a large model would, piece by piece and with tools.

Here is what you can try:

- `hello` for a greeting
- `remember buy milk` to keep a note, and `notes` to see all of your team's notes
- `what time is it?` for the time
- `count to 100` for a long answer that you can stop
- `what did I say before?` to see that I keep our conversation
"""


def reply_to(text: str, *, earlier: list[str]) -> Reply:
    """Choose the reply to what a person said; `earlier` is what they said before, oldest first."""
    for pattern, reply in _RULES:
        match = pattern.search(text)
        if match:
            return reply(match, earlier)
    return Say(pieces_of(EXPLANATION))


def reply_after(tool: str, result: str) -> Say:
    """Choose the words that follow a tool's result."""
    introduction = {"write_note": "", "read_notes": "", "current_time": "It is now "}.get(tool, "")
    return Say(pieces_of(f"{introduction}{result}"))


def pieces_of(text: str) -> list[str]:
    """Cut a text after its spaces and line ends; together the pieces are the text."""
    return re.findall(r"\S+\s*|\s+", text)


def _greet(_match: re.Match[str], earlier: list[str]) -> Reply:
    again = " again" if earlier else ""
    return Say(pieces_of(f"Hello{again}! I am the Hello World agent. What can I do for you?"))


def _count(match: re.Match[str], _earlier: list[str]) -> Reply:
    last = min(int(match["number"]), MAX_COUNT)
    return Say([f"{number} " for number in range(1, last + 1)])


def _recall(_match: re.Match[str], earlier: list[str]) -> Reply:
    if not earlier:
        return Say(pieces_of("This is the first thing that you say to me."))
    return Say(pieces_of(f"Before that, you said: “{earlier[-1]}”"))


def _write(match: re.Match[str], _earlier: list[str]) -> Reply:
    return Call("write_note", {"text": match["note"].strip()})


def _read(_match: re.Match[str], _earlier: list[str]) -> Reply:
    return Call("read_notes")


def _time(_match: re.Match[str], _earlier: list[str]) -> Reply:
    return Call("current_time")


def _rule(
    pattern: str, reply: Callable[[re.Match[str], list[str]], Reply]
) -> tuple[re.Pattern[str], Callable[[re.Match[str], list[str]], Reply]]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL), reply


_RULES = [
    _rule(r"\bcount\s+to\s+(?P<number>\d{1,6})\b", _count),
    _rule(r"\bwhat\s+(?:did\s+I|have\s+I)\s+sa(?:y|id)\b", _recall),
    _rule(r"\bwhat\s+do\s+you\s+remember\b|\bnotes\b", _read),
    _rule(r"^\s*(?:please\s+)?(?:note|remember)(?:\s+that)?[\s:]+(?P<note>\S.*)$", _write),
    _rule(r"\b(?:time|date|day)\b", _time),
    _rule(r"^\s*(?:hello|hi|hey|good\s+(?:morning|afternoon|evening))\b", _greet),
]
"""In the order of their turn."""
