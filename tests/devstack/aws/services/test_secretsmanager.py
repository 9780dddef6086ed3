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


def test_a_rotation_is_read_as_it_goes(gateway: Any) -> None:
    admin = gateway.client("secretsmanager", gateway.admin)
    ours = gateway.client("secretsmanager", gateway.runner("gatehouse-json"))
    name = "gatehouse/client-secret"

    def read(stage: str) -> str:
        value: str = ours.get_secret_value(SecretId=name, VersionStage=stage)["SecretString"]
        return value

    first = admin.put_secret_value(SecretId=name, SecretString="first")["VersionId"]
    put = admin.put_secret_value(SecretId=name, SecretString="second", VersionStages=["AWSPENDING"])
    assert read("AWSCURRENT") == "first"

    admin.update_secret_version_stage(
        SecretId=name,
        VersionStage="AWSCURRENT",
        MoveToVersionId=put["VersionId"],
        RemoveFromVersionId=first,
    )

    assert (read("AWSCURRENT"), read("AWSPREVIOUS")) == ("second", "first")
    refusals: tuple[Callable[[], object], ...] = (
        lambda: read("AWSPENDING"),
        lambda: ours.get_secret_value(SecretId=name),
        lambda: ours.get_secret_value(SecretId=name, VersionId=first),
        lambda: ours.update_secret_version_stage(SecretId=name, VersionStage="AWSCURRENT"),
        lambda: ours.delete_secret(SecretId=name),
    )
    for refused in refusals:
        with pytest.raises(ClientError) as error:
            refused()
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_deleted_secret_is_not_read_until_it_is_restored(gateway: Any) -> None:
    admin = gateway.client("secretsmanager", gateway.admin)
    admin.create_secret(Name="gatehouse/doomed", SecretString="x")
    admin.delete_secret(SecretId="gatehouse/doomed", RecoveryWindowInDays=7)

    with pytest.raises(ClientError) as error:
        admin.get_secret_value(SecretId="gatehouse/doomed", VersionStage="AWSCURRENT")
    assert error.value.response["Error"]["Code"] == "InvalidRequestException"
    admin.restore_secret(SecretId="gatehouse/doomed")

    assert admin.get_secret_value(SecretId="gatehouse/doomed")["SecretString"] == "x"


def test_what_is_ordered_goes_wrong(gateway: Any) -> None:
    admin = gateway.client("secretsmanager", gateway.admin)
    admin.create_secret(Name="gatehouse/unlucky", SecretString="x")
    for order, code in (
        ({"status": 400}, "ThrottlingException"),
        ({"status": 500}, "InternalServiceError"),
        ({"status": 400, "code": "DecryptionFailure"}, "DecryptionFailure"),
    ):
        gateway.order(service="secretsmanager", operation="GetSecretValue", **order)
        with pytest.raises(ClientError) as error:
            admin.get_secret_value(SecretId="gatehouse/unlucky")
        assert error.value.response["Error"]["Code"] == code
