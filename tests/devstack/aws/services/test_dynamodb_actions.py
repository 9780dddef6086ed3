"""What IAM is asked about a DynamoDB call."""

from typing import Any

import pytest

from devstack.aws.errors import AwsError
from devstack.aws.iam.evaluate import Request
from devstack.aws.place import Place
from devstack.aws.services.dynamodb.actions import Call, requests
from devstack.aws.services.dynamodb.attributes import attributes

PLACE = Place(account="123456789012", region="us-east-1")
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/notes"
KEY = {"pk": {"S": "acme"}, "sk": {"S": "1"}}
OTHER = {"pk": {"S": "globex"}, "sk": {"S": "1"}}


def schema(table: str, index: str | None) -> str | None:
    return {("notes", None): "pk", ("notes", "by-day"): "day", ("more", None): "id"}.get(
        (table, index)
    )


def asked(operation: str, **body: Any) -> tuple[Request, ...]:
    return requests(Call(operation=operation, body=body, place=PLACE, schema=schema))


def leading(request: Request) -> tuple[str, ...] | None:
    return request.context.get("dynamodb:LeadingKeys")


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("GetItem", {"Key": KEY}),
        ("PutItem", {"Item": KEY | {"text": {"S": "hi"}}}),
        ("UpdateItem", {"Key": KEY}),
        ("DeleteItem", {"Key": KEY}),
        (
            "Query",
            {
                "KeyConditionExpression": "pk = :p",
                "ExpressionAttributeValues": {":p": {"S": "acme"}},
            },
        ),
    ],
)
def test_an_items_partition_is_a_leading_key(operation: str, body: dict[str, Any]) -> None:
    [request] = asked(operation, TableName="notes", **body)

    assert (request.action, request.resource) == (f"dynamodb:{operation}", TABLE)
    assert leading(request) == ("acme",)


@pytest.mark.parametrize(
    ("value", "expected"), [({"S": "a"}, "a"), ({"N": "7"}, "7"), ({"B": "Yg=="}, "Yg==")]
)
def test_keys_are_compared_as_text(value: dict[str, str], expected: str) -> None:
    [request] = asked("GetItem", TableName="more", Key={"id": value})

    assert leading(request) == (expected,)


