"""What DynamoDB's answers mean, and that botocore reads the same code in them."""

import json
from typing import Any

import pytest

from fakes.botocore_oracle import read
from trust.aws.dynamodb.answer import Done, InTheWay, Meaning, Trouble, Unmet, code_of, meaning
from trust.aws.message import Reply

_V1 = "com.amazonaws.dynamodb.v20120810#"


def error(kind: str, *, status: int = 400, unsure: bool = False, **members: Any) -> Reply:
    body = json.dumps({"__type": kind, "message": "AWS's own words", **members}).encode()
    return Reply(status, {"content-type": "application/x-amz-json-1.0"}, body, unsure)


def cancelled(*codes: str, unsure: bool = False) -> Reply:
    reasons = [{"Code": code} for code in codes]
    return error(f"{_V1}TransactionCanceledException", unsure=unsure, CancellationReasons=reasons)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200, {}, b'{"Item": {}}'), Done({"Item": {}})),
        (error(f"{_V1}ConditionalCheckFailedException"), Unmet(0, unsure=False)),
        (error(f"{_V1}ConditionalCheckFailedException", unsure=True), Unmet(0, unsure=True)),
        (error(f"{_V1}TransactionConflictException", unsure=True), InTheWay(unsure=True)),
        (cancelled("None", "TransactionConflict"), InTheWay(unsure=False)),
        (
            cancelled("None", "TransactionConflict", "ConditionalCheckFailed"),
            Unmet(2, unsure=False),
        ),
        # A token made the repetition safe: the condition failed by somebody else's write.
        (cancelled("ConditionalCheckFailed", unsure=True), Unmet(0, unsure=False)),
        (cancelled("None", "ThrottlingError"), InTheWay(unsure=False, why="ThrottlingError")),
        (
            cancelled("None", "ProvisionedThroughputExceeded", unsure=True),
            InTheWay(unsure=True, why="ProvisionedThroughputExceeded"),
        ),
        (
            cancelled("ThrottlingError", "None", "ConditionalCheckFailed"),
            Unmet(2, unsure=False),
        ),
        (
            cancelled("None", "ItemCollectionSizeLimitExceeded", "None"),
            Trouble("TransactionCanceledException: ItemCollectionSizeLimitExceeded"),
        ),
        (error(f"{_V1}TransactionCanceledException"), Trouble("TransactionCanceledException")),
        (error("com.amazon.coral.service#AccessDeniedException"), Trouble("AccessDeniedException")),
        (Reply(502, {}, b"<html>"), Trouble("status 502")),
        (Reply(403, {}, b""), Trouble("status 403")),
        (Reply(400, {}, b"[1]"), Trouble("status 400")),
        (Reply(200, {}, b"[1]"), Trouble("an answer that is no JSON object")),
        (Reply(200, {}, b"<html>"), Trouble("an answer that is no JSON object")),
        (Reply(200, {}, b"[" * 100_000), Trouble("an answer that is no JSON object")),
        (Reply(302, {"location": "http://elsewhere"}, b"{}"), Trouble("status 302")),
    ],
)
def test_an_answer_means(reply: Reply, expected: Meaning) -> None:
    assert (type(meaning(reply)), meaning(reply)) == (type(expected), expected)


@pytest.mark.parametrize(
    "kind",
    [
        f"{_V1}ConditionalCheckFailedException",
        "com.amazon.coral.validate#ValidationException",
        "com.amazon.coral.service#ExpiredTokenException",
        "ThrottlingException",
        "AccessDeniedException:http://internal.amazon.com/coral/com.amazon.coral.service/",
    ],
)
def test_a_code_is_the_one_that_botocore_reads(kind: str) -> None:
    reply = error(kind)
    theirs = read("dynamodb", "PutItem", status=400, headers=reply.headers, body=reply.body)[
        "Error"
    ]["Code"]

    assert code_of(reply) == theirs


def test_aws_own_words_are_nowhere() -> None:
    assert "own words" not in repr(meaning(error(f"{_V1}AccessDeniedException")))
