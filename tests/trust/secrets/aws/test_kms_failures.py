"""What KMS's failures mean for a key that signs, and for whoever has been given a signer."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts.secret_source import VALUE, shown
from devstack.aws.errors import AwsError
from devstack.aws.kms.key import Key, State
from fakes.aws_keepers import AwsKeepers
from fakes.clock import StoppedClock
from fakes.loopback import Reply
from fakes.secrets import TERMS, secrets_of
from trust.secrets.kms import KmsSource
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import Algorithm, SecretOutage, SecretRefused, Signer

OUTAGES = [
    pytest.param(AwsError("ThrottlingException", 400, VALUE), id="throttled"),
    pytest.param(AwsError("KMSInternalException", 500, VALUE), id="internal"),
    pytest.param(AwsError("KMSInternalException", 400, VALUE), id="internal-as-400"),
    pytest.param(AwsError("DependencyTimeoutException", 503, VALUE), id="dependency"),
    pytest.param(AwsError("KeyUnavailableException", 500, VALUE), id="unavailable"),
    pytest.param(AwsError("DependencyTimeoutException", 400, VALUE), id="dependency-as-400"),
    pytest.param(AwsError("KeyUnavailableException", 400, VALUE), id="unavailable-as-400"),
    pytest.param(Reply(status=503, body=b"<html>"), id="gateway"),
]
REFUSALS = [
    "AccessDeniedException",
    "NotFoundException",
    "DisabledException",
    "KMSInvalidStateException",
    "InvalidKeyUsageException",
]


@pytest.mark.parametrize("fault", OUTAGES)
async def test_what_passes_is_an_outage(
    aws: AwsKeepers, signing: KmsSource, key: Reference, fault: AwsError | Reply
) -> None:
    found = await signing.fetch(key, None)
    aws.fault = fault

    for attempt in (signing.fetch(key, found), signing.sign(key, found, b"a message")):
        with pytest.raises(SecretOutage) as outage:
            await attempt
        assert VALUE not in shown(outage.value)


@pytest.mark.parametrize("code", REFUSALS)
async def test_what_somebody_meant_is_a_refusal(
    aws: AwsKeepers, signing: KmsSource, key: Reference, code: str
) -> None:
    found = await signing.fetch(key, None)
    aws.fault = AwsError(code, 400, VALUE)

    for attempt in (signing.fetch(key, found), signing.sign(key, found, b"a message")):
        with pytest.raises(SecretRefused, match=code) as refused:
            await attempt
        assert VALUE not in shown(refused.value)


# -- with all that is around it


@pytest.fixture
def signer(signing: KmsSource, key: Reference, clock: StoppedClock) -> Callable[[], Any]:
    secrets = secrets_of({}, clock, {Scheme.KMS: signing})

    async def opened() -> Signer:
        return await secrets.signer(key)

    return opened


async def test_a_signer_knows_its_key_and_signs(
    ours: Key, aws: AwsKeepers, signer: Callable[[], Any]
) -> None:
    opened: Signer = await signer()

    assert opened.algorithm is Algorithm.ES256
    assert opened.key_id == opened.public_jwk["kid"]
    assert len(await opened.sign(b"a message")) == 64
    assert aws.calls == ["GetPublicKey", "Sign"]
    assert ours.arn not in json.dumps(dict(opened.public_jwk))


async def test_a_key_that_was_disabled_signs_no_more_from_the_next_use_on(
    ours: Key, clock: StoppedClock, signer: Callable[[], Any]
) -> None:
    opened: Signer = await signer()
    ours.state = State.DISABLED
    with pytest.raises(SecretRefused, match="DisabledException"):
        await opened.sign(b"a message")
    with pytest.raises(SecretRefused):
        _ = opened.public_jwk

    ours.state = State.ENABLED
    clock.advance(60)

    assert len(await opened.sign(b"a message")) == 64


async def test_a_key_that_waits_for_its_deletion_signs_no_more(
    ours: Key, signer: Callable[[], Any]
) -> None:
    opened: Signer = await signer()
    ours.state = State.PENDING_DELETION

    with pytest.raises(SecretRefused, match="KMSInvalidStateException"):
        await opened.sign(b"a message")


async def test_in_an_outage_the_public_key_is_known_to_its_bound(
    aws: AwsKeepers, clock: StoppedClock, signer: Callable[[], Any]
) -> None:
    opened: Signer = await signer()
    aws.fault = AwsError("KMSInternalException", 500, "ours")
    with pytest.raises(SecretOutage):
        await opened.sign(b"a message")
    clock.advance(TERMS.max_stale_s - 2)
    assert opened.key_id

    clock.advance(2)

    with pytest.raises(SecretOutage):
        _ = opened.key_id
