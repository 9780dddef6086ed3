"""The request's body: bounded, in time, and a JSON object."""

import json
from collections.abc import Mapping
from typing import Any, cast

from starlette.types import Receive

from proxy.begun import Begun
from proxy.errors import BodyForbidden, BodyNotJson, BodyTimeout, BodyTooLarge
from proxy.request import Request
from trust.json_text import read_json
from trust.span import Span

BODY_TIMEOUT_S = 30.0
"""How long a body may take to arrive: a slow one must not hold a connection open for nothing."""

_MOST_DIGITS = 15
"""Digits of a length that are read as a number: Python refuses very long ones."""

MOST_WORDS = 640
"""Characters of what a person wrote that are kept for a title while the answer lasts."""

FORBIDDEN_MEMBERS = frozenset({"_agent_core_app_action"})
"""Members by which AgentCore's SDK is remote-controlled when an agent runs in debug mode."""


class ClientGone(Exception):
    """The browser went away before its request was complete."""


async def read_body(request: Request, *, limit: int) -> bytes:
    """Read the whole body. Raises BodyTooLarge, BodyTimeout, ClientGone."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and (len(length) > _MOST_DIGITS or int(length) > limit):
        raise BodyTooLarge(f"announced more than {limit} bytes")
    whole = None if request.whole is None else request.whole.whole_body()
    if whole is not None:
        return _held_to(limit, whole)
    reading = Begun(_read(request.receive, limit))
    if reading.is_over:
        # It came with the head, as most do: nothing has to be timed.
        return reading.result
    try:
        with Span(BODY_TIMEOUT_S):
            return await reading
    except TimeoutError as error:
        raise BodyTimeout("the body did not arrive in time") from error


def _held_to(limit: int, body: bytes) -> bytes:
    if len(body) > limit:
        raise BodyTooLarge(f"more than {limit} bytes")
    return body


async def _read(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > limit:
            raise BodyTooLarge(f"more than {limit} bytes")
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def parse_object(body: bytes) -> dict[str, Any]:
    """Read the body as a JSON object. Raises BodyNotJson, BodyForbidden."""
    try:
        # UTF-8 and nothing else (RFC 8259 §8.1): told no encoding, the parser would guess one.
        parsed = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise BodyNotJson("not JSON") from error
    return members_of(parsed)


def peek_object(body: bytes) -> dict[str, Any]:
    """Read a body that goes on as it is, only to look at it. Raises as `parse_object`.

    At a third of the cost; a whole number of more than 64 bits is rounded.
    """
    try:
        parsed = read_json(body)
    except (ValueError, RecursionError) as error:
        raise BodyNotJson("not JSON") from error
    return members_of(parsed)


def members_of(parsed: object) -> dict[str, Any]:
    """Take what was parsed for an object that may go on. Raises BodyNotJson, BodyForbidden."""
    if not isinstance(parsed, dict):
        raise BodyNotJson("not an object")
    members = cast("dict[str, Any]", parsed)
    if not FORBIDDEN_MEMBERS.isdisjoint(members):
        raise BodyForbidden("a control member of the runtime's SDK")
    return members


def asks(members: Mapping[str, Any]) -> bool:
    """Tell whether a body asks something; without any message it only wants to look back."""
    return bool(members) and members.get("messages") != []


def first_words(members: Mapping[str, Any]) -> str:
    """Return what the person wrote, of an AG-UI `RunAgentInput` or a `{"prompt": …}`; or "".

    Only ever used as a title, so a body of another form is no error, and the beginning is enough.
    """
    return _words(members)[:MOST_WORDS]


def _words(members: Mapping[str, Any]) -> str:
    prompt = members.get("prompt")
    if isinstance(prompt, str):
        return prompt
    messages = members.get("messages")
    if not isinstance(messages, list):
        return ""
    for message in reversed(cast("list[object]", messages)):
        if isinstance(message, dict):
            said = cast("dict[str, object]", message)
            content = said.get("content")
            if isinstance(content, str) and said.get("role") == "user":
                return content
    return ""
