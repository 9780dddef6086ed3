"""API Gateway's events as HTTP requests: REST APIs, HTTP APIs (payload 2.0), function URLs.

Every value of every header stays a header of its own: Cookie headers that are joined with ", "
would be one cookie. Nothing is derived from `X-Forwarded-*`, which a client can send, too: API
Gateway speaks https and nothing else. Events are hostile: whoever may invoke the function writes
what they like, so every member is looked at before it is used.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple, cast
from urllib.parse import unquote, urlencode

from starlette.types import Scope

from trust.errors import RequestError

Event = Mapping[str, Any]


class EventRefused(ValueError):
    """The event is none of API Gateway's; behind something else cookies would be misread."""


class EventMalformed(RequestError):
    """The event is one of API Gateway's, with members that it would not send."""

    code, status, title = "event_malformed", 400, "The request is not understood."


class Form(Enum):
    """Which of the two forms an event has, and so its answer."""

    REST = "1.0"
    """A REST API, or an HTTP API with payload format 1.0."""
    HTTP = "2.0"
    """An HTTP API or a function URL."""


class HttpEvent(NamedTuple):
    """A request as the event tells it; the whole body is here."""

    form: Form
    method: str
    path: str
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    client: str | None
    """The peer's address as API Gateway saw it."""

    def scope(self) -> Scope:
        """Return the request's ASGI scope."""
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "https",
            "path": self.path,
            "raw_path": None,
            "root_path": "",
            "query_string": self.query,
            "headers": list(self.headers),
            "client": (self.client, 0) if self.client else None,
            "server": None,
        }


UNREADABLE = HttpEvent(
    form=Form.HTTP, method="GET", path="/", query=b"", headers=(), body=b"", client=None
)
"""Stands for a request that cannot be read, so that it can be answered all the same."""


def form_of(event: Event) -> Form:
    """Tell an event's form. Raises EventRefused."""
    context = event.get("requestContext")
    if event.get("version") == Form.HTTP.value and isinstance(context, dict) and "http" in context:
        return Form.HTTP
    if event.get("version") != Form.HTTP.value and {"httpMethod", "resource"} <= event.keys():
        return Form.REST
    raise EventRefused("this function answers REST APIs, HTTP APIs and function URLs only")


def parse_event(raw: bytes) -> HttpEvent:
    """Read an event. Raises EventRefused, EventMalformed."""
    try:
        parsed: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise EventRefused("the event is not JSON") from error
    if not isinstance(parsed, dict):
        raise EventRefused("the event is no object")
    return read_event(cast("dict[str, Any]", parsed))


def read_event(event: Event) -> HttpEvent:
    """Read an event that is parsed. Raises EventRefused, EventMalformed."""
    form = form_of(event)
    try:
        return _rest(event) if form is Form.REST else _http(event)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise EventMalformed(type(error).__name__) from error


def _rest(event: Event) -> HttpEvent:
    several = event.get("multiValueQueryStringParameters")
    single = event.get("queryStringParameters")
    identity: Mapping[str, object] = event["requestContext"].get("identity") or {}
    return HttpEvent(
        form=Form.REST,
        method=_text(event["httpMethod"]),
        path=_path(event["path"]),
        query=_bytes(urlencode(several or single or {}, doseq=True, errors="replace")),
        headers=_encoded(_rest_headers(event)),
        body=_body(event),
        client=_client(identity),
    )


def _http(event: Event) -> HttpEvent:
    http = event["requestContext"]["http"]
    return HttpEvent(
        form=Form.HTTP,
        method=_text(http["method"]),
        path=_path(http["path"]),
        query=_bytes(_text(event.get("rawQueryString") or "")),
        headers=_encoded(_http_headers(event)),
        body=_body(event),
        client=_client(http),
    )


def _rest_headers(event: Event) -> Iterator[tuple[str, str]]:
    """Yield the headers of a REST API's event, each value by itself."""
    several: Mapping[str, Sequence[str]] = event.get("multiValueHeaders") or {}
    single: Mapping[str, str] = event.get("headers") or {}
    for name, values in several.items():
        if isinstance(values, str):
            raise TypeError("a text where a list has to be")
        for value in values:
            yield name, value
    known = {name.lower() for name in several}
    yield from ((name, value) for name, value in single.items() if name.lower() not in known)


def _http_headers(event: Event) -> Iterator[tuple[str, str]]:
    """Yield the headers of an HTTP API's event, each cookie by itself."""
    cookies: Sequence[str] = event.get("cookies") or []
    headers: Mapping[str, str] = event.get("headers") or {}
    for name, value in headers.items():
        # One of the two, never both: every cookie would come twice, and the session's be refused.
        if name.lower() != "cookie" or not cookies:
            yield name, value
    for cookie in cookies:
        yield "cookie", cookie


def _encoded(headers: Iterator[tuple[str, str]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((_bytes(name.lower()), _bytes(value)) for name, value in headers)


def _bytes(text: str) -> bytes:
    # "replace": JSON can hold half a surrogate pair, which has no bytes.
    return text.encode("utf-8", "replace")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _path(value: object) -> str:
    return unquote(_text(value)) or "/"


def _client(members: Mapping[str, object]) -> str | None:
    address = members.get("sourceIp")
    return None if address is None else _text(address)


def _body(event: Event) -> bytes:
    body = _text(event.get("body") or "")
    # `validate`: without it, what is no base64 would be skipped, and another body arrive.
    return base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else _bytes(body)
