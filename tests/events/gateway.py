"""API Gateway in front of a function: requests become events, answers become answers."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from events.recorded import Event, http_request, rest_request

Function = Callable[[Event, Any], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the browser would get; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    cookies: Sequence[str]
    """The values of all Set-Cookie headers."""
    body: bytes
    is_text: bool
    """Whether the body went out as text: base64 needs `binaryMediaTypes` at a REST API."""


class Rest:
    """A REST API."""

    def __init__(self, function: Function) -> None:
        self.function = function

    def ask(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        cookies: Sequence[str] = (),
        body: bytes | None = None,
    ) -> Answer:
        """Send a request."""
        event = rest_request(method, target, headers=headers, cookies=cookies)
        return self.answer(event | _body(body))

    def answer(self, event: Event) -> Answer:
        """Return the answer to an event."""
        found = self.function(event, None)
        several = {name: list(values) for name, values in found["multiValueHeaders"].items()}
        single = {name: [value] for name, value in found["headers"].items()}
        every: dict[str, list[str]] = single | several
        return _answer(found, every, every.pop("set-cookie", []))


class Http:
    """An HTTP API with payload format 2.0."""

    def __init__(self, function: Function) -> None:
        self.function = function

    def ask(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        cookies: Sequence[str] = (),
        body: bytes | None = None,
    ) -> Answer:
        """Send a request."""
        event = http_request(method, target, headers=headers, cookies=cookies)
        return self.answer(event | _body(body))

    def answer(self, event: Event) -> Answer:
        """Return the answer to an event."""
        found = self.function(event, None)
        every = {name: [value] for name, value in (found.get("headers") or {}).items()}
        return _answer(found, every, found.get("cookies") or [])


Gateway = Rest | Http


def _body(body: bytes | None) -> Event:
    if body is None:
        return {}
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _answer(
    found: Mapping[str, Any], headers: Mapping[str, list[str]], cookies: Sequence[str]
) -> Answer:
    text: str = found["body"]
    encoded: bool = found["isBase64Encoded"]
    return Answer(
        status=found["statusCode"],
        headers={name.lower(): ", ".join(values) for name, values in headers.items()},
        cookies=cookies,
        body=base64.b64decode(text) if encoded else text.encode(),
        is_text=not encoded,
    )
