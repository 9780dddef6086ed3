"""The agent of these journeys: it counts as AG-UI while one looks on, and echoes over a WebSocket.

Without a framework, so that it is there at once: what is tried here is the browser.
"""

import asyncio
import json
from typing import Any

from starlette.types import Receive, Scope, Send

from devstack.agents.asgi import serve, whole
from devstack.aws.agentcore import echo

_BETWEEN_S = 0.02
"""What a model takes for a word."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer `/invocations` with "count to N" or with a greeting; the rest as the echo does."""
    if scope["type"] != "http" or scope["path"] != "/invocations":
        await echo.app(scope, receive, send)
        return
    asked = json.loads(await whole(receive))
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for event in _events(asked):
        block = f"data: {json.dumps(event)}\n\n".encode()
        await send({"type": "http.response.body", "body": block, "more_body": True})
        await asyncio.sleep(_BETWEEN_S)
    await send({"type": "http.response.body"})


_SAID: list[dict[str, Any]] = []
"""The conversation: each has a process of its own, as it has a microVM of its own in AgentCore."""


def _events(asked: dict[str, Any]) -> list[dict[str, Any]]:
    run = {"threadId": asked["threadId"], "runId": asked["runId"]}
    # Nothing is said by a page that wants to know what was said.
    turn = _turn(asked) if asked["messages"] else [_told()]
    return [{"type": "RUN_STARTED", **run}, *turn, {"type": "RUN_FINISHED", **run}]


def _told() -> dict[str, Any]:
    return {"type": "MESSAGES_SNAPSHOT", "messages": _SAID}


def _turn(asked: dict[str, Any]) -> list[dict[str, Any]]:
    question = asked["messages"][-1]
    words = question["content"].split()
    count = int(words[-1]) if words[-1].isdigit() else 0
    said = [f"{number} " for number in range(1, count + 1)] or ["I heard: ", " ".join(words)]
    answer = f"answer-{asked['runId']}"
    _SAID.extend((question, {"id": answer, "role": "assistant", "content": "".join(said)}))
    message = {"messageId": answer}
    return [
        {"type": "TEXT_MESSAGE_START", "role": "assistant", **message},
        *({"type": "TEXT_MESSAGE_CONTENT", "delta": word, **message} for word in said),
        {"type": "TEXT_MESSAGE_END", **message},
    ]


if __name__ == "__main__":
    serve(app)
