"""DynamoDB's calls as they are posted (JSON 1.0, API version 2012-08-10): built, not sent."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from trust.aws.dynamodb.attributes import key_of, row_of
from trust.aws.message import Post
from trust.clock import NumericDate
from trust.store.table import (
    COUNT,
    Absent,
    AtVersion,
    Condition,
    Item,
    Key,
    NotAfter,
    Present,
    Put,
    Write,
)

_TYPE = "application/x-amz-json-1.0"
_VERSION = "DynamoDB_20120810"


def get(table: str, key: Key) -> Post:
    """Ask for one item, as it is now: a revoked session must not come from a stale replica."""
    return _post("GetItem", {"TableName": table, "Key": key_of(key), "ConsistentRead": True})


def query(table: str, partition: str, *, prefix: str, start: Mapping[str, Any] | None) -> Post:
    """Ask for a page of the items whose sort key begins with `prefix`; `start` is the last's key.

    The prefix is a value of the expression and no part of it: nothing in it has a meaning.
    """
    document: dict[str, Any] = {
        "TableName": table,
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": {"S": partition}, ":prefix": {"S": prefix}},
    }
    if start is not None:
        document["ExclusiveStartKey"] = start
    return _post("Query", document)


def put(table: str, item: Item, condition: Condition | None) -> Post:
    """Write a whole item."""
    document = {"TableName": table, "Item": row_of(item)}
    return _post("PutItem", document | _expression(condition))


def delete(table: str, key: Key) -> Post:
    """Remove an item."""
    return _post("DeleteItem", {"TableName": table, "Key": key_of(key)})


def transact(table: str, writes: Sequence[Write], *, token: str) -> Post:
    """Do all writes or none.

    `token` (1 to 36 characters) makes a repetition safe: within 10 minutes DynamoDB answers a call
    with the same token as it did the first one, and does nothing.
    """
    actions = [_action(table, write) for write in writes]
    return _post("TransactWriteItems", {"TransactItems": actions, "ClientRequestToken": token})


def add(table: str, key: Key, amount: int, *, expires_at: NumericDate) -> Post:
    """Add to a counter."""
    document = {
        "TableName": table,
        "Key": key_of(key),
        "UpdateExpression": "SET version = :one, expires_at = :expires ADD #count :amount",
        "ExpressionAttributeNames": {"#count": COUNT},
        "ExpressionAttributeValues": {
            ":one": {"N": "1"},
            ":expires": {"N": str(expires_at)},
            ":amount": {"N": str(amount)},
        },
        "ReturnValues": "UPDATED_NEW",
    }
    return _post("UpdateItem", document)


def _action(table: str, write: Write) -> dict[str, Any]:
    if isinstance(write, Put):
        document = {"TableName": table, "Item": row_of(write.item)}
        return {"Put": document | _expression(write.condition)}
    document = {"TableName": table, "Key": key_of(write.key)}
    return {"ConditionCheck": document | _expression(write.condition)}


def _expression(condition: Condition | None) -> dict[str, Any]:
    match condition:
        case None:
            return {}
        case Absent():
            return {"ConditionExpression": "attribute_not_exists(pk)"}
        case Present():
            return {"ConditionExpression": "attribute_exists(pk)"}
        case AtVersion(version):
            return {
                "ConditionExpression": "attribute_exists(pk) AND version = :version",
                "ExpressionAttributeValues": {":version": {"N": str(version)}},
            }
        case NotAfter(attribute, limit):
            return {
                "ConditionExpression": "attribute_not_exists(pk) OR #attribute <= :limit",
                "ExpressionAttributeNames": {"#attribute": attribute},
                "ExpressionAttributeValues": {":limit": {"N": str(limit)}},
            }
        case _:  # pragma: no cover - the type has no other member
            assert_never(condition)


_encode = json.JSONEncoder(separators=(",", ":")).encode
"""Made once: `json.dumps` would make one for every call."""


def _post(operation: str, document: Mapping[str, Any]) -> Post:
    return Post(
        headers={"Content-Type": _TYPE, "X-Amz-Target": f"{_VERSION}.{operation}"},
        body=_encode(document).encode(),
    )
