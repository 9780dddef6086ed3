"""AWS answers word for word, one after the other: the ones that no stand-in gives on demand."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from fakes.loopback import Call, Reply, serving


@dataclass(kw_only=True)
class Script:
    """What was asked, and where the answers come from."""

    url: str = ""
    calls: list[Call] = field(default_factory=list[Call])


@contextmanager
def answering(replies: Sequence[Reply]) -> Generator[Script]:
    """Give one reply after the other; the last one goes on for ever."""
    script = Script()

    def answer(call: Call) -> Reply:
        script.calls.append(call)
        return replies[min(len(script.calls), len(replies)) - 1]

    with serving(answer) as script.url:
        yield script


def dynamodb_error(code: str, *, status: int = 400, **members: object) -> Reply:
    """Return an error of DynamoDB (JSON 1.0)."""
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    body = json.dumps({"__type": kind, "message": "AWS's own words", **members})
    return Reply(status=status, body=body.encode(), content_type="application/x-amz-json-1.0")


def dynamodb_cancelled(*codes: str) -> Reply:
    """Return a cancelled transaction with a reason for each of its writes."""
    reasons = [{"Code": code, "Message": "AWS's own words"} for code in codes]
    return dynamodb_error("TransactionCanceledException", CancellationReasons=reasons)


def dynamodb_done(**members: object) -> Reply:
    """Return an answer of DynamoDB."""
    return Reply(body=json.dumps(members).encode(), content_type="application/x-amz-json-1.0")
