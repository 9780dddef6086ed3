"""What the offline model answers: a pure function of what was said."""

import re
from collections.abc import Callable

from agent_host.offline import Call, Heard, Reply, Say, saying

MAX_COUNT = 1000


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


_INTRODUCTIONS = {"current_time": "It is now "}


def reply(heard: Heard) -> Reply:
    """Choose the reply to what a person said, or the words that follow a tool's result."""
    if heard.calls:
        last = heard.calls[-1]
        return saying(f"{_INTRODUCTIONS.get(last.tool, '')}{last.text}")
    for pattern, rule in _RULES:
        match = pattern.search(heard.text)
        if match:
            return rule(match, heard.said[:-1])
    return saying(EXPLANATION)


def _greet(_match: re.Match[str], earlier: list[str]) -> Reply:
    again = " again" if earlier else ""
    return saying(f"Hello{again}! I am the Hello World agent. What can I do for you?")


def _count(match: re.Match[str], _earlier: list[str]) -> Reply:
    last = min(int(match["number"]), MAX_COUNT)
    return Say([f"{number} " for number in range(1, last + 1)])


def _recall(_match: re.Match[str], earlier: list[str]) -> Reply:
    if not earlier:
        return saying("This is the first thing that you say to me.")
    return saying(f"Before that, you said: “{earlier[-1]}”")


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
