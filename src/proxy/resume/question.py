"""What the person asked, told at the head of the turn that answers it.

Whoever opens a chat in mid-turn has to see the question, and the agent, which keeps the
conversation, is busy answering it. So it stands in front of the turn's first event, in a field of
its own: fields that a client does not know it ignores (WHATWG HTML §9.2.6).
"""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

FIELD: Final = "asked"

MOST_CHARS: Final = 65_536
"""A longer question is left out: nobody reads half of it, and the agent has it."""


def question_line(members: Mapping[str, Any]) -> bytes:
    """Return the line that tells the question in a body; nothing if it is in no known form."""
    text = _question(members)
    if not text or len(text) > MOST_CHARS:
        return b""
    # JSON in ASCII has no line end of any kind: the text cannot become a field or an event.
    return f"{FIELD}: {json.dumps(text)}\n".encode("ascii")


def _question(members: Mapping[str, Any]) -> str:
    """Return the last words of the person's: of AG-UI's `RunAgentInput`, or of a `prompt`."""
    prompt = members.get("prompt")
    if isinstance(prompt, str):
        return prompt
    messages = members.get("messages")
    last = cast("list[object]", messages)[-1:] if isinstance(messages, list) else []
    for message in last:
        if isinstance(message, dict):
            said = cast("dict[str, object]", message)
            return _text(said.get("content")) if said.get("role") == "user" else ""
    return ""


def _text(content: object) -> str:
    """Return the text of a message's content: a string, or parts of which some are text."""
    if isinstance(content, str):
        return content
    parts = cast("list[object]", content) if isinstance(content, list) else []
    told = [cast("dict[str, object]", part).get("text") for part in parts if isinstance(part, dict)]
    return "\n".join(text for text in told if isinstance(text, str) and text)
