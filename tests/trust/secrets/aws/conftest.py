"""Secrets Manager and KMS on loopback, the secret and the key that most tests look at.

The server, its operator's client and our sources are one for all: making a client takes longer
than most tests. Each test heals what it has broken, and makes secrets and keys of its own.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest

from contracts.secret_source import VALUE
from devstack.aws.kms.key import Key, Private, generated
from fakes.aws_keepers import REGION, AwsKeepers, keeping, key_at, key_made, secret_named
from fakes.clock import StoppedClock
from trust.clock import SystemClock
from trust.secrets.kms import KmsSource
from trust.secrets.reference import Reference
from trust.secrets.secretsmanager import SecretsManagerSource

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


@pytest.fixture(scope="session")
def _keepers() -> Iterator[AwsKeepers]:
    with keeping() as keepers:
        yield keepers


@pytest.fixture
def aws(
    _keepers: AwsKeepers, aws_environment: pytest.MonkeyPatch, models_read_once: None
) -> Iterator[AwsKeepers]:
    """Point boto3 at both of them; whatever goes wrong there is over after the test."""
    del models_read_once
    for service in ("SECRETS_MANAGER", "KMS"):
        aws_environment.setenv(f"AWS_ENDPOINT_URL_{service}", _keepers.url)
    yield _keepers
    _keepers.heal()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


# -- Secrets Manager


@pytest.fixture(scope="session")
def operator(
    _keepers: AwsKeepers, _boto3_session: boto3.Session
) -> Iterator["SecretsManagerClient"]:
    """Return boto3's client, by all rights: who makes secrets, and rotates them."""
    client: SecretsManagerClient = _keepers.operator("secretsmanager", _boto3_session)
    yield client
    client.close()


@pytest.fixture
def place(operator: "SecretsManagerClient") -> Reference:
    """Return where VALUE is."""
    name = f"gatehouse/{uuid4()}"
    operator.create_secret(Name=name, SecretString=VALUE)
    return secret_named(name)


@pytest.fixture(scope="session")
def source() -> SecretsManagerSource:
    return SecretsManagerSource(REGION, SystemClock())


# -- KMS


@pytest.fixture(scope="session")
def _rsa_key() -> Private:
    return generated("RSA_2048")


@pytest.fixture
def few_rsa_keys(_rsa_key: Private, monkeypatch: pytest.MonkeyPatch) -> None:
    # A tenth of a second each. Only "another key" has to be another one.
    def known(spec: str) -> Private:
        return _rsa_key if spec == "RSA_2048" else generated(spec)

    monkeypatch.setattr("devstack.aws.kms.keys.generated", known)


@pytest.fixture(scope="session")
def signing() -> KmsSource:
    return KmsSource(REGION, SystemClock())


@pytest.fixture
def ours(aws: AwsKeepers) -> Key:
    """Return the key by which we sign."""
    return key_made(aws)


@pytest.fixture
def key(ours: Key) -> Reference:
    """Return where it is."""
    return key_at(ours.arn)
