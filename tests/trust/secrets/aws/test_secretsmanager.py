"""Secrets in AWS Secrets Manager, by moto behind the local AWS's IAM."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from contracts.secret_source import VALUE, KeeperContract
from devstack.aws.errors import AwsError
from fakes.aws_keepers import AwsKeepers, pending, promoted, rotated, secret_named
from fakes.loopback import Reply
from fakes.policy_templates import FOLDER
from trust.secret import Secret
from trust.secrets.reference import PREVIOUS, Reference
from trust.secrets.secretsmanager import SecretsManagerSource
from trust.secrets.source import SecretMalformed, SecretRefused

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

pytestmark = pytest.mark.usefixtures("aws")


class TestSecretsManagerSource(KeeperContract):
    @pytest.fixture(params=[None, "client"], ids=["whole", "member"])
    def key(self, request: pytest.FixtureRequest) -> str | None:
        key: str | None = request.param
        return key

    @pytest.fixture
    def there(
        self, key: str | None, place: Reference, change: Callable[[str], object]
    ) -> Reference:
        change(VALUE)
        return replace(place, key=key)

    @pytest.fixture
    def missing(self, operator: "SecretsManagerClient") -> Reference:
        del operator
        return secret_named("never-made")

    @pytest.fixture
    def change(
        self, operator: "SecretsManagerClient", place: Reference, key: str | None
    ) -> Callable[[str], object]:
        def put(value: str) -> None:
            text = value if key is None else json.dumps({key: value})
            rotated(operator, place.path, text)

        return put

    @pytest.fixture
    def deny(self, aws: AwsKeepers) -> Callable[[], object]:
        return lambda: setattr(aws, "fault", AwsError("AccessDeniedException", 400, VALUE))

    @pytest.fixture
    def fail(self, aws: AwsKeepers) -> Callable[[], object]:
        return lambda: setattr(aws, "fault", AwsError("InternalServiceError", 500, VALUE))

    @pytest.fixture
    def heal(self, aws: AwsKeepers) -> Callable[[], object]:
        return lambda: setattr(aws, "fault", None)


# -- versions


async def test_a_version_that_is_pending_is_not_read_before_it_is_in_force(
    operator: "SecretsManagerClient", source: SecretsManagerSource, place: Reference
) -> None:
    before = await source.fetch(place, None)
    pending(operator, place.path, "pending")
    assert await source.fetch(place, before) == before

    promoted(operator, place.path)

    after = await source.fetch(place, before)
    assert after.value == Secret("pending")
    assert after.version != before.version


async def test_a_version_is_named_as_aws_names_it(
    operator: "SecretsManagerClient", source: SecretsManagerSource, place: Reference
) -> None:
    known = operator.get_secret_value(SecretId=place.path)

    assert (await source.fetch(place, None)).version == known["VersionId"]


async def test_the_version_before_is_read_by_its_stage(
    operator: "SecretsManagerClient", source: SecretsManagerSource, place: Reference
) -> None:
    first = await source.fetch(place, None)
    with pytest.raises(SecretRefused):
        await source.fetch(replace(place, version=PREVIOUS), None)
    rotated(operator, place.path, "second")

    assert await source.fetch(replace(place, version=PREVIOUS), None) == first


async def test_our_role_may_read_the_version_in_force_and_the_one_before_and_no_other(
    aws: AwsKeepers,
    operator: "SecretsManagerClient",
    source: SecretsManagerSource,
    place: Reference,
) -> None:
    arn = operator.describe_secret(SecretId=place.path)["ARN"]
    template = (FOLDER / "bff-secrets.json").read_text(encoding="utf-8")
    aws.policy = json.loads(template.replace("@SECRET_ARNS@", arn))
    rotated(operator, place.path, "second")
    pending(operator, place.path, "third")

    assert (await source.fetch(place, None)).value == Secret("second")
    assert (await source.fetch(replace(place, version=PREVIOUS), None)).value == Secret(VALUE)
    with pytest.raises(SecretRefused, match="AccessDeniedException"):
        await source.fetch(replace(place, version="AWSPENDING"), None)


async def test_a_secret_of_bytes_is_none_that_could_be_used(
    operator: "SecretsManagerClient", source: SecretsManagerSource
) -> None:
    name = f"gatehouse/{uuid4()}"
    operator.create_secret(Name=name, SecretBinary=VALUE.encode())

    with pytest.raises(SecretMalformed, match="is of bytes"):
        await source.fetch(secret_named(name), None)


@pytest.mark.parametrize(
    "answer",
    [
        {"SecretString": VALUE},
        {"VersionId": "v1"},
        {"SecretString": "", "VersionId": "v1"},
        {"SecretString": VALUE, "VersionId": ""},
    ],
)
async def test_half_an_answer_is_none(
    aws: AwsKeepers, source: SecretsManagerSource, place: Reference, answer: dict[str, str]
) -> None:
    aws.fault = Reply(body=json.dumps(answer).encode())

    with pytest.raises(SecretMalformed):
        await source.fetch(place, None)
