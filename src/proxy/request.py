"""A request as the proxy sees it: headers read once, and the way to answer."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from trust.errors import TrustError
from trust.problem import problem_body, problem_headers

REQUEST_ID = "gatehouse.request_id"
"""Where in the ASGI scope the request's id is, if somebody before us has given it one."""

HARDENED = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    # If such an answer is ever shown as a page, it may do nothing there.
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "referrer-policy": "no-referrer",
}
"""Headers of every answer of the API: nothing is cached, guessed at or run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request; header names are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    """The values of all Cookie headers: HTTP/2 may split them, so may API Gateway."""
    request_id: str
    receive: Receive
    send: Send

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send status and headers."""
        every = HARDENED | {"x-request-id": self.request_id} | dict(headers)
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in every.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    async def refuse(self, error: TrustError, extra: Mapping[str, str] | None = None) -> None:
        """Answer with a problem document, and `extra` headers."""
        body = problem_body(error, request_id=self.request_id)
        headers = problem_headers(error) | {"content-length": str(len(body))}
        await self.start(error.status, headers | dict(extra or {}))
        await self.send({"type": "http.response.body", "body": body})


def read_request(scope: Scope, receive: Receive, send: Send) -> Request:
    """Read the scope of an HTTP request."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "cookie":
            cookies.append(value)
        else:
            # Of a header that came twice, neither is right: no check may see just one of them.
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(
        method=scope["method"],
        path=scope["path"],
        headers=headers,
        cookies=tuple(cookies),
        request_id=request_id(scope),
        receive=receive,
        send=send,
    )


def request_id(scope: Scope) -> str:
    """Return the request's id, given at its first asking: never taken from the client."""
    found = scope.setdefault(REQUEST_ID, "")
    if not found:
        found = scope[REQUEST_ID] = secrets.token_hex(8)
    return str(found)