def test_a_batch_is_asked_about_per_table_with_all_its_keys() -> None:
    reads = asked(
        "BatchGetItem",
        RequestItems={"notes": {"Keys": [KEY, OTHER]}, "more": {"Keys": [{"id": {"N": "7"}}]}},
    )
    [writes] = asked(
        "BatchWriteItem",
        RequestItems={"notes": [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": OTHER}}]},
    )

    assert [(r.resource.rpartition("/")[2], leading(r)) for r in reads] == [
        ("notes", ("acme", "globex")),
        ("more", ("7",)),
    ]
    assert writes.action == "dynamodb:BatchWriteItem"
    assert leading(writes) == ("acme", "globex")


def test_a_transaction_is_asked_about_action_by_action() -> None:
    found = asked(
        "TransactWriteItems",
        TransactItems=[
            {"Put": {"TableName": "notes", "Item": KEY}},
            {"Update": {"TableName": "notes", "Key": OTHER}},
            {"Delete": {"TableName": "more", "Key": {"id": {"N": "7"}}}},
            {"ConditionCheck": {"TableName": "notes", "Key": KEY}},
        ],
    )

    assert [(r.action.partition(":")[2], leading(r)) for r in found] == [
        ("PutItem", ("acme",)),
        ("UpdateItem", ("globex",)),
        ("DeleteItem", ("7",)),
        ("ConditionCheckItem", ("acme",)),
    ]
    assert {r.context["dynamodb:EnclosingOperation"] for r in found} == {("TransactWriteItems",)}


def test_a_reading_transaction_is_asked_about_item_by_item() -> None:
    found = asked(
        "TransactGetItems",
        TransactItems=[{"Get": {"TableName": "notes", "Key": key}} for key in (KEY, OTHER)],
    )

    assert [(r.action, leading(r)) for r in found] == [
        ("dynamodb:GetItem", ("acme",)),
        ("dynamodb:GetItem", ("globex",)),
    ]


def test_an_index_is_a_resource_of_its_own_with_its_own_key() -> None:
    [request] = asked(
        "Query",
        TableName="notes",
        IndexName="by-day",
        KeyConditionExpression="#d = :d",
        ExpressionAttributeNames={"#d": "day"},
        ExpressionAttributeValues={":d": {"S": "monday"}},
    )

    assert request.resource == f"{TABLE}/index/by-day"
    assert leading(request) == ("monday",)


@pytest.mark.parametrize(
    ("operation", "body", "action", "resource"),
    [
        ("Scan", {"TableName": "notes"}, "Scan", TABLE),
        ("Scan", {"TableName": "notes", "IndexName": "by-day"}, "Scan", f"{TABLE}/index/by-day"),
        ("GetItem", {"TableName": "unknown", "Key": KEY}, "GetItem", TABLE[:-5] + "unknown"),
        ("ExecuteStatement", {"Statement": 'SELECT * FROM "notes"'}, "PartiQLSelect", TABLE),
        (
            "ExecuteStatement",
            {"Statement": 'select * from "notes"."by-day" where day = 1'},
            "PartiQLSelect",
            f"{TABLE}/index/by-day",
        ),
        (
            "ExecuteStatement",
            {"Statement": "INSERT INTO notes VALUE {'pk': 'a'}"},
            "PartiQLInsert",
            TABLE,
        ),
        (
            "ExecuteStatement",
            {"Statement": "UPDATE notes SET a = 'x' WHERE pk = 'a'"},
            "PartiQLUpdate",
            TABLE,
        ),
        (
            "ExecuteStatement",
            {"Statement": " delete FROM notes WHERE pk = 'a'"},
            "PartiQLDelete",
            TABLE,
        ),
        (
            "ExecuteStatement",
            {"Statement": 'SELECT \' FROM "mine" \' FROM "notes"'},
            "PartiQLSelect",
            TABLE,
        ),
        (
            "ExecuteStatement",
            {"Statement": 'SELECT * FROM "mine" WHERE a IN (SELECT * FROM "notes")'},
            "PartiQLSelect",
            TABLE[:-5] + "*",
        ),
    ],
)
def test_some_actions_have_no_leading_keys(
    operation: str, body: dict[str, Any], action: str, resource: str
) -> None:
    [request] = asked(operation, **body)

    assert (request.action, request.resource) == (f"dynamodb:{action}", resource)
    assert leading(request) is None


@pytest.mark.parametrize(
    ("operation", "member"),
    [("BatchExecuteStatement", "Statements"), ("ExecuteTransaction", "TransactStatements")],
)
def test_many_statements_are_asked_about_one_by_one(operation: str, member: str) -> None:
    statements = [{"Statement": 'SELECT * FROM "notes"'}, {"Statement": 'DELETE FROM "more"'}]

    assert [r.action for r in asked(operation, **{member: statements})] == [
        "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLDelete",
    ]


@pytest.mark.parametrize("operation", ["CreateTable", "DescribeTable", "UpdateTimeToLive"])
def test_tables_have_their_actions(operation: str) -> None:
    [request] = asked(operation, TableName="notes")

    assert (request.action, request.resource) == (f"dynamodb:{operation}", TABLE)


def test_listing_tables_is_about_the_account() -> None:
    [request] = asked("ListTables")

    assert request.resource == "*"


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        pytest.param("Teleport", {}, id="unknown operation"),
        pytest.param("GetItem", {"Key": KEY}, id="no table"),
        pytest.param("GetItem", {"TableName": TABLE, "Key": KEY}, id="table's ARN"),
        pytest.param("GetItem", {"TableName": "notes"}, id="no key"),
        pytest.param("GetItem", {"TableName": "notes", "Key": {"sk": {"S": "1"}}}, id="half a key"),
        pytest.param(
            "GetItem", {"TableName": "notes", "Key": {"pk": {"S": "a", "N": "1"}}}, id="two types"
        ),
        pytest.param(
            "GetItem", {"TableName": "notes", "Key": {"pk": {"SS": ["a"]}}}, id="not a key's type"
        ),
        pytest.param("GetItem", {"TableName": "notes", "Key": {"pk": "acme"}}, id="untyped"),
        pytest.param(
            "BatchWriteItem",
            {"RequestItems": {"notes": [{"PutRequest": {"Item": KEY}, "DeleteRequest": {}}]}},
            id="two writes in one",
        ),
        pytest.param(
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "notes", "Item": KEY}, "Delete": {}}]},
            id="two actions in one",
        ),
        pytest.param("TransactGetItems", {"TransactItems": [{"Put": {}}]}, id="write among reads"),
        pytest.param("TransactWriteItems", {"TransactItems": [{}]}, id="nothing in one"),
        pytest.param("ExecuteStatement", {"Statement": "DROP TABLE notes"}, id="unknown verb"),
        pytest.param("ExecuteStatement", {"Statement": ""}, id="empty statement"),
        pytest.param("Query", {"TableName": "notes", "IndexName": "a/b"}, id="index with a slash"),
        pytest.param("Query", {"TableName": "notes"}, id="query for nothing"),
    ],
)
def test_what_is_not_understood_is_refused(operation: str, body: dict[str, Any]) -> None:
    with pytest.raises(AwsError):
        asked(operation, **body)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"Item": {"b": {}, "a": {}}}, ("a", "b")),
        ({"AttributesToGet": ["x"]}, ("x",)),
        ({"ProjectionExpression": "a, b.c[0], #n", "ExpressionAttributeNames": {"#n": "name"}},
         ("a", "b", "name")),
        ({"UpdateExpression": "SET a = if_not_exists(b, :z) REMOVE c ADD d :one"},
         ("a", "b", "c", "d")),
        ({"ConditionExpression": "attribute_exists(pk) AND size(v) > :n OR NOT a IN (:x, :y)"},
         ("a", "pk", "v")),
        ({"KeyConditions": {"pk": {}}, "QueryFilter": {"f": {}}}, ("f", "pk")),
    ],
)  # fmt: skip
def test_attributes_are_found_wherever_they_are_named(
    request_: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert attributes(request_) == expected


def test_how_items_are_looked_at_is_told() -> None:
    [request] = asked("Scan", TableName="notes", Select="COUNT", ReturnConsumedCapacity="TOTAL")

    assert request.context["dynamodb:Select"] == ("COUNT",)
    assert request.context["dynamodb:ReturnConsumedCapacity"] == ("TOTAL",)
