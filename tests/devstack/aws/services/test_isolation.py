"""One tenant's data grant against another tenant's data: every way in is refused."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

BUCKET, TABLE = "gatehouse-data", "gatehouse-data"
OWN, OTHER = "globex", "acme"


def prefix(tenant: str) -> str:
    return f"demo/{tenant}/hello/"


def partition(tenant: str) -> dict[str, str]:
    return {"S": f"APP#demo#TENANT#{tenant}"}


def key(tenant: str, sk: str = "note") -> dict[str, dict[str, str]]:
    return {"pk": partition(tenant), "sk": {"S": sk}}


S3_CALLS: dict[str, Callable[[Any, str], object]] = {
    "get": lambda s3, t: s3.get_object(Bucket=BUCKET, Key=prefix(t) + "note"),
    "get a range": lambda s3, t: s3.get_object(
        Bucket=BUCKET, Key=prefix(t) + "note", Range="bytes=0-1"
    ),
    "head": lambda s3, t: s3.head_object(Bucket=BUCKET, Key=prefix(t) + "note"),
    "put": lambda s3, t: s3.put_object(Bucket=BUCKET, Key=prefix(t) + "new", Body=b"x"),
    "delete": lambda s3, t: s3.delete_object(Bucket=BUCKET, Key=prefix(t) + "new"),
    "list": lambda s3, t: s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix(t)),
    "list, the older way": lambda s3, t: s3.list_objects(Bucket=BUCKET, Prefix=prefix(t)),
    "list by directories": lambda s3, t: s3.list_objects_v2(
        Bucket=BUCKET, Prefix=prefix(t), Delimiter="/"
    ),
    "copy from": lambda s3, t: s3.copy_object(
        Bucket=BUCKET,
        Key=prefix(OWN) + "copied",
        CopySource={"Bucket": BUCKET, "Key": prefix(t) + "note"},
    ),
    "copy to": lambda s3, t: s3.copy_object(
        Bucket=BUCKET,
        Key=prefix(t) + "copied",
        CopySource={"Bucket": BUCKET, "Key": prefix(OWN) + "note"},
    ),
    "begin an upload in parts": lambda s3, t: s3.create_multipart_upload(
        Bucket=BUCKET, Key=prefix(t) + "parts"
    ),
}

S3_NEVER: dict[str, Callable[[Any], object]] = {
    "list everything": lambda s3: s3.list_objects_v2(Bucket=BUCKET),
    "list the app": lambda s3: s3.list_objects_v2(Bucket=BUCKET, Prefix="demo/"),
    "list a tenant whose name starts alike": lambda s3: s3.list_objects_v2(
        Bucket=BUCKET, Prefix="demo/globex-other/"
    ),
    "list without the slash": lambda s3: s3.list_objects_v2(
        Bucket=BUCKET, Prefix="demo/globex/hello"
    ),
    "list versions": lambda s3: s3.list_object_versions(Bucket=BUCKET, Prefix=prefix(OWN)),
    "list uploads": lambda s3: s3.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix(OWN)),
    "list buckets": lambda s3: s3.list_buckets(),
    "see the bucket": lambda s3: s3.head_bucket(Bucket=BUCKET),
    "own agent's neighbour": lambda s3: s3.get_object(Bucket=BUCKET, Key="demo/globex/ledger/note"),
    "another app": lambda s3: s3.get_object(Bucket=BUCKET, Key="other/globex/hello/note"),
    "climb out": lambda s3: s3.get_object(Bucket=BUCKET, Key="../demo/acme/hello/note"),
    "another bucket": lambda s3: s3.get_object(Bucket="elsewhere", Key=prefix(OWN) + "note"),
    "delete the bucket": lambda s3: s3.delete_bucket(Bucket=BUCKET),
    "make a bucket": lambda s3: s3.create_bucket(Bucket="mine"),
    "read the policy": lambda s3: s3.get_bucket_policy(Bucket=BUCKET),
    "write the policy": lambda s3: s3.put_bucket_policy(Bucket=BUCKET, Policy="{}"),
    "open an object to all": lambda s3: s3.put_object_acl(
        Bucket=BUCKET, Key=prefix(OWN) + "note", ACL="public-read"
    ),
    "write an object open to all": lambda s3: s3.put_object(
        Bucket=BUCKET, Key=prefix(OWN) + "note", Body=b"", ACL="public-read"
    ),
    "tag an object": lambda s3: s3.put_object_tagging(
        Bucket=BUCKET, Key=prefix(OWN) + "note", Tagging={"TagSet": []}
    ),
    "an old version": lambda s3: s3.get_object(
        Bucket=BUCKET, Key=prefix(OWN) + "note", VersionId="null"
    ),
}

DYNAMODB_CALLS: dict[str, Callable[[Any, str], object]] = {
    "get": lambda db, t: db.get_item(TableName=TABLE, Key=key(t)),
    "put": lambda db, t: db.put_item(TableName=TABLE, Item=key(t, "new")),
    "update": lambda db, t: db.update_item(
        TableName=TABLE,
        Key=key(t),
        UpdateExpression="SET a = :a",
        ExpressionAttributeValues={":a": {"S": "x"}},
    ),
    "delete": lambda db, t: db.delete_item(TableName=TABLE, Key=key(t, "new")),
    "query": lambda db, t: db.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": partition(t)},
    ),
    "query by placeholders": lambda db, t: db.query(
        TableName=TABLE,
        KeyConditionExpression="begins_with(#s, :s) AND #p = :pk",
        ExpressionAttributeNames={"#p": "pk", "#s": "sk"},
        ExpressionAttributeValues={":pk": partition(t), ":s": {"S": "n"}},
    ),
    "query, the older way": lambda db, t: db.query(
        TableName=TABLE,
        KeyConditions={"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [partition(t)]}},
    ),
    "write in a transaction": lambda db, t: db.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": TABLE, "Item": key(OWN, "tx")}},
            {"Put": {"TableName": TABLE, "Item": key(t, "tx2")}},
        ]
    ),
    "read in a transaction": lambda db, t: db.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": TABLE, "Key": key(OWN)}},
            {"Get": {"TableName": TABLE, "Key": key(t)}},
        ]
    ),
}

ALL = 'SELECT * FROM "gatehouse-data"'
DYNAMODB_NEVER: dict[str, Callable[[Any], object]] = {
    "scan": lambda db: db.scan(TableName=TABLE),
    "scan with a filter for itself": lambda db: db.scan(
        TableName=TABLE,
        FilterExpression="pk = :pk",
        ExpressionAttributeValues={":pk": partition(OWN)},
    ),
    "PartiQL on itself": lambda db: db.execute_statement(
        Statement=f"{ALL} WHERE pk = 'APP#demo#TENANT#{OWN}'"
    ),
    "PartiQL in a batch": lambda db: db.batch_execute_statement(Statements=[{"Statement": ALL}]),
    "PartiQL in a transaction": lambda db: db.execute_transaction(
        TransactStatements=[{"Statement": ALL}]
    ),
    "a batch for itself": lambda db: db.batch_get_item(RequestItems={TABLE: {"Keys": [key(OWN)]}}),
    "a batch for the other": lambda db: db.batch_get_item(
        RequestItems={TABLE: {"Keys": [key(OWN), key(OTHER)]}}
    ),
    "write a batch": lambda db: db.batch_write_item(
        RequestItems={TABLE: [{"PutRequest": {"Item": key(OTHER)}}]}
    ),
    "check a condition": lambda db: db.transact_write_items(
        TransactItems=[
            {
                "ConditionCheck": {
                    "TableName": TABLE,
                    "Key": key(OTHER),
                    "ConditionExpression": "attribute_exists(pk)",
                }
            }
        ]
    ),
    "sessions": lambda db: db.get_item(TableName="gatehouse-sessions", Key=key(OWN)),
    "all sessions": lambda db: db.scan(TableName="gatehouse-sessions"),
    "an index": lambda db: db.query(
        TableName=TABLE,
        IndexName="by-day",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": partition(OWN)},
    ),
    "see the table": lambda db: db.describe_table(TableName=TABLE),
    "list tables": lambda db: db.list_tables(),
    "drop the table": lambda db: db.delete_table(TableName=TABLE),
    "export the table": lambda db: db.export_table_to_point_in_time(
        TableArn=f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}", S3Bucket=BUCKET
    ),
}

LITERAL = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "Resource": f"arn:aws:s3:::{BUCKET}/{prefix(OWN)}*",
        },
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{BUCKET}",
            "Condition": {"StringLike": {"s3:prefix": f"{prefix(OWN)}*"}},
        },
        {
            "Effect": "Allow",
            "Action": [
                f"dynamodb:{name}"
                for name in ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query")
            ],
            "Resource": f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}",
            "Condition": {
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": partition(OWN)["S"]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        },
    ],
}
"""The session policy that goes with the role's."""


