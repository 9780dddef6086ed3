"""DynamoDB through the gateway, as boto3 speaks it."""

import threading
import uuid
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

TABLE = "gatehouse-data"
PARTITION = {"S": "APP#demo#TENANT#acme"}


@pytest.fixture(scope="module")
def admin(shared_gateway: Any) -> Any:
    return shared_gateway.client("dynamodb", shared_gateway.admin, max_pool_connections=20)


@pytest.fixture(scope="module")
def db(shared_gateway: Any) -> Any:
    return shared_gateway.client("dynamodb", shared_gateway.grant("data", "hello", "acme"))


def fresh_key() -> dict[str, Any]:
    return {"pk": PARTITION, "sk": {"S": str(uuid.uuid4())}}


def test_both_tables_are_there_with_their_expiry_attribute(admin: Any) -> None:
    assert sorted(admin.list_tables()["TableNames"]) == ["gatehouse-data", "gatehouse-sessions"]
    for table in ("gatehouse-data", "gatehouse-sessions"):
        expiry = admin.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_an_item_is_written_once(db: Any) -> None:
    key = fresh_key()
    once = {"TableName": TABLE, "Item": key, "ConditionExpression": "attribute_not_exists(pk)"}
    db.put_item(**once)

    with pytest.raises(ClientError) as error:
        db.put_item(**once)

    assert error.value.response["Error"]["Code"] == "ConditionalCheckFailedException"


def test_a_range_within_the_partition_is_found(db: Any) -> None:
    prefix = str(uuid.uuid4())
    for suffix in ("a", "b", "c"):
        db.put_item(TableName=TABLE, Item={"pk": PARTITION, "sk": {"S": f"{prefix}#{suffix}"}})

    found = db.query(
        TableName=TABLE,
        KeyConditionExpression="#pk = :pk AND sk BETWEEN :low AND :high",
        ExpressionAttributeNames={"#pk": "pk"},
        ExpressionAttributeValues={
            ":pk": PARTITION,
            ":low": {"S": f"{prefix}#a"},
            ":high": {"S": f"{prefix}#b"},
        },
        ConsistentRead=True,
    )

    assert [item["sk"]["S"][-1] for item in found["Items"]] == ["a", "b"]


def test_of_many_writers_one_wins(admin: Any) -> None:
    writers = 16
    for _ in range(5):
        key, line = fresh_key(), threading.Barrier(writers)

        def write(number: int, key: dict[str, Any] = key, line: threading.Barrier = line) -> bool:
            line.wait(timeout=20)
            try:
                admin.put_item(
                    TableName=TABLE,
                    Item={**key, "by": {"N": str(number)}},
                    ConditionExpression="attribute_not_exists(pk)",
                )
            except admin.exceptions.ConditionalCheckFailedException:
                return False
            return True

        with ThreadPoolExecutor(writers) as pool:
            assert sum(pool.map(write, range(writers))) == 1


def test_no_addition_is_lost(admin: Any) -> None:
    key = fresh_key()

    def add(_number: int) -> None:
        admin.update_item(
            TableName=TABLE,
            Key=key,
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(100)))

    assert admin.get_item(TableName=TABLE, Key=key)["Item"]["n"] == {"N": "100"}


class TestIndexes:
    """A table with an index, whose key is another attribute."""

    @pytest.fixture
    def table(self, admin: Any) -> Generator[str]:
        name = f"orders-{uuid.uuid4()}"
        admin.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "day", "AttributeType": "S"},
            ],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-day",
                    "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        yield name
        admin.delete_table(TableName=name)

    @pytest.fixture
    def tuesday(self, shared_gateway: Any) -> Any:
        """Return what a caller sees who may read one partition of indexes."""
        return shared_gateway.client("dynamodb", shared_gateway.keys["tuesday"])

    @staticmethod
    def query(client: Any, table: str, attribute: str, value: str, **more: str) -> Any:
        return client.query(
            TableName=table,
            KeyConditionExpression=f"{attribute} = :v",
            ExpressionAttributeValues={":v": {"S": value}},
            **more,
        )

    def test_a_query_is_held_to_the_indexs_own_key(
        self, admin: Any, tuesday: Any, table: str
    ) -> None:
        admin.put_item(TableName=table, Item={"pk": {"S": "1"}, "day": {"S": "tuesday"}})

        found = self.query(tuesday, table, "day", "tuesday", IndexName="by-day")

        assert found["Count"] == 1
        with pytest.raises(ClientError, match="AccessDenied"):
            self.query(tuesday, table, "day", "monday", IndexName="by-day")

    def test_the_index_does_not_open_the_table(self, tuesday: Any, table: str) -> None:
        with pytest.raises(ClientError, match="AccessDenied"):
            self.query(tuesday, table, "pk", "tuesday")

    def test_a_table_made_anew_with_another_key_is_read_anew(self, admin: Any) -> None:
        name = f"again-{uuid.uuid4()}"
        for attribute in ("pk", "other"):
            admin.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": attribute, "KeyType": "HASH"}],
            )
            admin.put_item(TableName=name, Item={attribute: {"S": "x"}})
            admin.delete_table(TableName=name)

        assert name not in admin.list_tables()["TableNames"]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("DynamoDB_20120810.Teleport", "AccessDeniedException"),
        ("DynamoDB_20111205.GetItem", "UnknownOperationException"),
        ("DynamoDBStreams_20120810.ListStreams", "UnknownOperationException"),
        ("AmazonSSM.GetParameter", "UnknownOperationException"),
        ("", "UnknownOperationException"),
    ],
)
def test_other_targets_are_refused(shared_gateway: Any, target: str, code: str) -> None:
    answer = shared_gateway.signed(
        "dynamodb", shared_gateway.admin, headers={"x-amz-target": target}, data=b"{}"
    )

    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == code
    assert answer.json()["__type"].endswith(f"#{code}")


@pytest.mark.parametrize("body", [b"[]", b"{", b'"text"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(shared_gateway: Any, body: bytes) -> None:
    answer: httpx.Response = shared_gateway.signed(
        "dynamodb",
        shared_gateway.admin,
        headers={"x-amz-target": "DynamoDB_20120810.ListTables"},
        data=body,
    )

    assert answer.headers["x-amzn-errortype"] == "SerializationException"
