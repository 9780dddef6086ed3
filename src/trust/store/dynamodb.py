"""The table in DynamoDB: any number of instances share it.

boto3 blocks, so every call runs in a thread; it finds the instance's own credentials, signs, and
repeats what may be repeated. No Scan and no index: one key, or one partition, at a time.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, assert_never, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from trust.clock import NumericDate
from trust.store.table import (
    COUNT,
    Absent,
    Attribute,
    AtVersion,
    Condition,
    ConditionFailed,
    Item,
    Key,
    NotAfter,
    Present,
    Put,
    RowMalformed,
    StoreUnavailable,
    Write,
    counted,
    is_live,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

CALL_TIMEOUT_S = 3
"""How long one attempt may take; botocore makes two."""

WHOLE_CALL_S = 10
"""How long a call may take with everything: waiting for a thread, both attempts, the pause."""

THREADS = 32
"""Calls at once; as many connections are kept."""

CONFLICT_ATTEMPTS = 5
"""How often a write is tried that another transaction was in the way of."""

_CONDITION_FAILED = "ConditionalCheckFailedException"
_CANCELLED = "TransactionCanceledException"

Answer = TypeVar("Answer")


def open_client(region: str) -> "DynamoDBClient":
    """Return a client for the instance's own identity; `AWS_ENDPOINT_URL…` is honoured by boto3."""
    config = Config(
        connect_timeout=CALL_TIMEOUT_S,
        read_timeout=CALL_TIMEOUT_S,
        retries={"total_max_attempts": 2, "mode": "standard"},
        max_pool_connections=THREADS,
    )
    return boto3.client("dynamodb", region_name=region, config=config)  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service


class DynamoDbTable:
    """One table with `pk` and `sk`, both text; time to live on `expires_at`."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="dynamodb")

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item unless it is absent or expired. Raises StoreUnavailable."""
        answer = await self._call(
            lambda: self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        )
        found = answer.get("Item")
        item = _item(found) if found else None
        return item if item and is_live(item, now) else None

    async def query(self, partition: str, *, prefix: str, now: NumericDate) -> list[Item]:
        """Return the live items below a prefix, in order. Raises StoreUnavailable."""
        rows = await self._call(lambda: self._pages(partition, prefix))
        return [item for item in map(_item, rows) if is_live(item, now)]

    def _pages(self, partition: str, prefix: str) -> list[Mapping[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": partition}, ":prefix": {"S": prefix}},
        )
        return [row for page in pages for row in page["Items"]]

    async def put(self, item: Item, *, condition: Condition | None = None) -> None:
        """Write the whole item. Raises ConditionFailed, StoreUnavailable."""
        row, expression = _row(item), _expression(condition)
        await self._insisting(
            lambda: self._client.put_item(TableName=self._name, Item=row, **expression)
        )

    async def delete(self, key: Key) -> None:
        """Remove the item if it is there. Raises StoreUnavailable."""
        await self._insisting(lambda: self._client.delete_item(TableName=self._name, Key=_key(key)))

    async def transact(self, writes: Sequence[Write]) -> None:
        """Do all writes or none. Raises ConditionFailed, StoreUnavailable."""
        actions = cast("Any", [self._action(write) for write in writes])
        await self._insisting(lambda: self._client.transact_write_items(TransactItems=actions))

    def _action(self, write: Write) -> dict[str, object]:
        if isinstance(write, Put):
            put = {"TableName": self._name, "Item": _row(write.item)}
            return {"Put": put | _expression(write.condition)}
        check = {"TableName": self._name, "Key": _key(write.key)}
        return {"ConditionCheck": check | _expression(write.condition)}

    async def add(self, key: Key, amount: int, *, expires_at: NumericDate) -> int:
        """Add to a counter; return what it came to. Raises StoreUnavailable.

        A repetition by botocore may count twice: who has no answer has used it up.
        """
        answer = await self._insisting(
            lambda: self._client.update_item(
                TableName=self._name,
                Key=_key(key),
                UpdateExpression="SET version = :one, expires_at = :expires ADD #count :amount",
                ExpressionAttributeNames={"#count": COUNT},
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":expires": {"N": str(expires_at)},
                    ":amount": {"N": str(amount)},
                },
                ReturnValues="UPDATED_NEW",
            )
        )
        count = _plain(answer["Attributes"][COUNT])
        return counted(Item(key=key, attributes={COUNT: count}))

    async def close(self) -> None:
        """Close the connections; whoever asks from now on is told StoreUnavailable."""
        self._threads.shutdown(wait=False)
        self._client.close()

    async def _insisting(self, work: Callable[[], Answer]) -> Answer:
        """Write, again where another transaction was in the way. Raises StoreUnavailable."""
        for attempt in range(1, CONFLICT_ATTEMPTS):
            try:
                return await self._call(work)
            except _Conflict:
                # Full jitter: those who met must not meet again.
                await asyncio.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 no secret
        try:
            return await self._call(work)
        except _Conflict as conflict:
            raise StoreUnavailable("transaction conflict") from conflict

    async def _call(self, work: Callable[[], Answer]) -> Answer:
        try:
            # Threads of its own: those of the event loop are few, and others' calls, to Vault say,
            # may hang in all of them.
            answer = asyncio.get_running_loop().run_in_executor(self._threads, work)
        except RuntimeError as error:
            raise StoreUnavailable("DynamoDB: closed") from error
        try:
            return await asyncio.wait_for(answer, WHOLE_CALL_S)
        except ClientError as error:
            raise _meaning(error) from error
        except BotoCoreError as error:
            raise StoreUnavailable(f"DynamoDB: {error}") from error
        except TimeoutError as error:
            raise StoreUnavailable(f"DynamoDB: no answer in {WHOLE_CALL_S} s") from error