@pytest.fixture(scope="module")
def seeded(shared_gateway: Any) -> Any:
    """Give both tenants something to lose."""
    s3 = shared_gateway.client("s3", shared_gateway.admin)
    db = shared_gateway.client("dynamodb", shared_gateway.admin)
    for tenant in (OWN, OTHER):
        s3.put_object(Bucket=BUCKET, Key=prefix(tenant) + "note", Body=tenant.encode())
        db.put_item(TableName=TABLE, Item={**key(tenant), "text": {"S": tenant}})
    return shared_gateway


@pytest.fixture(scope="module", params=["role alone", "role and session policy"])
def granted(request: pytest.FixtureRequest, seeded: Any) -> tuple[Any, Any]:
    """Return S3 and DynamoDB as globex's data grant sees them."""
    policy = LITERAL if request.param == "role and session policy" else None
    grant = seeded.grant("data", "hello", OWN, policy=policy)
    return seeded.client("s3", grant), seeded.client("dynamodb", grant)


def refused(call: Callable[[], object]) -> str:
    """Return the code with which a call is refused."""
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


DENIED = {"AccessDenied", "AccessDeniedException", "403"}


@pytest.mark.parametrize("name", S3_CALLS)
def test_the_other_tenants_objects_are_refused(granted: tuple[Any, Any], name: str) -> None:
    assert refused(lambda: S3_CALLS[name](granted[0], OTHER)) in DENIED


