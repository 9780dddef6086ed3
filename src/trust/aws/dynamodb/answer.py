"""What DynamoDB's answers mean. Its own words stay here: they name tables and roles."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from trust.aws.message import Reply, is_ok

CONDITION_FAILED = "ConditionalCheckFailedException"
CONFLICT = "TransactionConflictException"
CANCELLED = "TransactionCanceledException"

_PASSING = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")
"""Reasons for cancelling a transaction that are gone a moment later."""


class Done(NamedTuple):
    """It was done; `document` is what came back."""

    document: Mapping[str, Any]


class Unmet(NamedTuple):
    """The condition of the `nth` write, counted from 0, does not hold.

    `unsure`: unless an earlier attempt, whose answer was lost, is what it does not hold after.
    """

    nth: int
    unsure: bool


class InTheWay(NamedTuple):
    """Another transaction held one of the items, or there was no room for this one just then.

    Nothing was written, and nothing failed.
    """

    unsure: bool
    why: str = "TransactionConflict"


class Trouble(NamedTuple):
    """Nothing else that can be dealt with; `code` is AWS's own."""

    code: str


Meaning = Done | Unmet | InTheWay | Trouble


def _by_python(text: bytes) -> Any:
    # Decoded here: of bytes, `json` would first guess at their encoding.
    return json.loads(text.decode())


def meaning(reply: Reply, read: Callable[[bytes], Any] = _by_python) -> Meaning:
    """Read an answer; `read` reads JSON, and raises ValueError or RecursionError."""
    document = _document(reply.body, read)
    if is_ok(reply):
        return Trouble("an answer that is no JSON object") if document is None else Done(document)
    code = _code(document)
    if code == CONDITION_FAILED:
        return Unmet(0, reply.unsure)
    if code == CONFLICT:
        return InTheWay(reply.unsure)
    if code == CANCELLED:
        return _cancelled(document or {}, reply)
    return Trouble(code or f"status {reply.status}")


def code_of(reply: Reply) -> str:
    """Return the error's code; "" where there is none."""
    return _code(_document(reply.body, _by_python))


def _code(document: Mapping[str, Any] | None) -> str:
    # `com.amazonaws.dynamodb.v20120810#Code`; some gateways put a URL behind a colon.
    named = str((document or {}).get("__type", ""))
    return named.rpartition("#")[2].partition(":")[0][:100]


def _cancelled(document: Mapping[str, Any], reply: Reply) -> Meaning:
    reasons = cast("list[dict[str, Any]]", document.get("CancellationReasons") or [])
    codes = [str(reason.get("Code", "None")) for reason in reasons]
    if "ConditionalCheckFailed" in codes:
        # A transaction has a token: after its own first attempt it would have been told "done".
        return Unmet(codes.index("ConditionalCheckFailed"), unsure=False)
    # A throttled transaction has no code of throttling of its own, so nobody has repeated it yet;
    # of a login it would take the code along, which can be spent only once.
    passing = next((code for code in _PASSING if code in codes), None)
    if passing is not None:
        return InTheWay(reply.unsure, passing)
    others = sorted({code for code in codes if code != "None"})
    return Trouble(": ".join([CANCELLED, *others])[:100])


def _document(body: bytes, read: Callable[[bytes], Any]) -> dict[str, Any] | None:
    try:
        parsed: object = read(body)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else None
