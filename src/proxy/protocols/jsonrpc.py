"""JSON-RPC 2.0 messages, read so that nobody after us can read them in another way.

Two readers of one body are how a check is passed by: the one that checks sees the last of two
equal members, the one that acts the first. So members are unique, the text is UTF-8 and nothing
else (RFC 8259 §8.1), numbers are numbers, and a message is one object: batches are gone from MCP
(2025-06-18) and were never part of A2A.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from proxy.body import members_of
from proxy.errors import BodyNotJson
from proxy.protocols.errors import BodyNotRpc
from trust.errors import TrustError

MAX_METHOD_CHARS = 128
MAX_ID_CHARS = 256

SERVER_ERROR = -32000
"""Code of an error of ours (JSON-RPC 2.0 §5.1: -32000 to -32099 are the implementation's)."""

Id = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. Without a `method` it is an answer to a request of the agent's own."""

    method: str | None
    id: Id | None
    """None: a notification, to which there is no answer."""
    params: Mapping[str, Any]

    @property
    def awaits_answer(self) -> bool:
        """Whether whoever sent it waits for a result."""
        return self.method is not None and self.id is not None


def read_message(body: bytes) -> Message:
    """Read a body. Raises BodyNotJson, BodyForbidden, BodyNotRpc."""
    members = read_object(body)
    if members.get("jsonrpc") != "2.0":
        raise BodyNotRpc("not JSON-RPC 2.0")
    return _answer(members) if "method" not in members else _call(members)


def read_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object with one reading only. Raises BodyNotJson, BodyForbidden, BodyNotRpc."""
    try:
        # Told to be UTF-8: left alone, `json` guesses UTF-16 and UTF-32 as well.
        parsed: object = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise BodyNotJson("not JSON in UTF-8") from error
    return members_of(parsed)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BodyNotRpc("a member came twice")
    return members


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _call(members: Mapping[str, Any]) -> Message:
    method, params = members["method"], members.get("params", {})
    if not isinstance(method, str) or not 0 < len(method) <= MAX_METHOD_CHARS:
        raise BodyNotRpc("the method is no name")
    if not isinstance(params, dict):
        raise BodyNotRpc("the parameters are not named")
    if "result" in members or "error" in members:
        raise BodyNotRpc("a call and an answer at once")
    identity = _id(members["id"]) if "id" in members else None
    return Message(method=method, id=identity, params=cast("dict[str, Any]", params))


def _answer(members: Mapping[str, Any]) -> Message:
    if ("result" in members) is ("error" in members):
        raise BodyNotRpc("neither a call nor an answer")
    return Message(method=None, id=_id(members.get("id")), params={})


def _id(given: object) -> Id:
    # To Python, true is a number.
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise BodyNotRpc("the id is neither text nor a whole number")
    if len(str(given)) > MAX_ID_CHARS:
        raise BodyNotRpc("the id is too long")
    return given


def error_object(error: TrustError, *, answers: Id, request_id: str) -> bytes:
    """Return the error response to a request (JSON-RPC 2.0 §5.1), of what is public only."""
    data = {"code": error.code, "status": error.status, "request_id": request_id}
    document = {
        "jsonrpc": "2.0",
        "id": answers,
        "error": {"code": SERVER_ERROR, "message": error.title, "data": data},
    }
    return json.dumps(document, separators=(",", ":")).encode()


def error_event(error: TrustError, *, answers: Id, request_id: str) -> bytes:
    """Return the event by which a stream ends early: the client's call fails, it does not hang."""
    document = error_object(error, answers=answers, request_id=request_id)
    return b"event: message\ndata: " + document + b"\n\n"
