"""The OpenAPI document: FastAPI's own, and what it cannot know.

Every refusal is a problem document; every guarded call carries `X-CSRF: 1`; the streaming path,
which FastAPI does not route (docs/adr/0003), is described by hand. What an operation answers is
all said here: a client, or a fuzzer, may take anything else for a fault.
"""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any, cast

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, compile_path

from bff.login.documents import PARAMETERS, SLUG
from bff.operations import BACKCHANNEL, CHAT_ID, INVOCATION, INVOCATIONS, MCP_SESSION_END
from bff.refusals import PROBLEM, REQUEST_ID, is_guarded, refusal, refusals_of
from proxy.browser_policy import CSRF_VALUE
from trust.session.cookie import SESSION_COOKIE

Document = dict[str, Any]

_INVOKED: Document = {"post": INVOCATION, "delete": MCP_SESSION_END}
_FORMS = {"agent": SLUG, "chat_id": CHAT_ID, "session_id": "^[A-Za-z0-9_-]{43}$"}
"""What the names in paths look like; of another form, there is no such thing (404)."""


def describe(routes: Iterable[BaseRoute], *, title: str, version: str) -> Document:
    """Return the document of these routes."""
    document = get_openapi(title=title, version=version, routes=list(routes))
    components = cast("Document", document.setdefault("components", {}))
    schemas = cast("Document", components.setdefault("schemas", {}))
    # Validation errors leave as problem documents, too.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    schemes = cast("Document", components.setdefault("securitySchemes", {}))
    schemes.setdefault("session", {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE})
    document["paths"][INVOCATIONS] = deepcopy(_INVOKED)
    _by_hand(document["paths"])
    for method, path, operation in _operations(document):
        _parameters(method, path, operation)
        _answers(operation)
        _refusals(method, path, operation)
    return document


class Methods:
    """Which methods a path is there for, by what the document describes.

    Not from the document itself: it takes a while to make, and the first path that somebody
    mistypes would have everybody's streams wait for it.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._paths = [
            (route.path_regex, route.methods or ())
            for route in routes
            if isinstance(route, APIRoute) and route.include_in_schema
        ]
        self._paths.append((compile_path(INVOCATIONS)[0], {name.upper() for name in _INVOKED}))

    def of(self, path: str) -> list[str]:
        """Return the methods; none: there is no such path."""
        found = {name for regex, names in self._paths if regex.match(path) for name in names}
        return sorted(found)


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def _by_hand(paths: Document) -> None:
    """Describe what FastAPI does not see, since the route reads the request itself."""
    if (item := paths.get("/auth/backchannel-logout")) is not None:
        item["post"] |= deepcopy(BACKCHANNEL)


def _parameters(method: str, path: str, operation: Document) -> None:
    said = cast("list[Document]", operation.get("parameters", []))
    parameters = deepcopy(PARAMETERS.get((method, path), said))
    for parameter in parameters:
        if parameter["in"] == "path" and (form := _FORMS.get(parameter["name"])):
            parameter["schema"] = {"type": "string", "pattern": form}
    if is_guarded(path):
        parameters.append(_CSRF)
    if parameters:
        operation["parameters"] = parameters


def _answers(operation: Document) -> None:
    for status, answer in operation["responses"].items():
        answer.setdefault("headers", {}).setdefault("X-Request-Id", _ID)
        if status == "303":
            # FastAPI takes it for JSON.
            answer.pop("content", None)
            answer["headers"]["Location"] = _LOCATION


def _refusals(method: str, path: str, operation: Document) -> None:
    responses = operation["responses"]
    if "422" in responses:
        responses["422"] = refusal(path, 422)
    found = refusals_of(method, path, needs_session=_needs_session(operation))
    if found is None:
        responses["default"] = refusal(path, None)
        return
    # All of their parameters are text to FastAPI, so it has nothing to refuse.
    responses.pop("422", None)
    for status in found:
        mine = refusal(path, status)
        own = responses.get(str(status), {})
        responses[str(status)] = {**mine, "content": {**own.get("content", {}), **mine["content"]}}


def _needs_session(operation: Document) -> bool:
    return any("session" in scheme for scheme in operation.get("security", []))


_ID: Document = {"required": True, "schema": REQUEST_ID}
_LOCATION: Document = {"required": True, "schema": {"type": "string", "format": "uri"}}

_CSRF: Document = {
    "name": "X-CSRF",
    "in": "header",
    "required": True,
    "description": "Which no other site can send; a program that is no browser also says which"
    " site it is of, by `Origin` (docs/browser-policy.md).",
    "schema": {"type": "string", "enum": [CSRF_VALUE]},
}
