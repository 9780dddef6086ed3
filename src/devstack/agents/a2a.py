"""`python -m devstack.agents.a2a`: an A2A agent on AgentCore's contract (`POST /`, its card).

It says what it hears, whole or in pieces, and tells how it was called.
"""

import json
import os
from collections.abc import AsyncIterator
from itertools import count

from starlette.types import Receive, Scope, Send

from devstack.agents.asgi import (
    Document,
    answer,
    events,
    failure,
    headers_of,
    result,
    serve,
    whole,
)

METHOD_NOT_FOUND = -32601
CARD_PATH = "/.well-known/agent-card.json"

CARD: Document = {
    "protocolVersion": "0.3.0",
    "name": "Peer",
    "description": "Says what it hears.",
    "version": "1.0.0",
    # As AgentCore has it: where the runtime is, which no browser has to know.
    "url": "https://bedrock-agentcore.us-east-1.amazonaws.com/runtimes/peer/invocations/",
    "preferredTransport": "JSONRPC",
    "capabilities": {"streaming": True, "pushNotifications": True},
    "securitySchemes": {"aws": {"type": "http", "scheme": "aws4-hmac-sha256"}},
    "defaultInputModes": ["text/plain"],
    "defaultOutputModes": ["text/plain"],
    "skills": [{"id": "echo", "name": "Echo", "description": "Says it again.", "tags": ["echo"]}],
}


class Peer:
    """The agent, an ASGI application."""

    def __init__(self) -> None:
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await whole(receive)
        match scope["method"], scope["path"]:
            case "GET", "/ping":
                await answer(send, {"status": "Healthy"})
            case "GET", path if path == CARD_PATH:
                await answer(send, CARD)
            case "POST", "/":
                await self._answer(json.loads(body), headers_of(scope), send)
            case _:
                await answer(send, {"error": "there is only / and the card"}, status=404)

    async def _answer(self, message: Document, headers: dict[str, str], send: Send) -> None:
        match message["method"]:
            case "message/send":
                told = {"pid": os.getpid(), "headers": headers}
                await answer(send, result(message, {**self._said(message), "metadata": told}))
            case "message/stream":
                await events(send, self._working(message))
            case _:
                await answer(send, failure(message, METHOD_NOT_FOUND, "Method not found"))

    def _said(self, message: Document) -> Document:
        heard = message["params"]["message"]
        return {
            "kind": "message",
            "role": "agent",
            "messageId": f"m{next(self._numbers)}",
            "contextId": heard.get("contextId", "c1"),
            "parts": heard["parts"],
        }

    async def _working(self, message: Document) -> AsyncIterator[Document]:
        task = f"t{next(self._numbers)}"
        for state in ("working", "completed"):
            yield result(
                message,
                {
                    "kind": "status-update",
                    "taskId": task,
                    "contextId": "c1",
                    "status": {"state": state, "message": self._said(message)},
                    "final": state == "completed",
                },
            )


if __name__ == "__main__":
    serve(Peer())
