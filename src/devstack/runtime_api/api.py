"""The whole API: which function answers a request, and whom the authorizer lets through.

The routes are those of `infra/modules/agentcore-bff/api.tf`, the answers of API Gateway itself
those of `gateway-responses.tf` beside it, as far as browsers and tests tell them apart.
"""

import json
import re
from dataclasses import dataclass
from enum import Enum

from starlette.types import ASGIApp, Receive, Scope, Send

from devstack.runtime_api.invoked import FunctionFailed
from devstack.runtime_api.whole import (
    Borrow,
    answer,
    authorizer_event,
    invoked,
    is_allowed,
    read_body,
    request_event,
)


class Route(Enum):
    """Who answers a request."""

    OPEN = "json"
    JSON = "authorizer, json"
    STREAM = "authorizer, stream"
    NOBODY = "API Gateway itself"


_INVOCATIONS = re.compile(r"/api/agents/[^/]+/invocations", re.ASCII)


def route(path: str, method: str = "POST") -> Route:
    """Return who answers at a path."""
    if path.startswith(("/auth/", "/admin/")) or path in {"/healthz", "/readyz"}:
        return Route.OPEN
    if _INVOCATIONS.fullmatch(path) and method != "DELETE":
        return Route.STREAM
    return Route.JSON if path.startswith("/api/") else Route.NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """API Gateway in front of the three functions (ASGI)."""

    authorizer: Borrow
    json: Borrow
    stream: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        chosen = route(scope["path"], scope["method"])
        try:
            if chosen is Route.NOBODY:
                return await _refuse(send, 404, "not_found")
            refusal = None if chosen is Route.OPEN else await self._refusal(scope)
            if refusal is not None:
                return await _refuse(send, *refusal)
            if chosen is Route.STREAM:
                return await self.stream(scope, receive, send)
            event = request_event(scope, await read_body(receive))
            return await answer(await invoked(self.json, event), send)
        except FunctionFailed:
            return await _refuse(send, 502, "internal_error")

    async def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return status and code for whom the authorizer does not let through."""
        if not any(name == b"cookie" for name, _ in scope["headers"]):
            # Its identity source: without it the authorizer is not even called.
            return 401, "not_logged_in"
        try:
            document = await invoked(self.authorizer, authorizer_event(scope))
        except FunctionFailed as failed:
            # The one message by which a function says 401 instead of failing.
            nobody = failed.told.get("errorMessage") == "Unauthorized"
            return (401, "not_logged_in") if nobody else (503, "store_unavailable")
        return None if is_allowed(document) else (401, str(document["context"]["code"]))


async def _refuse(send: Send, status: int, code: str) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]
    body = json.dumps({"type": f"urn:gatehouse:error:{code}", "status": status, "code": code})
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
