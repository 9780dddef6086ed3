"""API Gateway's events, in the form in which they are recorded from real requests."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Event = dict[str, Any]

NAVIGATION: Mapping[str, str] = {
    "Accept": "text/html",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "cross-site",
}
"""Headers of a person who goes somewhere; without them a request is the app's own `fetch`."""

_FOLDER = Path(__file__).parent


def load(name: str) -> Event:
    """Return a fresh copy of the event in `name`.json."""
    event: Event = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return event


def rest_request(
    method: str,
    target: str,
    *,
    headers: Mapping[str, str | Sequence[str]] | None = None,
    cookies: Sequence[str] = (),
) -> Event:
    """Return a REST API's request for `target`; each of `cookies` is a Cookie header of its own."""
    event = load("rest_v1")
    parts = urlsplit(target)
    query = parse_qs(parts.query, keep_blank_values=True)
    event |= {
        "httpMethod": method,
        "path": parts.path,
        # Null, not empty: as API Gateway writes it.
        "multiValueQueryStringParameters": query or None,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
    }
    every: dict[str, str | Sequence[str]] = dict(headers or {})
    if cookies:
        every["Cookie"] = list(cookies)
    for name, given in every.items():
        values = [given] if isinstance(given, str) else list(given)
        event["multiValueHeaders"][name] = values
        event["headers"][name] = values[-1]
    return event


def http_request(
    method: str,
    target: str,
    *,
    headers: Mapping[str, str] | None = None,
    cookies: Sequence[str] = (),
) -> Event:
    """Return an HTTP API's request for `target` (payload format 2.0)."""
    event = load("http_v2")
    parts = urlsplit(target)
    event |= {"rawPath": parts.path, "rawQueryString": parts.query}
    event["requestContext"]["http"] |= {"method": method, "path": parts.path}
    event["headers"] |= {name.lower(): value for name, value in (headers or {}).items()}
    if cookies:
        event["cookies"] = list(cookies)
    return event


def rest_authorization(*, cookies: Sequence[str] = (), authorization: Sequence[str] = ()) -> Event:
    """Return what a REST API asks its authorizer."""
    event = load("authorizer_rest")
    for name, values in {"Cookie": list(cookies), "Authorization": list(authorization)}.items():
        if values:
            event["multiValueHeaders"][name] = values
            event["headers"][name] = values[-1]
    return event


def http_authorization(*, cookies: Sequence[str] = (), authorization: str | None = None) -> Event:
    """Return what an HTTP API asks its authorizer (payload format 2.0)."""
    event = load("authorizer_http_v2")
    if cookies:
        event["cookies"] = list(cookies)
    if authorization is not None:
        event["headers"]["authorization"] = authorization
    return event
