"""The message that is posted: 1 KB of JSON, as a browser would send it to an AG-UI agent."""

import json
from typing import Any

BODY_BYTES = 1024


def body(**order: Any) -> bytes:
    """Return 1 KB of RunAgentInput; `order` is for the upstream that streams."""
    empty = json.dumps(_run_input("", order), separators=(",", ":"))
    text = "a" * (BODY_BYTES - len(empty))
    return json.dumps(_run_input(text, order), separators=(",", ":")).encode()


def _run_input(text: str, order: dict[str, Any]) -> dict[str, Any]:
    return {
        "threadId": "t1",
        "runId": "r1",
        "state": {},
        "messages": [{"id": "m1", "role": "user", "content": text}],
        "tools": [],
        "context": [],
        "forwardedProps": {},
        "bench": order,
    }