class _Conflict(Exception):
    """Another transaction held one of the items: neither failed nor done."""


def _meaning(error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    if code == _CONDITION_FAILED:
        return ConditionFailed()
    if code in {"TransactionConflictException", "TransactionInProgressException"}:
        return _Conflict()
    if code == _CANCELLED:
        reasons = cast("list[dict[str, str]]", error.response.get("CancellationReasons", []))
        codes = [reason.get("Code", "None") for reason in reasons]
        if "ConditionalCheckFailed" in codes:
            return ConditionFailed(codes.index("ConditionalCheckFailed"))
        if "TransactionConflict" in codes:
            return _Conflict()
    return StoreUnavailable(f"DynamoDB: {code}")


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


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.partition}, "sk": {"S": key.sort}}


def _row(item: Item) -> dict[str, Any]:
    row = _key(item.key) | {"version": {"N": str(item.version)}}
    if item.expires_at is not None:
        row["expires_at"] = {"N": str(item.expires_at)}
    return row | {name: _value(value) for name, value in item.attributes.items()}


def _value(value: Attribute) -> dict[str, object]:
    if isinstance(value, bytes):
        return {"B": value}
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def _item(row: Mapping[str, Any]) -> Item:
    """Read a row. Raises RowMalformed where it is not of the table's form."""
    try:
        plain = {name: _plain(value) for name, value in row.items()}
        partition, sort = str(plain.pop("pk")), str(plain.pop("sk"))
        version, expires_at = plain.pop("version"), plain.pop("expires_at", None)
    except (KeyError, ValueError) as error:
        raise RowMalformed("a row without its key or version") from error
    if not isinstance(version, int) or not isinstance(expires_at, int | None):
        raise RowMalformed("a row whose version or expiry is no number")
    expiry = None if expires_at is None else NumericDate(expires_at)
    return Item(key=Key(partition, sort), version=version, expires_at=expiry, attributes=plain)


def _plain(value: Mapping[str, Any]) -> Attribute:
    kind, content = next(iter(value.items()))
    if kind == "N":
        return int(content)
    if kind == "B":
        return bytes(content)
    return str(content)
