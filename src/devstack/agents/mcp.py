"""`python -m devstack.agents.mcp`: an MCP server on AgentCore's contract (`POST /mcp`).

Stateless, as AgentCore's documentation recommends: it takes any session id and gives out none. Its
tools tell what arrived here, so that a test can see what did not.
"""

import json
import os
from collections.abc import AsyncIterator

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

NEWEST = "2025-11-25"
VERSIONS = frozenset({"2025-03-26", "2025-06-18", NEWEST})
METHOD_NOT_FOUND = -32601

_TOOLS = {
    "arrived": "Tells the process, how often it was called, and which headers the call had.",
    "count": "Counts to `to`, and reports its progress.",
}
_INPUT = {"type": "object", "properties": {"to": {"type": "integer"}}}


class McpServer:
    """The server, an ASGI application."""

    def __init__(self) -> None:
        self._calls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await whole(receive)
        if scope["path"] == "/ping":
            await answer(send, {"status": "Healthy"})
        elif scope["path"] != "/mcp":
            await answer(send, {"error": "there is only /mcp"}, status=404)
        elif scope["method"] != "POST":
            await answer(send, None, status=405, headers={"allow": "POST"})
        else:
            self._calls += 1
            await self._answer(json.loads(body), headers_of(scope), send)

    async def _answer(self, message: Document, headers: dict[str, str], send: Send) -> None:
        if "id" not in message or "method" not in message:
            await answer(send, None, status=202)
            return
        called = message.get("params", {}).get("name")
        if (message["method"], called) == ("tools/call", "count"):
            await events(send, _counting(message))
            return
        await answer(send, self._outcome(message, headers))

    def _outcome(self, message: Document, headers: dict[str, str]) -> Document:
        params = message.get("params", {})
        match message["method"]:
            case "initialize":
                return result(message, _hello(params.get("protocolVersion")))
            case "ping":
                return result(message, {})
            case "tools/list":
                return result(message, {"tools": [_tool(name) for name in _TOOLS]})
            case "tools/call" if params.get("name") == "arrived":
                return result(message, _said(self._arrived(headers)))
            case _:
                return failure(message, METHOD_NOT_FOUND, "There is no such method or tool.")

    def _arrived(self, headers: dict[str, str]) -> str:
        return json.dumps({"pid": os.getpid(), "calls": self._calls, "headers": headers})


def _hello(wanted: object) -> Document:
    return {
        "protocolVersion": wanted if wanted in VERSIONS else NEWEST,
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "gatehouse-local-tools", "version": "1"},
    }


def _tool(name: str) -> Document:
    return {"name": name, "description": _TOOLS[name], "inputSchema": _INPUT}


def _said(text: str) -> Document:
    return {"content": [{"type": "text", "text": text}], "isError": False}


async def _counting(message: Document) -> AsyncIterator[Document]:
    params = message["params"]
    last = int(params.get("arguments", {}).get("to", 3))
    token = params.get("_meta", {}).get("progressToken")
    for number in range(1, last + 1):
        progress = {"progressToken": token, "progress": number, "total": last}
        yield {"jsonrpc": "2.0", "method": "notifications/progress", "params": progress}
    yield result(message, _said(str(last)))


if __name__ == "__main__":
    serve(McpServer())
