"""What it means that Secrets Manager did not answer with a secret, and what serves meanwhile."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from contracts.secret_source import VALUE, shown
from devstack.aws.errors import AwsError
from fakes.aws_keepers import REGION, AwsKeepers, secret_named
from fakes.clock import StoppedClock
from fakes.loopback import Reply, serving
from fakes.secrets import TERMS, secrets_of
from trust.clock import SystemClock
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secretsmanager import SecretsManagerSource
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

pytestmark = pytest.mark.usefixtures("aws")

OUTAGES = [
    pytest.param(AwsError("ThrottlingException", 400, VALUE), id="throttled"),
    pytest.param(AwsError("TooManyRequestsException", 429, VALUE), id="too-many"),
    pytest.param(AwsError("LimitExceededException", 400, VALUE), id="limit"),
    pytest.param(AwsError("InternalServiceError", 500, VALUE), id="internal"),
    pytest.param(AwsError("InternalServiceError", 400, VALUE), id="internal-as-400"),
    pytest.param(AwsError("ServiceUnavailable", 503, VALUE), id="unavailable"),
    pytest.param(AwsError("AccessDeniedException", 503, VALUE), id="failing-whatever-it-says"),
    pytest.param(AwsError("InvalidSignatureException", 400, VALUE), id="clock"),
    pytest.param(AwsError("Whatever", 429, VALUE), id="429"),
    pytest.param(AwsError("Whatever", 408, VALUE), id="408"),
    pytest.param(Reply(status=403, body=b"<html>proxy</html>"), id="a-proxys-403"),
    pytest.param(Reply(status=404, body=b""), id="somebody-elses-404"),
    pytest.param(Reply(status=502, body=b"<html>bad gateway</html>"), id="502"),
    pytest.param(Reply(status=302, headers={"Location": "http://localhost:1/"}), id="elsewhere"),
    pytest.param(Reply(body=b"<html>a portal</html>"), id="a-portal"),
]
REFUSALS = [
    "AccessDeniedException",
    "ResourceNotFoundException",
    "InvalidRequestException",
    "InvalidParameterException",
    "DecryptionFailure",
    "SomethingThatAwsInventsLater",
]


@pytest.mark.parametrize("fault", OUTAGES)
async def test_what_passes_is_an_outage(
    aws: AwsKeepers, source: SecretsManagerSource, place: Reference, fault: AwsError | Reply
) -> None:
    aws.fault = fault

    with pytest.raises(SecretOutage) as outage:
        await source.fetch(place, None)

    assert str(outage.value).startswith(f"{place}")
    assert VALUE not in shown(outage.value)


@pytest.mark.parametrize("code", REFUSALS)
async def test_what_somebody_meant_is_a_refusal(
    aws: AwsKeepers, source: SecretsManagerSource, place: Reference, code: str
) -> None:
    aws.fault = AwsError(code, 400, VALUE)

    with pytest.raises(SecretRefused) as refused:
        await source.fetch(place, None)

    assert str(refused.value) == f"{place}: {code}"
    assert VALUE not in shown(refused.value)


async def test_a_keeper_that_is_not_there_is_an_outage(
    aws_environment: pytest.MonkeyPatch,
) -> None:
    with serving(lambda _: Reply()) as url:
        pass
    aws_environment.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", url)

    with pytest.raises(SecretOutage, match="awssm:plain: EndpointConnectionError"):
        await SecretsManagerSource(REGION, SystemClock()).fetch(secret_named("plain"), None)


async def test_a_name_that_aws_does_not_take_is_quoted_nowhere(
    aws: AwsKeepers, source: SecretsManagerSource
) -> None:
    with pytest.raises(SecretUnavailable, match=r"ParamValidationError$"):
        await source.fetch(secret_named(""), None)

    assert aws.calls == []


async def test_it_is_asked_once_not_again_and_again(
    aws: AwsKeepers, source: SecretsManagerSource, place: Reference
) -> None:
    aws.fault = AwsError("ThrottlingException", 400, "slower")

    with pytest.raises(SecretOutage):
        await source.fetch(place, None)

    assert aws.calls == ["GetSecretValue"]


# -- with all that is around it


async def test_forty_who_want_it_at_once_ask_once(
    aws: AwsKeepers, source: SecretsManagerSource, place: Reference, clock: StoppedClock
) -> None:
    secrets = secrets_of({Scheme.SECRETS_MANAGER: source}, clock)

    held = await asyncio.gather(*(secrets.get(place) for _ in range(40)))

    assert {one.value for one in held} == {Secret(VALUE)}
    assert aws.calls == ["GetSecretValue"]


@pytest.mark.parametrize("fault", [OUTAGES[0], OUTAGES[3], OUTAGES[7], OUTAGES[-1]])
async def test_in_an_outage_what_is_known_serves_to_its_bound_and_no_longer(
    aws: AwsKeepers,
    source: SecretsManagerSource,
    place: Reference,
    clock: StoppedClock,
    fault: AwsError | Reply,
) -> None:
    secrets = secrets_of({Scheme.SECRETS_MANAGER: source}, clock)
    await secrets.get(place)
    aws.fault = fault
    clock.advance(TERMS.max_stale_s - 2)
    assert (await secrets.get(place)).value == Secret(VALUE)
    [stale] = secrets.health()
    assert stale.state.value == "stale"

    clock.advance(2)
    with pytest.raises(SecretOutage):
        await secrets.get(place)

    aws.fault = None
    clock.advance(60)
    assert (await secrets.get(place)).value == Secret(VALUE)


@pytest.mark.parametrize("code", REFUSALS[:5])
async def test_a_refusal_ends_it_at_once(
    aws: AwsKeepers,
    source: SecretsManagerSource,
    place: Reference,
    clock: StoppedClock,
    code: str,
) -> None:
    secrets = secrets_of({Scheme.SECRETS_MANAGER: source}, clock)
    await secrets.get(place)
    aws.fault = AwsError(code, 400, "no")
    clock.advance(TERMS.ttl_s)

    with pytest.raises(SecretRefused):
        await secrets.get(place)
    assert secrets.health()[0].state.value == "absent"


async def test_a_deleted_secret_is_gone_at_the_next_look_and_back_when_it_is_restored(
    operator: "SecretsManagerClient",
    source: SecretsManagerSource,
    place: Reference,
    clock: StoppedClock,
) -> None:
    secrets = secrets_of({Scheme.SECRETS_MANAGER: source}, clock)
    await secrets.get(place)
    operator.delete_secret(SecretId=place.path, RecoveryWindowInDays=7)
    clock.advance(TERMS.ttl_s)
    with pytest.raises(SecretRefused, match="InvalidRequestException"):
        await secrets.get(place)

    operator.restore_secret(SecretId=place.path)
    clock.advance(60)

    assert (await secrets.get(place)).value == Secret(VALUE)


async def test_a_right_that_was_taken_away_is_gone_at_the_next_look(
    aws: AwsKeepers, source: SecretsManagerSource, place: Reference, clock: StoppedClock
) -> None:
    secrets = secrets_of({Scheme.SECRETS_MANAGER: source}, clock)
    await secrets.get(place)
    aws.policy = denying("secretsmanager:*")
    clock.advance(TERMS.ttl_s)

    with pytest.raises(SecretRefused, match="AccessDeniedException"):
        await secrets.get(place)


def denying(*words: str) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "Action": list(words), "Resource": "*"},
    }