@pytest.mark.parametrize("name", S3_CALLS)
def test_the_own_objects_are_served(granted: tuple[Any, Any], name: str) -> None:
    assert S3_CALLS[name](granted[0], OWN)


@pytest.mark.parametrize("name", S3_NEVER)
def test_nothing_wider_than_the_own_objects_is_served(granted: tuple[Any, Any], name: str) -> None:
    assert refused(lambda: S3_NEVER[name](granted[0])) in {*DENIED, "NotImplemented", "501"}


@pytest.mark.parametrize("name", DYNAMODB_CALLS)
def test_the_other_tenants_items_are_refused(granted: tuple[Any, Any], name: str) -> None:
    assert refused(lambda: DYNAMODB_CALLS[name](granted[1], OTHER)) in DENIED


@pytest.mark.parametrize("name", DYNAMODB_CALLS)
def test_the_own_items_are_served(granted: tuple[Any, Any], name: str) -> None:
    assert DYNAMODB_CALLS[name](granted[1], OWN)


@pytest.mark.parametrize("name", DYNAMODB_NEVER)
def test_nothing_wider_than_the_own_items_is_served(granted: tuple[Any, Any], name: str) -> None:
    assert refused(lambda: DYNAMODB_NEVER[name](granted[1])) in DENIED


def test_a_refused_transaction_writes_nothing(granted: tuple[Any, Any], seeded: Any) -> None:
    name = f"tx-{uuid.uuid4()}"
    refused(
        lambda: granted[1].transact_write_items(
            TransactItems=[
                {"Put": {"TableName": TABLE, "Item": key(OWN, name)}},
                {"Put": {"TableName": TABLE, "Item": key(OTHER, name)}},
            ]
        )
    )

    admin = seeded.client("dynamodb", seeded.admin)
    assert "Item" not in admin.get_item(TableName=TABLE, Key=key(OWN, name))


def test_of_many_deletions_only_the_own_are_done(granted: tuple[Any, Any], seeded: Any) -> None:
    admin = seeded.client("s3", seeded.admin)
    keys = [prefix(OWN) + "doomed", prefix(OTHER) + "doomed"]
    for name in keys:
        admin.put_object(Bucket=BUCKET, Key=name, Body=b"")

    answer = granted[0].delete_objects(
        Bucket=BUCKET, Delete={"Objects": [{"Key": name} for name in keys]}
    )

    assert [entry["Key"] for entry in answer["Deleted"]] == [keys[0]]
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [
        (keys[1], "AccessDenied")
    ]
    left = admin.list_objects_v2(Bucket=BUCKET, Prefix="demo/")["Contents"]
    assert keys[1] in {entry["Key"] for entry in left}
    assert keys[0] not in {entry["Key"] for entry in left}
