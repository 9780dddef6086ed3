"""API Gateway's events, read once: which API asks, and what the caller has sent to prove itself.

Two forms: the REST API's REQUEST event (an HTTP API's payload format 1.0 is the same) and the HTTP
API's payload format 2.0. Pure; whatever is not of these forms is refused, never guessed at.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple, cast

Event = Mapping[str, Any]

_STAGE = re.compile(
    r"(arn:aws[a-z-]*:execute-api:[a-z0-9-]+:\d{12}:[a-z0-9]+/[A-Za-z0-9_$-]+)/.*",
    re.ASCII | re.DOTALL,
)


class EventMalformed(ValueError):
    """The event is none of a request authorizer; API Gateway answers 500, nobody gets in."""


class Payload(Enum):
    """Which answer the API wants."""

    REST = "policy"
    HTTP = "simple"


class Request(NamedTuple):
    """What the authorizer has to know of a request."""

    payload: Payload
    stage: str
    """The ARN of API and stage: what a cached answer may be used for."""
    request_id: str
    cookies: tuple[str, ...]
    """The values of all Cookie headers; API Gateway may have split one."""
    authorizations: tuple[str, ...]
    """The values of all Authorization headers."""


def parse_event(event: Event) -> Request:
    """Read an authorizer's event. Raises EventMalformed."""
    if event.get("type") != "REQUEST":
        raise EventMalformed(
            "not the event of a REQUEST authorizer: the API's authorizer has to be of type REQUEST,"
            " or of an HTTP API"
        )
    modern = event.get("version") == "2.0"
    return Request(
        payload=Payload.HTTP if modern else Payload.REST,
        stage=_stage(event.get("routeArn" if modern else "methodArn")),
        request_id=_request_id(event),
        cookies=_cookies(event) if modern else _values(event, "cookie"),
        authorizations=_values(event, "authorization"),
    )


def _stage(arn: object) -> str:
    found = _STAGE.fullmatch(arn) if isinstance(arn, str) else None
    if found is None:
        raise EventMalformed("the event names no method or route of an API")
    return found.group(1)


def _request_id(event: Event) -> str:
    return str(_members(event, "requestContext").get("requestId", ""))


def _cookies(event: Event) -> tuple[str, ...]:
    # One of the two, never both: every cookie would have come twice.
    return _texts(event.get("cookies")) or _values(event, "cookie")


def _values(event: Event, wanted: str) -> tuple[str, ...]:
    """Return all values of a header, whose name may be written in several ways."""
    found: list[str] = []
    for name, values in _members(event, "multiValueHeaders").items():
        if name.lower() == wanted:
            found.extend(_texts(values))
    if found:
        return tuple(found)
    headers = _members(event, "headers")
    return _texts([value for name, value in headers.items() if name.lower() == wanted])


def _members(event: Event, name: str) -> Mapping[str, Any]:
    value = event.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        return ()
    return tuple(value for value in cast("list[object]", values) if isinstance(value, str))
