"""The message that is posted: JSON as a browser would send it to an AG-UI agent, mostly 1 KB."""

import json
from typing import Any

BODY_BYTES = 1024


def body(size: int = BODY_BYTES, **order: Any) -> bytes:
    """Return RunAgentInput of `size` bytes, of more where that is too few to be one.

    `order` is for the upstream that streams.
    """
    empty = json.dumps(_run_input("", order), separators=(",", ":"))
    text = "a" * (size - len(empty))
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
