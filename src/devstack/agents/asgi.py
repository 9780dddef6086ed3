"""What the local agents need of HTTP: a whole body in, a document or events out."""

import json
import os
from collections.abc import AsyncIterator, Mapping
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

Document = dict[str, Any]


async def whole(receive: Receive) -> bytes:
    """Read a request's body."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def headers_of(scope: Scope) -> dict[str, str]:
    """Return a request's headers by their lower-case names."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def answer(
    send: Send, document: Document | None, *, status: int = 200, headers: Mapping[str, str] = {}
) -> None:
    """Send a document, or nothing."""
    body = b"" if document is None else json.dumps(document).encode()
    kind = {} if document is None else {"content-type": "application/json"}
    await _start(send, status, {**kind, **headers})
    await send({"type": "http.response.body", "body": body})


async def events(send: Send, documents: AsyncIterator[Document]) -> None:
    """Send documents as server-sent events, each as soon as it is there."""
    await _start(send, 200, {"content-type": "text/event-stream"})
    async for document in documents:
        frame = f"event: message\ndata: {json.dumps(document)}\n\n".encode()
        await send({"type": "http.response.body", "body": frame, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _start(send: Send, status: int, headers: Mapping[str, str]) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


def result(request: Document, outcome: Document) -> Document:
    """Return the response to a request (JSON-RPC 2.0 §5)."""
    return {"jsonrpc": "2.0", "id": request["id"], "result": outcome}


def failure(request: Document, code: int, message: str) -> Document:
    """Return the error response to a request (JSON-RPC 2.0 §5.1)."""
    return {
        "jsonrpc": "2.0",
        "id": request.get("id"),
        "error": {"code": code, "message": message},
    }


def serve(app: ASGIApp) -> None:
    """Serve on $HOST:$PORT, as AgentCore's container contract has it."""
    environ = os.environ  # noqa: TID251 the program's entry
    uvicorn.run(
        app,
        host=environ["HOST"],
        port=int(environ["PORT"]),
        lifespan="off",
        log_level="warning",
        server_header=False,
    )
