"""The OpenAPI document: FastAPI's own, and what all routes have in common.

Every refusal is a problem document; every guarded call carries `X-CSRF: 1`; the streaming path,
which FastAPI does not route (docs/adr/0003), is described by hand.
"""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute, compile_path

from proxy.browser_policy import CSRF_HEADER, CSRF_VALUE, GUARDED, SIGNED, is_navigation
from trust.problem import MEDIA_TYPE

Document = dict[str, Any]

INVOCATIONS = "/api/agents/{agent}/invocations"

_METHODS = frozenset({"get", "put", "post", "delete", "patch"})


def describe(routes: Iterable[BaseRoute], *, title: str, version: str) -> Document:
    """Return the document of these routes."""
    document = get_openapi(title=title, version=version, routes=list(routes))
    components = cast("Document", document.setdefault("components", {}))
    schemas = cast("Document", components.setdefault("schemas", {}))
    # Validation errors leave as problem documents, too.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    components["responses"] = {"Problem": _REFUSAL}
    document["paths"][INVOCATIONS] = {"post": _INVOCATION}
    for path, operation in _operations(document):
        _refusals(operation)
        if _is_guarded(path):
            operation.setdefault("parameters", []).append(_CSRF)
    return document


class Methods:
    """Which methods a path is there for, by the document."""

    def __init__(self, document: Document) -> None:
        self._paths = [
            (compile_path(path)[0], sorted(method.upper() for method in item if method in _METHODS))
            for path, item in document["paths"].items()
        ]

    def of(self, path: str) -> list[str]:
        """Return the methods; none: there is no such path."""
        found = {name for regex, names in self._paths if regex.match(path) for name in names}
        return sorted(found)


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, operation


def _refusals(operation: Document) -> None:
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}


def _is_guarded(path: str) -> bool:
    return path.startswith(GUARDED) and not path.startswith(SIGNED) and not is_navigation(path)


_PROBLEM: Document = {
    "title": "Problem",
    "description": "RFC 9457; the codes stand in docs/errors.md.",
    "type": "object",
    "required": ["type", "title", "status", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "retry_after": {"type": "integer", "description": "Seconds."},
        "login_url": {"type": "string"},
    },
}

_REFUSAL: Document = {
    "description": "The request is refused, or cannot be served now.",
    "content": {
        MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
        "text/html": {"schema": {"type": "string"}},
    },
}

_CSRF: Document = {
    "name": CSRF_HEADER,
    "in": "header",
    "required": True,
    "description": "Which no other site can send (docs/browser-policy.md).",
    "schema": {"type": "string", "const": CSRF_VALUE},
}

_INVOCATION: Document = {
    "tags": ["agents"],
    "summary": "Send a message to an agent",
    "description": "The body goes to the agent, the answer streams back (docs/agents.md).",
    "operationId": "invoke_agent",
    "parameters": [
        {"name": "agent", "in": "path", "required": True, "schema": {"type": "string"}},
        {
            "name": "chat-id",
            "in": "header",
            "required": False,
            "description": "Continues a chat; absent begins one.",
            "schema": {"type": "string"},
        },
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
    "responses": {
        "200": {
            "description": "The agent's answer.",
            "headers": {
                "chat-id": {"description": "The chat's id.", "schema": {"type": "string"}},
            },
            "content": {
                "text/event-stream": {"schema": {"type": "string"}},
                "application/json": {"schema": {}},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
}
