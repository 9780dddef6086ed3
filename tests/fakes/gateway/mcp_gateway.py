"""AgentCore Gateway as an agent meets it: MCP over streamable HTTP, callers known by SigV4, and a
Lambda function behind each target, which is called for real.
"""

import hashlib
import json
import socket
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from agent_host.local_gateway import called
from mcp.server.lowlevel import Server
from mcp_types import CallToolResult, ListToolsResult, TextContent, Tool

from devstack.aws.sigv4 import (
    NotASignature,
    canonical_request,
    signature,
    signed,
    signing_key,
    string_to_sign,
)
from devstack.aws.wire import WireRequest
from trust.secret import Secret

STOP_S = 10.0
SECRET = "secret-key-of-the-runtime-role"

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(kw_only=True)
class FakeGateway:
    """A running gateway, with what it was asked for on record."""

    url: str = ""
    calls: list[tuple[str, Mapping[str, Any]]] = field(
        default_factory=list[tuple[str, Mapping[str, Any]]]
    )
    refused: int = 0
    requests: int = 0
    failing: str | None = None
    """A text: the target fails with these words."""


class Guarded:
    """Lets in who has signed the whole request with the runtime's role, for this service."""

    def __init__(self, app: Any, gateway: FakeGateway, region: str) -> None:
        """Guard `app`."""
        self._app = app
        self._gateway = gateway
        self._region = region

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the signature, then let the request through (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        self._gateway.requests += 1
        if not _is_signed(_wire(scope, body), self._region):
            self._gateway.refused += 1
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b"AccessDenied: arn:aws:iam"})
            return
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> dict[str, Any]:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, again, send)


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _wire(scope: Scope, body: bytes) -> WireRequest:
    return WireRequest(
        method=scope["method"],
        path=scope["raw_path"].decode(),
        query=scope["query_string"].decode(),
        headers=tuple((name.decode(), value.decode("latin-1")) for name, value in scope["headers"]),
        body=body,
    )


def _is_signed(request: WireRequest, region: str) -> bool:
    try:
        by = signed(request)
    except NotASignature:
        return False
    if by is None or (by.scope.service, by.scope.region) != ("bedrock-agentcore", region):
        return False
    digest = hashlib.sha256(request.body).hexdigest()
    canonical = canonical_request(request, by, payload_hash=digest)
    key = signing_key(Secret(SECRET), by.scope)
    return signature(key, string_to_sign(canonical, by)) == by.signature


def _server(gateway: FakeGateway, target: str, schema: Path, handler: Any) -> Server[Any]:
    tools = [
        Tool(
            name=f"{target}___{tool['name']}",
            description=tool["description"],
            input_schema=tool["inputSchema"],
        )
        for tool in json.loads(schema.read_text())
    ]

    async def list_tools(*_asked: Any) -> ListToolsResult:
        return ListToolsResult(tools=tools)

    async def call_tool(_context: Any, asked: Any) -> CallToolResult:
        arguments = asked.arguments or {}
        gateway.calls.append((asked.name, arguments))
        if gateway.failing is not None:
            return CallToolResult(
                content=[TextContent(type="text", text=gateway.failing)], is_error=True
            )
        answer = json.dumps(called(handler, asked.name, arguments))
        return CallToolResult(content=[TextContent(type="text", text=answer)])

    return Server("gateway", on_list_tools=list_tools, on_call_tool=call_tool)


@contextmanager
def running_gateway(
    target: str, schema: Path, handler: Any, *, region: str
) -> Generator[FakeGateway]:
    """Run a gateway with one target on a free port."""
    gateway = FakeGateway()
    app = _server(gateway, target, schema, handler).streamable_http_app(stateless_http=True)
    listening = socket.create_server(("127.0.0.1", 0))
    gateway.url = f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
    config = uvicorn.Config(Guarded(app, gateway, region), log_config=None)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield gateway
    finally:
        server.should_exit = True
        thread.join(STOP_S)
        listening.close()
