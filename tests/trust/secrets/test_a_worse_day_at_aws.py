"""AWS on a bad day: stages go back and forth, keys come and go, answers tell all."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from attacks.indiscreet import ANSWERS, CANARIES, EVERYTHING
from attacks.telling import Telling
from devstack.aws.errors import AwsError
from devstack.aws.kms.key import State
from fakes.aws_keepers import (
    AwsKeepers,
    keeping,
    key_at,
    key_made,
    pending,
    promoted,
    rotated,
    secret_named,
)
from fakes.clock import StoppedClock
from fakes.loopback import Reply, serving
from fakes.proxy.canary import Canary, listening
from fakes.secrets import secrets_of
from trust.clock import SystemClock
from trust.secret import Secret
from trust.secrets.kms import KmsSource
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.secretsmanager import SecretsManagerSource
from trust.secrets.source import Fetched, SecretOutage, SecretRefused, SecretUnavailable

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

REGION = "us-east-1"
LOOK_S = 301
"""After so long everything is looked at again."""


@pytest.fixture(scope="module")
def _running() -> Iterator[AwsKeepers]:
    with keeping() as keepers:
        yield keepers


@pytest.fixture
def keepers(
    _running: AwsKeepers, aws_environment: pytest.MonkeyPatch, models_read_once: None
) -> Iterator[AwsKeepers]:
    """Point boto3 at Secrets Manager and KMS."""
    del models_read_once
    for service in ("SECRETS_MANAGER", "KMS"):
        aws_environment.setenv(f"AWS_ENDPOINT_URL_{service}", _running.url)
    yield _running
    _running.heal()


@pytest.fixture
def operator(keepers: AwsKeepers, _boto3_session: "boto3.Session") -> "SecretsManagerClient":
    """Return a client of whoever may do everything."""
    client: SecretsManagerClient = keepers.operator("secretsmanager", _boto3_session)
    return client


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def secrets(keepers: AwsKeepers, clock: StoppedClock) -> Secrets:
    """Return all secrets of a process."""
    del keepers
    manager, kms = SecretsManagerSource(REGION, clock), KmsSource(REGION, clock)
    return secrets_of({Scheme.SECRETS_MANAGER: manager}, clock, {Scheme.KMS: kms})


async def test_a_stage_that_moves_forth_and_back_is_followed_and_the_pending_one_never_served(
    secrets: Secrets, operator: "SecretsManagerClient", clock: StoppedClock
) -> None:
    place = secret_named(f"worse/{uuid4()}")
    operator.create_secret(Name=place.path, SecretString="one")

    async def now() -> str:
        clock.advance(LOOK_S)
        return (await secrets.get(place)).value.reveal()

    async def both() -> list[str]:
        clock.advance(LOOK_S)
        await secrets.tend()
        return keyring.current

    keyring = await secrets.keyring(place, lambda found: [one.reveal() for one in found])
    assert await both() == ["one"], "there is no AWSPREVIOUS yet"
    pending(operator, place.path, "two")
    assert await now() == "one"
    assert await both() == ["one"]
    promoted(operator, place.path)
    assert await now() == "two"
    assert await both() == ["two", "one"]
    stages = operator.describe_secret(SecretId=place.path)["VersionIdsToStages"]
    by_stage = {stage: version for version, has in stages.items() for stage in has}
    operator.update_secret_version_stage(
        SecretId=place.path,
        VersionStage="AWSCURRENT",
        MoveToVersionId=by_stage["AWSPREVIOUS"],
        RemoveFromVersionId=by_stage["AWSCURRENT"],
    )
    assert await now() == "one"
    assert await both() == ["one", "two"]


async def test_a_secret_that_is_deleted_ends_at_the_next_look_and_restored_is_there_again(
    secrets: Secrets, operator: "SecretsManagerClient", clock: StoppedClock
) -> None:
    place = secret_named(f"worse/{uuid4()}")
    operator.create_secret(Name=place.path, SecretString="one")
    await secrets.get(place)
    operator.delete_secret(SecretId=place.path)
    clock.advance(LOOK_S)
    with pytest.raises(SecretRefused):
        await secrets.get(place)

    operator.restore_secret(SecretId=place.path)
    clock.advance(2)
    assert (await secrets.get(place)).value.reveal() == "one"


async def test_bytes_in_the_place_of_a_text_let_the_text_serve_to_its_bound(
    secrets: Secrets, operator: "SecretsManagerClient", clock: StoppedClock
) -> None:
    place = secret_named(f"worse/{uuid4()}")
    operator.create_secret(Name=place.path, SecretString="one")
    await secrets.get(place)
    operator.put_secret_value(SecretId=place.path, SecretBinary=b"two")
    clock.advance(LOOK_S)
    assert (await secrets.get(place)).value.reveal() == "one"

    clock.advance(900)
    with pytest.raises(SecretOutage):
        await secrets.get(place)


async def test_a_rotation_in_the_middle_of_throttling_is_seen_after_it(
    secrets: Secrets, operator: "SecretsManagerClient", clock: StoppedClock, keepers: AwsKeepers
) -> None:
    place = secret_named(f"worse/{uuid4()}")
    operator.create_secret(Name=place.path, SecretString="one")
    first = await secrets.get(place)
    keepers.fault = AwsError("ThrottlingException", 400, "Rate exceeded")
    rotated(operator, place.path, "two")
    for _ in range(60):
        clock.advance(10)
        assert (await secrets.newer(place, first.version)).value.reveal() == "one"
    keepers.fault = None
    # Ten minutes, a pause of a minute at most: asked a dozen times, not sixty.
    assert len(keepers.calls) <= 16

    clock.advance(60)
    assert (await secrets.newer(place, first.version)).value.reveal() == "two"


async def test_a_key_that_comes_and_goes_signs_only_while_it_is_there(
    secrets: Secrets, keepers: AwsKeepers, clock: StoppedClock
) -> None:
    key = key_made(keepers)
    signer = await secrets.signer(key_at(key.arn))
    for state in (State.DISABLED, State.PENDING_DELETION):
        assert await signer.sign(b"one")
        key.state = state
        for _ in range(5):
            with pytest.raises(SecretRefused):
                await signer.sign(b"two")
        clock.advance(61)
        with pytest.raises(SecretUnavailable):
            await secrets.signer(key_at(key.arn))
        key.state = State.ENABLED
        clock.advance(61)
        signer = await secrets.signer(key_at(key.arn))
    assert await signer.sign(b"three")


async def test_an_alias_that_is_moved_to_a_key_of_another_kind_signs_by_the_key_before(
    secrets: Secrets, keepers: AwsKeepers, clock: StoppedClock
) -> None:
    alias = f"alias/{uuid4()}"
    first, other = key_made(keepers), key_made(keepers, "ECC_NIST_P384")
    keepers.keys.name(alias, first, anew=False)
    signer = await secrets.signer(key_at(alias))
    known = signer.key_id
    keepers.keys.name(alias, other, anew=True)
    clock.advance(LOOK_S)
    await secrets.tend()

    assert await signer.sign(b"one")
    assert signer.key_id == known
    clock.advance(901)
    with pytest.raises(SecretUnavailable):
        await secrets.signer(key_at(alias))


def _cut(body: bytes) -> bytes:
    said = json.loads(body)
    if "Signature" in said:
        said["Signature"] = said["Signature"][:-8]
    return json.dumps(said).encode()


def _of_another(body: bytes) -> bytes:
    said = json.loads(body)
    if "Signature" in said:
        said["Signature"] = "MEUCIQDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIgAAAAAAAAAAAAAAAA"
    return json.dumps(said).encode()


def _a_number(body: bytes) -> bytes:
    said = json.loads(body)
    return json.dumps({**said, "Signature": 7} if "Signature" in said else said).encode()


@pytest.mark.parametrize("tampered", [_cut, _of_another, _a_number])
async def test_a_signature_that_is_none_is_not_handed_on(
    secrets: Secrets, keepers: AwsKeepers, tampered: Callable[[bytes], bytes]
) -> None:
    signer = await secrets.signer(key_at(key_made(keepers).arn))
    keepers.tampered = tampered

    with pytest.raises(SecretOutage):
        await signer.sign(b"one")


SECRET = secret_named("demo")
KEY = key_at("alias/demo")
REPLIES = {
    **ANSWERS,
    "denied": Reply(
        status=400,
        body=json.dumps({"__type": "AccessDeniedException", "Message": EVERYTHING}).encode(),
    ),
    "no version": Reply(body=json.dumps({"SecretString": EVERYTHING}).encode()),
    "bytes": Reply(body=json.dumps({"SecretBinary": "YQ==", "Name": EVERYTHING}).encode()),
    "no base64": Reply(body=json.dumps({"Signature": f"!{EVERYTHING}"}).encode()),
}


@dataclass(slots=True, kw_only=True)
class Aws:
    """An AWS that says everything in all answers."""

    canary: Canary
    reply: Reply = field(default_factory=Reply)


@pytest.fixture
def aws(aws_environment: pytest.MonkeyPatch, models_read_once: None) -> Iterator[Aws]:
    del models_read_once
    with listening() as canary:
        running = Aws(canary=canary)
        with serving(lambda _: running.reply) as url:
            aws_environment.setenv("AWS_ENDPOINT_URL", url)
            yield running


async def test_an_aws_that_tells_secrets_is_not_repeated(aws: Aws) -> None:
    manager, kms = SecretsManagerSource(REGION, SystemClock()), KmsSource(REGION, SystemClock())
    for name, aws.reply in REPLIES.items():
        secrets = secrets_of({Scheme.SECRETS_MANAGER: manager}, StoppedClock(), {Scheme.KMS: kms})
        for ask in (partial(secrets.get, SECRET), partial(secrets.signer, KEY)):
            assert await _told(ask, aws) == [], name


async def test_a_signature_that_fails_tells_nothing_of_what_aws_said(aws: Aws) -> None:
    """Its error goes to whoever wanted the signature as it is: no look stands between."""
    kms = KmsSource(REGION, SystemClock())
    jwk = {"alg": "ES256", "kty": "EC", "kid": "one", "x": "", "y": ""}
    key = Fetched(value=Secret(json.dumps(jwk)), version="arn")
    for name, aws.reply in REPLIES.items():
        signed = _Signed(kms, key)
        secrets = secrets_of({}, StoppedClock(), {Scheme.KMS: signed})
        signer = await secrets.signer(KEY)

        assert await _told(partial(signer.sign, b"header.payload"), aws) == [], name


class _Signed:
    """A key whose public half is known."""

    def __init__(self, kms: KmsSource, key: Fetched) -> None:
        self._kms = kms
        self._key = key

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the public half."""
        del place, known
        return self._key

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign in KMS."""
        return await self._kms.sign(place, key, message)


async def _told(ask: Callable[[], Any], aws: Aws) -> list[str]:
    telling = Telling()
    with pytest.raises(SecretUnavailable) as raised:
        await ask()
    telling.error("failure", raised.value)
    telling.lines(aws.canary.lines)
    return telling.places_of(CANARIES)
