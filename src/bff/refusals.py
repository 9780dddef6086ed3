"""Which refusals the browser's operations have, for the OpenAPI document.

Said by hand, since nothing but the whole path of a request knows it; tests/attacks/test_fuzz.py
holds every answer to it. What a status means in each case, its codes tell (docs/errors.md).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from proxy.browser_policy import GUARDED, SIGNED, is_navigation
from trust.problem import MEDIA_TYPE

Documented = dict[str, Any]

MEANINGS: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "The request is not understood.",
        401: "Nobody is logged in, or not in the way that this takes; `login_url` says where to.",
        403: "The browser policy, the organisation or AWS does not allow it.",
        422: "A parameter is missing, or not of its form.",
        404: "There is no such thing for this person; whether others have one is not told.",
        405: "The agent has no such method.",
        408: "The body did not arrive in time.",
        409: "This was asked already; `Chat-Id`, where it is told, says in which chat.",
        413: "The body is too large.",
        429: "Too many; `Retry-After` says when it goes on.",
        431: "The browser sent more cookies than are read.",
        499: "Somebody stopped the answer before it began.",
        500: "Something went wrong here.",
        502: "The agent, or the way to it, failed.",
        503: "Something behind this is away for a moment: nobody is logged out for that.",
        504: "The agent took too long.",
    }
)

_ANYWHERE = (500, 503)
_LIMITED = (429,)
_REFUSED_AT_THE_FRONT = (403,)
_BY_A_COOKIE = (400, 431)
"""Wherever the session's is looked for."""
_WITH_A_SESSION = (*_BY_A_COOKIE, 401)
_WAITING = frozenset({429, 503})

_OF_ITS_OWN: Final[Mapping[tuple[str, str], tuple[int, ...]]] = MappingProxyType(
    {
        ("get", "/auth/login"): _BY_A_COOKIE,
        ("get", "/auth/step-up"): _BY_A_COOKIE,
        ("get", "/auth/callback"): (400, 401),
        ("get", "/auth/callback/{provider}"): (400, 401),
        ("get", "/auth/session"): _BY_A_COOKIE,
        ("get", "/auth/sessions"): (),
        ("delete", "/auth/sessions"): (),
        ("delete", "/auth/sessions/{session_id}"): (404,),
        ("post", "/auth/logout"): _BY_A_COOKIE,
        ("post", "/auth/backchannel-logout"): (),
        ("get", "/api/agents"): (),
        ("get", "/api/chats"): (),
        ("delete", "/api/chats/{chat_id}"): (404, 502, 504),
        ("get", "/api/chats/{chat_id}/stream"): (400, 401, 404, 499, 502, 504),
        ("post", "/api/chats/{chat_id}/stop"): (404, 502, 504),
        ("post", "/api/agents/{agent}/invocations"): (400, 401, 404, 408, 409, 413, 499, 502, 504),
        ("delete", "/api/agents/{agent}/invocations"): (404, 405, 502, 504),
        ("get", "/api/agents/{agent}/.well-known/agent-card.json"): (404, 502, 504),
        ("get", "/healthz"): (),
        ("get", "/readyz"): (),
    }
)


def refusals_of(method: str, path: str, *, needs_session: bool) -> tuple[int, ...] | None:
    """Return the statuses that an operation refuses with; None where nobody has said them yet."""
    own = _OF_ITS_OWN.get((method, path))
    if own is None:
        return None
    found = {*own, *_ANYWHERE}
    if path.startswith(GUARDED):
        found.update(_LIMITED)
    if is_guarded(path) or is_navigation(path):
        found.update(_REFUSED_AT_THE_FRONT)
    if needs_session:
        found.update(_WITH_A_SESSION)
    return tuple(sorted(found))


def is_guarded(path: str) -> bool:
    """Tell whether every call of this path has to show that our own page made it."""
    return path.startswith(GUARDED) and not path.startswith(SIGNED) and not is_navigation(path)


def refusal(path: str, status: int | None) -> Documented:
    """Return the response of a refusal; None: of any."""
    problem: Documented = {"schema": {"$ref": "#/components/schemas/Problem"}}
    headers: Documented = {"X-Request-Id": {"required": True, "schema": REQUEST_ID}}
    if status in _WAITING:
        headers["Retry-After"] = {"description": "Seconds.", "schema": {"type": "integer"}}
    content = {MEDIA_TYPE: problem}
    if is_navigation(path):
        # A person who comes by a link sees a page; who asks for no HTML, a problem document.
        content["text/html"] = {"schema": {"type": "string"}}
    meaning = "The request is refused, or cannot be served now."
    return {
        "description": meaning if status is None else MEANINGS[status],
        "headers": headers,
        "content": content,
    }


REQUEST_ID: Final[Documented] = {"type": "string", "pattern": "^[0-9a-f]{16}$"}

PROBLEM: Final[Documented] = {
    "title": "Problem",
    "description": "RFC 9457; the codes stand in docs/errors.md.",
    "type": "object",
    "required": ["type", "title", "status", "code", "request_id"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "pattern": "^urn:gatehouse:error:[a-z_]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "request_id": REQUEST_ID,
        "retry_after": {"type": "integer", "description": "Seconds."},
        "login_url": {"type": "string"},
    },
}
