"""By whose identity Secrets Manager is asked, in which region, and what is said of it."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from contracts.secret_source import VALUE
from devstack.aws.errors import AwsError
from fakes.aws_keepers import REGION, AwsKeepers, secret_named
from fakes.clock import StoppedClock
from trust.clock import SystemClock
from trust.secret import Secret
from trust.secrets.opening import open_keepers
from trust.secrets.reference import Reference
from trust.secrets.secretsmanager import SecretsManagerSource
from trust.secrets.settings import load_secret_settings
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

pytestmark = pytest.mark.usefixtures("aws")


async def test_an_arn_is_asked_for_in_its_own_region(
    aws: AwsKeepers,
    operator: "SecretsManagerClient",
    source: SecretsManagerSource,
    place: Reference,
) -> None:
    arn = operator.describe_secret(SecretId=place.path)["ARN"]
    await source.fetch(secret_named(arn), None)
    assert aws.regions == {REGION}

    with pytest.raises(SecretRefused):
        await source.fetch(secret_named(arn.replace(REGION, "eu-west-1")), None)

    assert aws.regions == {REGION, "eu-west-1"}


async def test_without_a_region_nothing_is_asked(
    aws: AwsKeepers, aws_environment: pytest.MonkeyPatch, place: Reference
) -> None:
    aws_environment.delenv("AWS_DEFAULT_REGION", raising=False)
    aws_environment.delenv("AWS_REGION", raising=False)

    with pytest.raises(SecretOutage, match="NoRegionError"):
        await SecretsManagerSource(None, SystemClock()).fetch(place, None)

    assert aws.calls == []


async def test_a_process_without_a_region_of_its_own_goes_by_boto3_s(
    aws: AwsKeepers, aws_environment: pytest.MonkeyPatch, clock: StoppedClock, place: Reference
) -> None:
    aws_environment.delenv("AWS_REGION", raising=False)
    aws_environment.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    aws_environment.setattr(boto3, "DEFAULT_SESSION", None)
    keepers = open_keepers(load_secret_settings({}), {}, clock)

    await keepers.secrets.get(place)
    await keepers.close()

    assert aws.regions == {"eu-west-3"}


async def test_not_even_a_debugger_of_boto3_gets_to_see_it(
    source: SecretsManagerSource,
    place: Reference,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    botocore = logging.getLogger("botocore")
    monkeypatch.setattr(botocore, "handlers", [])
    await source.fetch(place, None)
    boto3.set_stream_logger("botocore", logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        await source.fetch(place, None)
    botocore.setLevel(logging.WARNING)

    said = "".join(record.getMessage() for record in caplog.records)
    assert "hooks" in {record.module for record in caplog.records}
    assert VALUE not in said
    assert "made-up" not in said


async def test_a_process_without_an_identity_waits_for_one(
    aws: AwsKeepers, aws_environment: pytest.MonkeyPatch, place: Reference
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        aws_environment.delenv(name)
    aws_environment.setattr(boto3, "DEFAULT_SESSION", None)

    with pytest.raises(SecretOutage, match="NoCredentialsError"):
        await SecretsManagerSource(REGION, SystemClock()).fetch(place, None)

    assert aws.calls == []


# -- an identity that has run out


async def test_credentials_that_ran_out_are_looked_for_anew(
    aws: AwsKeepers,
    aws_environment: pytest.MonkeyPatch,
    place: Reference,
    tmp_path: Path,
) -> None:
    source = SecretsManagerSource(REGION, SystemClock())
    profile = tmp_path / "credentials"
    profile.write_text("[default]\naws_access_key_id=OLD\naws_secret_access_key=x\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        aws_environment.delenv(name)
    aws_environment.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profile))
    aws_environment.setattr(boto3, "DEFAULT_SESSION", None)
    await source.fetch(place, None)
    aws.refused_keys["OLD"] = AwsError("ExpiredTokenException", 400, "over")

    profile.write_text("[default]\naws_access_key_id=NEW\naws_secret_access_key=x\n")

    assert (await source.fetch(place, None)).value == Secret(VALUE)


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("ExpiredTokenException", SecretOutage),
        ("UnrecognizedClientException", SecretRefused),
    ],
)
async def test_they_are_looked_for_once_in_a_while_only(
    aws: AwsKeepers,
    clock: StoppedClock,
    place: Reference,
    code: str,
    raised: type[SecretUnavailable],
) -> None:
    source = SecretsManagerSource(REGION, clock)
    aws.fault = AwsError(code, 400, "over")
    asked: list[int] = []
    for wait_s in (0, 0, 9, 1):
        clock.advance(wait_s)
        aws.calls.clear()
        with pytest.raises(raised):
            await source.fetch(place, None)
        asked.append(len(aws.calls))

    assert asked == [2, 1, 1, 2]
