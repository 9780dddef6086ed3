"""Secrets Manager: what IAM is asked, and what boto3 gets."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devstack.aws.errors import AwsError
from devstack.aws.place import Place
from devstack.aws.services.secretsmanager import requests

PLACE = Place(account="123456789012", region="us-east-1")
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
KNOWN = {"app/key": f"{SECRET}app/key-AbCdEf", f"{SECRET}app/key": f"{SECRET}app/key-AbCdEf"}


def asked(operation: str, **body: Any) -> list[tuple[str, str]]:
    return [(r.action, r.resource) for r in requests(operation, body, PLACE, KNOWN.get)]


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("GetSecretValue", {"SecretId": "app/key"}, f"{SECRET}app/key-AbCdEf"),
        ("GetSecretValue", {"SecretId": f"{SECRET}app/key"}, f"{SECRET}app/key-AbCdEf"),
        ("GetSecretValue", {"SecretId": "unknown"}, f"{SECRET}unknown"),
        ("GetSecretValue", {"SecretId": f"{SECRET}gone-123456"}, f"{SECRET}gone-123456"),
        ("PutSecretValue", {"SecretId": "app/key"}, f"{SECRET}app/key-AbCdEf"),
        ("DeleteSecret", {"SecretId": "app/key"}, f"{SECRET}app/key-AbCdEf"),
        ("CreateSecret", {"Name": "new"}, f"{SECRET}new-000000"),
        ("ListSecrets", {}, "*"),
    ],
)
def test_every_operation_has_its_action(
    operation: str, body: dict[str, Any], expected: str
) -> None:
    assert asked(operation, **body) == [(f"secretsmanager:{operation}", expected)]


def test_a_batch_reads_each_of_its_secrets() -> None:
    assert asked("BatchGetSecretValue", SecretIdList=["app/key", "other"]) == [
        ("secretsmanager:BatchGetSecretValue", "*"),
        ("secretsmanager:GetSecretValue", f"{SECRET}app/key-AbCdEf"),
        ("secretsmanager:GetSecretValue", f"{SECRET}other"),
    ]


def test_a_new_secret_with_tags_is_tagged() -> None:
    assert [action for action, _ in asked("CreateSecret", Name="new", Tags=[{}])] == [
        "secretsmanager:CreateSecret",
        "secretsmanager:TagResource",
    ]


def test_the_version_is_told() -> None:
    body = {"SecretId": "app/key", "VersionStage": "AWSPENDING", "VersionId": "v1"}

    [request] = requests("GetSecretValue", body, PLACE, KNOWN.get)

    assert request.context == {
        "secretsmanager:SecretId": (f"{SECRET}app/key-AbCdEf",),
        "secretsmanager:VersionStage": ("AWSPENDING",),
        "secretsmanager:VersionId": ("v1",),
    }


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("Teleport", {}),
        ("GetSecretValue", {}),
        ("GetSecretValue", {"SecretId": 7}),
        ("BatchGetSecretValue", {"Filters": [{"Key": "all"}]}),
    ],
)
def test_what_is_not_understood_is_refused(operation: str, body: dict[str, Any]) -> None:
    with pytest.raises(AwsError):
        asked(operation, **body)


def test_a_reader_reads_its_secret_and_nothing_else(shared_gateway: Any) -> None:
    admin = shared_gateway.client("secretsmanager", shared_gateway.admin)
    reader = shared_gateway.client("secretsmanager", shared_gateway.keys["reader"])
    for name in ("gatehouse/session", "gatehouse/session-other", "gatehouse/other"):
        admin.create_secret(Name=name, SecretString=name)

    arn = admin.describe_secret(SecretId="gatehouse/session")["ARN"]
    for secret in ("gatehouse/session", arn):
        read = reader.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")
        assert read["SecretString"] == "gatehouse/session"

    refusals: tuple[Callable[[], object], ...] = (
        lambda: reader.get_secret_value(SecretId="gatehouse/other"),
        lambda: reader.get_secret_value(SecretId="gatehouse/session-other"),
        lambda: reader.get_secret_value(SecretId="gatehouse/never-made"),
        lambda: reader.describe_secret(SecretId="gatehouse/session"),
        lambda: reader.put_secret_value(SecretId="gatehouse/session", SecretString="x"),
        lambda: reader.batch_get_secret_value(SecretIdList=["gatehouse/session"]),
        reader.list_secrets,
    )
    for refused in refusals:
        with pytest.raises(ClientError) as error:
            refused()
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
