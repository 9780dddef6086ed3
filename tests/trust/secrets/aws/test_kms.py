"""Keys that sign in KMS: the local one, behind the local AWS's IAM."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.secret_source import SigningSourceContract, signing_input, verified
from devstack.aws.kms.key import Key, State, generated
from fakes.aws_keepers import REGION, AwsKeepers, key_at, key_made
from fakes.policy_templates import FOLDER
from trust.secrets.kms import KmsSource
from trust.secrets.reference import Reference
from trust.secrets.source import SecretMalformed, SecretOutage, SecretRefused

pytestmark = pytest.mark.usefixtures("aws", "few_rsa_keys")

ALIAS = "alias/gatehouse"


class TestKmsSource(SigningSourceContract):
    @pytest.fixture(params=["ECC_NIST_P256", "RSA_2048"])
    def ours(self, request: pytest.FixtureRequest, aws: AwsKeepers) -> Key:
        return key_made(aws, request.param)

    @pytest.fixture
    def key(self, ours: Key) -> Reference:
        return key_at(ours.arn)

    @pytest.fixture
    def disable(self, ours: Key) -> Callable[[], object]:
        return lambda: setattr(ours, "state", State.DISABLED)


# -- the public key


@pytest.mark.parametrize(
    ("spec", "kind", "algorithm"),
    [("ECC_NIST_P256", "EC", "ES256"), ("RSA_2048", "RSA", "RS256")],
)
async def test_a_key_says_how_it_signs(
    aws: AwsKeepers, signing: KmsSource, spec: str, kind: str, algorithm: str
) -> None:
    key = key_made(aws, spec)

    found = await signing.fetch(key_at(key.arn), None)

    jwk = json.loads(found.value.reveal())
    assert (jwk["kty"], jwk["alg"], jwk["use"]) == (kind, algorithm, "sig")
    assert found.version == key.arn


@pytest.mark.parametrize(
    ("spec", "usage"),
    [
        ("ECC_NIST_P384", "SIGN_VERIFY"),
        ("ECC_SECG_P256K1", "SIGN_VERIFY"),
        ("RSA_2048", "ENCRYPT_DECRYPT"),
    ],
)
async def test_a_key_of_another_kind_is_none_for_us_and_it_is_said_which_is(
    aws: AwsKeepers, signing: KmsSource, spec: str, usage: str
) -> None:
    with pytest.raises(SecretMalformed, match="usage SIGN_VERIFY and the spec ECC_NIST_P256"):
        await signing.fetch(key_at(key_made(aws, spec, usage).arn), None)


@pytest.mark.parametrize("other", ["ECC_NIST_P384", "ECC_SECG_P256K1", "RSA_2048"])
async def test_what_kms_says_of_a_key_must_be_true_of_it(
    aws: AwsKeepers, signing: KmsSource, ours: Key, other: str
) -> None:
    ours.private = key_made(aws, other).private

    with pytest.raises(SecretMalformed, match="without the public key"):
        await signing.fetch(key_at(ours.arn), None)


@pytest.mark.parametrize("missing", ["PublicKey", "KeyId"])
async def test_half_an_answer_is_none(
    aws: AwsKeepers, signing: KmsSource, key: Reference, missing: str
) -> None:
    aws.tampered = lambda body: json.dumps(
        {name: value for name, value in json.loads(body).items() if name != missing}
    ).encode()

    with pytest.raises(SecretMalformed):
        await signing.fetch(key, None)


async def test_bytes_that_are_no_key_are_malformed(
    aws: AwsKeepers, signing: KmsSource, key: Reference
) -> None:
    aws.tampered = lambda body: json.dumps(json.loads(body) | {"PublicKey": "AAAA"}).encode()

    with pytest.raises(SecretMalformed):
        await signing.fetch(key, None)


# -- aliases and regions


async def test_an_alias_stands_for_a_key_whose_arn_is_the_version(
    aws: AwsKeepers, signing: KmsSource, ours: Key
) -> None:
    aws.keys.name(f"{ALIAS}/a", ours, anew=False)

    found = await signing.fetch(key_at(f"{ALIAS}/a"), None)

    assert found.version == ours.arn


async def test_what_is_signed_is_signed_by_the_key_that_was_told_also_after_the_alias_moved(
    aws: AwsKeepers, signing: KmsSource, ours: Key
) -> None:
    place = key_at(f"{ALIAS}/b")
    aws.keys.name(place.path, ours, anew=False)
    found = await signing.fetch(place, None)
    aws.keys.name(place.path, key_made(aws), anew=True)

    signature = await signing.sign(place, found, b"a message")

    assert verified(
        found, signing_input(found), await signing.sign(place, found, signing_input(found))
    )
    assert len(signature) == 64
    assert (await signing.fetch(place, found)).version != found.version


async def test_a_key_elsewhere_is_asked_for_there(
    aws: AwsKeepers, signing: KmsSource, ours: Key
) -> None:
    with pytest.raises(SecretRefused, match="NotFoundException"):
        await signing.fetch(key_at(ours.arn.replace(REGION, "eu-west-1")), None)

    assert aws.regions == {"eu-west-1"}


# -- signing


async def test_our_role_may_read_the_public_key_and_sign_digests_and_nothing_else(
    aws: AwsKeepers, signing: KmsSource, ours: Key, key: Reference
) -> None:
    template = (FOLDER / "bff-signing.json").read_text(encoding="utf-8")
    aws.policy = json.loads(template.replace("@SIGNING_KEY_ARN@", ours.arn))
    found = await signing.fetch(key, None)

    assert await signing.sign(key, found, b"a message")
    other = key_made(aws)
    with pytest.raises(SecretRefused, match="AccessDeniedException"):
        await signing.fetch(key_at(other.arn), None)
    with pytest.raises(SecretRefused, match="AccessDeniedException"):
        await signing.sign(key_at(other.arn), replace(found, version=other.arn), b"a message")


async def test_only_the_digest_leaves(
    aws: AwsKeepers, signing: KmsSource, key: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[bytes, str, str]] = []
    sign = Key.sign

    def noting(self: Key, message: bytes, message_type: str, algorithm: str) -> bytes:
        sent.append((message, message_type, algorithm))
        return sign(self, message, message_type, algorithm)

    monkeypatch.setattr(Key, "sign", noting)
    found = await signing.fetch(key, None)

    await signing.sign(key, found, b"a message that is nobody's business" * 200)

    digest = hashlib.sha256(b"a message that is nobody's business" * 200).digest()
    assert sent == [(digest, "DIGEST", "ECDSA_SHA_256")]


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "RSA_2048"])
async def test_a_signature_by_another_key_does_not_leave(
    aws: AwsKeepers, signing: KmsSource, spec: str
) -> None:
    key = key_made(aws, spec)
    found = await signing.fetch(key_at(key.arn), None)
    key.private = generated(spec)

    with pytest.raises(SecretOutage, match="none by this key"):
        await signing.sign(key_at(key.arn), found, b"a message")


@pytest.mark.parametrize(
    "signature",
    ["AAAA", "", None, "MCYCIQD" + "/" * 43 + "gIBAQ=="],
    ids=["no-der", "empty", "none", "r-too-long"],
)
async def test_what_is_no_signature_does_not_leave(
    aws: AwsKeepers, signing: KmsSource, key: Reference, signature: str | None
) -> None:
    found = await signing.fetch(key, None)
    said = {} if signature is None else {"Signature": signature}
    aws.tampered = lambda _body: json.dumps(said).encode()

    with pytest.raises(SecretOutage, match="none by this key"):
        await signing.sign(key, found, b"a message")


async def test_signatures_are_made_at_the_same_time(
    aws: AwsKeepers, signing: KmsSource, key: Reference
) -> None:
    found = await signing.fetch(key, None)
    message = signing_input(found)

    signatures = await asyncio.gather(*(signing.sign(key, found, message) for _ in range(5)))

    assert all(verified(found, message, signature) for signature in signatures)
    assert aws.calls.count("Sign") == 5
