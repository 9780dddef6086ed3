"""A request as the proxy sees it: headers read once, and the way to answer."""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.presence import PRESENCE, Presence
from proxy.whole import WHOLE, Whole
from trust.errors import TrustError
from trust.problem import problem_body, problem_headers

REQUEST_ID = "gatehouse.request_id"
"""Where in the ASGI scope the request's id is, if somebody before us has given it one."""

_REQUEST = "gatehouse.request"

EVERYWHERE = "gatehouse.everywhere"
"""Where in the scope the headers of every answer are, if somebody before us has put them there."""

_NONE: Mapping[str, str] = {}

HARDENED = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    # If such an answer is ever shown as a page, it may do nothing there.
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "referrer-policy": "no-referrer",
}
"""Headers of every answer of the API: nothing is cached, guessed at or run."""


@dataclass(slots=True, eq=False)
class Request:
    """One HTTP request; header names are lower-case. `begun`: its answer is on its way."""

    method: str
    path: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    """The values of all Cookie headers: HTTP/2 may split them, so may API Gateway."""
    request_id: str
    receive: Receive
    send: Send
    everywhere: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers of every answer of this deployment."""
    raw: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    """The headers as the server has them."""
    presence: Presence | None = None
    """Who tells that the browser has gone; None where only `receive` does."""
    whole: Whole | None = None
    """Who has the request in one piece, and takes an answer so; None where nobody does."""
    begun: bool = False

    def forget(self) -> None:
        """Let go of the headers: an answer may last for an hour, and does not need them."""
        self.headers = _NONE
        # The server's own list, which it keeps for as long.
        self.raw.clear()

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send status and headers."""
        hardened = self._hardened(headers)
        self.begun = True
        if self.whole is not None and self.whole.begin(status, hardened):
            return
        raw = [(_raw(name), value.encode("latin-1")) for name, value in hardened.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    def _hardened(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        missing, own = _missing(tuple(headers)), self.request_id
        return {**missing, "x-request-id": own, **headers, **self.everywhere}

    def finish_at_once(self, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Send a whole answer if that can be done without waiting; else do nothing."""
        whole = self.whole
        if whole is None or headers.get("content-length") != str(len(body)):
            return False
        sent = whole.send_whole(status, self._hardened(headers), body)
        self.begun = self.begun or sent
        return sent

    async def finish(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a whole answer."""
        if not self.finish_at_once(status, headers, body):
            await self.start(status, headers)
            await self.send({"type": "http.response.body", "body": body})

    async def refuse(self, error: TrustError, extra: Mapping[str, str] | None = None) -> None:
        """Answer with a problem document, and `extra` headers."""
        body = problem_body(error, request_id=self.request_id)
        headers = problem_headers(error) | {"content-length": str(len(body))}
        await self.finish(error.status, headers | dict(extra or {}), body)


def read_request(scope: Scope, receive: Receive, send: Send) -> Request:
    """Read the scope of an HTTP request; whoever reads it again gets what the first one read."""
    found: Request | None = scope.get(_REQUEST)
    if found is None:
        found = scope[_REQUEST] = _read(scope, receive, send)
    return found


def refusing(error: TrustError) -> ASGIApp:
    """Return an application that answers whatever it is asked with this error."""
    return partial(_refuse, error)


async def _refuse(error: TrustError, scope: Scope, receive: Receive, send: Send) -> None:
    await read_request(scope, receive, send).refuse(error)


def let_go(scope: Scope) -> None:
    """Take the request out of its scope, when all is said.

    By its `send`, and by `whole`, it refers to what refers to the scope. Left to the garbage
    collector, what every request leaves behind would use up new memory all the time, and none of it
    is in the processor's cache: that took a tenth of a call's time.
    """
    scope.pop(_REQUEST, None)
    scope.pop(WHOLE, None)


def _read(scope: Scope, receive: Receive, send: Send) -> Request:
    raw: list[tuple[bytes, bytes]] = scope["headers"]
    headers = {_name(name): value.decode("latin-1") for name, value in raw}
    cookies: tuple[str, ...] = ()
    if len(headers) < len(raw):
        headers, cookies = _joined(raw)
    elif "cookie" in headers:
        cookies = (headers.pop("cookie"),)
    every = scope.get(EVERYWHERE, _NONE)
    method, path, given = scope["method"], scope["path"], request_id(scope)
    ports = scope.get(PRESENCE), scope.get(WHOLE)
    return Request(method, path, headers, cookies, given, receive, send, every, raw, *ports)


def _joined(raw: list[tuple[bytes, bytes]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return headers of which some came twice, and the cookies, which may."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in raw:
        name, value = _name(raw_name), raw_value.decode("latin-1")
        if name == "cookie":
            cookies.append(value)
        else:
            # Of a header that came twice, neither is right: no check may see just one of them.
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers, tuple(cookies)


@lru_cache(maxsize=256)
def _missing(names: Collection[str]) -> Mapping[str, str]:
    """Return what of the hardening an answer with these headers does not bring itself."""
    return {name: value for name, value in HARDENED.items() if name not in names}


@lru_cache(maxsize=256)
def _raw(name: str) -> bytes:
    return name.encode("latin-1")


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


def request_id(scope: Scope) -> str:
    """Return the request's id, given at its first asking: never taken from the client."""
    found = scope.get(REQUEST_ID)
    if found is None:
        # To be found again by, and no secret: the system's randomness costs a call of the system.
        found = scope[REQUEST_ID] = f"{random.getrandbits(64):016x}"
    return str(found)
