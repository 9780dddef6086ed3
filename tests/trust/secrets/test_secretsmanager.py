"""Secrets in AWS Secrets Manager, by moto."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from contracts.secret_source import VALUE, SecretSourceContract
from fakes.loopback import Reply, serving
from fakes.scripted_aws import answering
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secretsmanager import SecretsManagerSource
from trust.secrets.source import SecretUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

REGION = "us-east-1"


def named(name: str, key: str | None = None) -> Reference:
    return Reference(scheme=Scheme.SECRETS_MANAGER, path=name, key=key)


@pytest.fixture
def keeper(aws: str) -> Iterator["SecretsManagerClient"]:
    del aws
    client = boto3.client("secretsmanager", region_name=REGION)  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service
    created = {"plain": VALUE, "object": json.dumps({"client": VALUE})}
    for name, value in created.items():
        client.create_secret(Name=name, SecretString=value)
    client.create_secret(Name="binary", SecretBinary=VALUE.encode())
    yield client
    for name in [*created, "binary"]:
        client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    client.close()


@pytest.fixture
def source(keeper: "SecretsManagerClient") -> SecretsManagerSource:
    del keeper
    return SecretsManagerSource(REGION)


class TestSecretsManagerSource(SecretSourceContract):
    @pytest.fixture(params=[named("plain"), named("object", "client")], ids=["whole", "member"])
    def there(self, request: pytest.FixtureRequest) -> Reference:
        found: Reference = request.param
        return found

    @pytest.fixture(params=[named("missing"), named("object", "other"), named("plain", "client")])
    def missing(self, request: pytest.FixtureRequest) -> Reference:
        found: Reference = request.param
        return found


async def test_a_rotation_that_moved_the_stage_is_followed(
    keeper: "SecretsManagerClient", source: SecretsManagerSource
) -> None:
    old = keeper.describe_secret(SecretId="plain")["VersionIdsToStages"]
    keeper.put_secret_value(SecretId="plain", SecretString="pending", VersionStages=["AWSPENDING"])
    assert await source.read(named("plain")) == Secret(VALUE)

    stages = keeper.describe_secret(SecretId="plain")["VersionIdsToStages"]
    pending = next(version for version in stages if version not in old)
    keeper.update_secret_version_stage(
        SecretId="plain",
        VersionStage="AWSCURRENT",
        MoveToVersionId=pending,
        RemoveFromVersionId=next(iter(old)),
    )

    assert await source.read(named("plain")) == Secret("pending")


async def test_a_secret_of_bytes_is_unavailable(source: SecretsManagerSource) -> None:
    with pytest.raises(SecretUnavailable):
        await source.read(named("binary"))


async def test_a_keeper_that_is_not_there_is_unavailable(
    aws_environment: pytest.MonkeyPatch, no_backoff: None
) -> None:
    del no_backoff
    with serving(lambda _: Reply()) as url:
        pass
    aws_environment.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", url)

    with pytest.raises(SecretUnavailable, match="awssm:plain: EndpointConnectionError"):
        await SecretsManagerSource(REGION).read(named("plain"))


async def test_a_refusal_is_unavailable_without_aws_own_words(
    aws_environment: pytest.MonkeyPatch,
) -> None:
    denied = json.dumps({"__type": "AccessDeniedException", "Message": "AWS's own words"})
    with answering([Reply(status=400, body=denied.encode())]) as script:
        aws_environment.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", script.url)

        with pytest.raises(SecretUnavailable) as unavailable:
            await SecretsManagerSource(REGION).read(named("plain"))

    assert str(unavailable.value) == "awssm:plain: ClientError"
