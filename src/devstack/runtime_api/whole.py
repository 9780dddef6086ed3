"""Functions that answer whole: what they are asked, and what becomes of what they say."""

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

from starlette.types import Receive, Scope, Send

from devstack.runtime_api.event import rest_event
from devstack.runtime_api.server import RuntimeApi

Borrow = Callable[[], AbstractAsyncContextManager[RuntimeApi]]

_ARN = "arn:aws:execute-api:us-east-1:123456789012:local/prod"
_PAST_API_GATEWAY = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers that are about one connection, or that API Gateway writes itself."""


async def invoked(borrow: Borrow, event: bytes) -> Any:
    """Return what a function answers to an event. Raises FunctionFailed."""
    async with borrow() as sandbox:
        return json.loads(b"".join([piece async for piece in sandbox.invoke(event).pieces()]))


def authorizer_event(scope: Scope) -> bytes:
    """Return what a REST API asks its authorizer: the request without its body."""
    event = json.loads(request_event(scope, b""))
    arn = f"{_ARN}/{scope['method']}{scope['path']}"
    return json.dumps(event | {"type": "REQUEST", "methodArn": arn}).encode()


def request_event(scope: Scope, body: bytes) -> bytes:
    """Return what a REST API asks a function."""
    return rest_event(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"],
        headers=scope["headers"],
        body=body,
        client=scope["client"][0],
    )


def is_allowed(document: Mapping[str, Any]) -> bool:
    """Tell what an authorizer's answer says; it speaks for API and stage as a whole."""
    statement = document["policyDocument"]["Statement"][0]
    return (statement["Effect"], statement["Resource"]) == ("Allow", f"{_ARN}/*/*")


async def read_body(receive: Receive) -> bytes:
    """Return a request's body."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def answer(told: Mapping[str, Any], send: Send) -> None:
    """Send a proxy function's answer on to the browser."""
    one_each = cast("dict[str, str]", told.get("headers") or {})
    several = {name: [value] for name, value in one_each.items()}
    several |= cast("dict[str, list[str]]", told.get("multiValueHeaders") or {})
    headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, values in several.items()
        for value in values
        if name.lower() not in _PAST_API_GATEWAY
    ]
    text = told.get("body") or ""
    body = base64.b64decode(text) if told.get("isBase64Encoded") else text.encode()
    await send({"type": "http.response.start", "status": told["statusCode"], "headers": headers})
    await send({"type": "http.response.body", "body": body})
