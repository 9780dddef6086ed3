"""The local KMS: what IAM is asked, what keys do in which state, and what boto3 gets."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from devstack.aws.errors import AwsError
from devstack.aws.kms.keys import Keys
from devstack.aws.landscape import PLACE
from devstack.aws.runners import SIGNING_KEY_ALIAS, signing_key_arn
from devstack.aws.services.kms import Kms

MESSAGE = b"a message"
DIGEST = hashlib.sha256(MESSAGE).digest()
ES256 = {"MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}


@pytest.fixture
def keys() -> Keys:
    return Keys(PLACE)


@pytest.fixture
def kms(keys: Keys) -> Kms:
    return Kms(keys=keys, place=PLACE)


def asked(kms: Kms, operation: str, **body: object) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [(r.action, r.resource, r.context) for r in kms.requests(operation, body)]


# -- what IAM is asked


@pytest.mark.parametrize(
    "operation",
    ["DescribeKey", "GetPublicKey", "Sign", "DisableKey", "EnableKey", "ScheduleKeyDeletion"],
)
def test_every_operation_on_a_key_has_its_action(kms: Kms, keys: Keys, operation: str) -> None:
    key = keys.create(spec="ECC_NIST_P256", usage="SIGN_VERIFY")

    for named in (key.key_id, key.arn):
        [(action, resource, context)] = asked(kms, operation, KeyId=named, **ES256)
        assert (action, resource) == (f"kms:{operation}", key.arn)
        assert context["kms:KeySpec"] == ("ECC_NIST_P256",)
        assert ("kms:SigningAlgorithm" in context) is (operation == "Sign")


def test_a_signature_says_of_what_kind_it_would_be(kms: Kms, keys: Keys) -> None:
    key = keys.create(spec="ECC_NIST_P256", usage="SIGN_VERIFY")

    [(_, _, told)] = asked(kms, "Sign", KeyId=key.arn, **ES256)
    [(_, _, silent)] = asked(kms, "Sign", KeyId=key.arn, SigningAlgorithm="ECDSA_SHA_256")

    assert told["kms:MessageType"] == ("DIGEST",)
    assert told["kms:SigningAlgorithm"] == ("ECDSA_SHA_256",)
    assert silent["kms:MessageType"] == ("RAW",)


@pytest.mark.parametrize("prefix", ["", PLACE.arn("kms", "")])
def test_an_alias_asks_for_the_key_that_it_stands_for(kms: Kms, keys: Keys, prefix: str) -> None:
    key = keys.create(spec="ECC_NIST_P256", usage="SIGN_VERIFY")
    keys.name("alias/ours", key, anew=False)

    [(_, resource, context)] = asked(kms, "GetPublicKey", KeyId=f"{prefix}alias/ours")

    assert resource == key.arn
    assert context["kms:RequestAlias"] == ("alias/ours",)
    assert context["kms:ResourceAliases"] == ("alias/ours",)


def test_a_new_key_is_no_resource_yet(kms: Kms) -> None:
    [(action, resource, context)] = asked(
        kms, "CreateKey", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"
    )

    assert (action, resource) == ("kms:CreateKey", "*")
    assert context["kms:KeyUsage"] == ("SIGN_VERIFY",)


@pytest.mark.parametrize("operation", ["CreateAlias", "UpdateAlias", "DeleteAlias"])
def test_a_name_needs_permission_for_itself_and_for_its_key(
    kms: Kms, keys: Keys, operation: str
) -> None:
    key = keys.create(spec="ECC_NIST_P256", usage="SIGN_VERIFY")
    keys.name("alias/ours", key, anew=False)

    found = asked(kms, operation, AliasName="alias/ours", TargetKeyId=key.key_id)

    assert [(action, resource) for action, resource, _ in found] == [
        (f"kms:{operation}", PLACE.arn("kms", "alias/ours")),
        (f"kms:{operation}", key.arn),
    ]


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("Decrypt", {"KeyId": "x"}),
        ("Sign", {}),
        ("Sign", {"KeyId": 5}),
        ("Sign", {"KeyId": "alias/none"}),
        ("GetPublicKey", {"KeyId": "none"}),
        ("CreateKey", {}),
    ],
)
def test_what_is_not_understood_is_refused(
    kms: Kms, operation: str, body: dict[str, object]
) -> None:
    with pytest.raises(AwsError):
        asked(kms, operation, **body)


# -- keys


def code_of(attempt: Any) -> str:
    try:
        attempt()
    except AwsError as error:
        return error.code
    except ClientError as error:
        return str(error.response.get("Error", {}).get("Code"))
    return "done"


@pytest.mark.parametrize(
    ("spec", "usage"),
    [("ECC_NIST_P256", "ENCRYPT_DECRYPT"), ("RSA_2048", "WHATEVER"), ("HMAC_256", "SIGN_VERIFY")],
)
def test_not_every_key_can_be_made(keys: Keys, spec: str, usage: str) -> None:
    with pytest.raises(AwsError):
        keys.create(spec=spec, usage=usage)


def test_an_elliptic_key_of_384_bits_signs_by_its_own_hash(keys: Keys) -> None:
    key = keys.create(spec="ECC_NIST_P384", usage="SIGN_VERIFY")
    public = key.private.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)

    signature = key.sign(MESSAGE, "RAW", "ECDSA_SHA_384")

    public.verify(signature, MESSAGE, ec.ECDSA(hashes.SHA384()))


def test_an_rsa_key_signs_in_both_ways(keys: Keys) -> None:
    key = keys.create(spec="RSA_2048", usage="SIGN_VERIFY")
    public = key.private.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)

    for algorithm, pad in (
        ("RSASSA_PKCS1_V1_5_SHA_256", padding.PKCS1v15()),
        ("RSASSA_PSS_SHA_256", pss),
    ):
        public.verify(key.sign(DIGEST, "DIGEST", algorithm), MESSAGE, pad, hashes.SHA256())


@pytest.mark.parametrize(
    ("message", "kind"),
    [(MESSAGE, "DIGEST"), (b"", "RAW"), (bytes(4097), "RAW"), (DIGEST, "EXTERNAL_MU")],
)
def test_a_message_has_to_be_of_the_kind_that_is_said(
    keys: Keys, message: bytes, kind: str
) -> None:
    key = keys.create(spec="ECC_NIST_P256", usage="SIGN_VERIFY")

    assert code_of(lambda: key.sign(message, kind, "ECDSA_SHA_256")) == "ValidationException"


@pytest.mark.parametrize(
    ("spec", "usage", "algorithm"),
    [
        ("ECC_NIST_P256", "SIGN_VERIFY", "RSASSA_PSS_SHA_256"),
        ("RSA_2048", "ENCRYPT_DECRYPT", "RSASSA_PSS_SHA_256"),
    ],
)
def test_a_key_signs_only_as_it_can(keys: Keys, spec: str, usage: str, algorithm: str) -> None:
    key = keys.create(spec=spec, usage=usage)

    assert code_of(lambda: key.sign(DIGEST, "DIGEST", algorithm)) == "InvalidKeyUsageException"


# -- over the wire


def new_key(admin: Any) -> str:
    made = admin.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["Arn"])


def test_a_digest_is_signed_as_it_is(gateway: Any) -> None:
    admin = gateway.client("kms", gateway.admin)
    arn = new_key(admin)
    admin.create_alias(AliasName="alias/first", TargetKeyId=arn)

    public = admin.get_public_key(KeyId="alias/first")
    signed = admin.sign(KeyId="alias/first", Message=DIGEST, **ES256)

    assert (public["KeyId"], signed["KeyId"]) == (arn, arn)
    assert (public["KeySpec"], public["SigningAlgorithms"]) == ("ECC_NIST_P256", ["ECDSA_SHA_256"])
    key = load_der_public_key(public["PublicKey"])
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signed["Signature"], MESSAGE, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(signed["Signature"], DIGEST, ec.ECDSA(hashes.SHA256()))


def test_a_key_that_is_disabled_or_about_to_be_deleted_does_nothing(gateway: Any) -> None:
    admin = gateway.client("kms", gateway.admin)
    arn = new_key(admin)
    admin.disable_key(KeyId=arn)
    assert not admin.describe_key(KeyId=arn)["KeyMetadata"]["Enabled"]
    assert code_of(lambda: admin.sign(KeyId=arn, Message=DIGEST, **ES256)) == "DisabledException"
    assert code_of(lambda: admin.get_public_key(KeyId=arn)) == "DisabledException"
    admin.enable_key(KeyId=arn)
    assert admin.sign(KeyId=arn, Message=DIGEST, **ES256)["Signature"]

    assert code_of(lambda: admin.cancel_key_deletion(KeyId=arn)) == "KMSInvalidStateException"
    admin.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    for refused in (admin.get_public_key, admin.enable_key):
        assert code_of(lambda refused=refused: refused(KeyId=arn)) == "KMSInvalidStateException"
    admin.cancel_key_deletion(KeyId=arn)
    assert code_of(lambda: admin.get_public_key(KeyId=arn)) == "DisabledException"


def test_an_alias_moves_from_key_to_key(gateway: Any) -> None:
    admin = gateway.client("kms", gateway.admin)
    arn, other = new_key(admin), new_key(admin)
    admin.create_alias(AliasName="alias/moving", TargetKeyId=arn)
    assert code_of(lambda: admin.create_alias(AliasName="alias/moving", TargetKeyId=arn)) == (
        "AlreadyExistsException"
    )
    assert code_of(lambda: admin.update_alias(AliasName="alias/no", TargetKeyId=arn)) == (
        "NotFoundException"
    )
    admin.update_alias(AliasName="alias/moving", TargetKeyId=other)
    assert admin.get_public_key(KeyId="alias/moving")["KeyId"] == other
    assert code_of(lambda: admin.create_alias(AliasName="alias/aws/s3", TargetKeyId=arn)) == (
        "ValidationException"
    )
    admin.delete_alias(AliasName="alias/moving")
    assert code_of(lambda: admin.get_public_key(KeyId="alias/moving")) == "NotFoundException"


def test_a_message_has_to_be_base64(gateway: Any) -> None:
    answer = gateway.signed(
        "kms",
        gateway.admin,
        headers={"x-amz-target": "TrentService.Sign", "content-type": "application/x-amz-json-1.1"},
        data=json.dumps({"KeyId": SIGNING_KEY_ALIAS, "Message": "!", **ES256}),
    )

    assert answer.status_code == 400
    assert answer.json()["__type"].endswith("#ValidationException")


@pytest.mark.parametrize("program", ["gatehouse-bff", "gatehouse-json", "gatehouse-stream"])
def test_the_programs_sign_by_their_own_key_and_by_no_other(gateway: Any, program: str) -> None:
    ours = gateway.client("kms", gateway.runner(program))
    other = new_key(gateway.client("kms", gateway.admin))

    for named in (SIGNING_KEY_ALIAS, signing_key_arn(PLACE)):
        assert ours.get_public_key(KeyId=named)["KeyId"] == signing_key_arn(PLACE)
        assert ours.sign(KeyId=named, Message=DIGEST, **ES256)["Signature"]

    raw = {**ES256, "MessageType": "RAW"}
    for refused in (
        lambda: ours.sign(KeyId=SIGNING_KEY_ALIAS, Message=MESSAGE, **raw),
        lambda: ours.sign(KeyId=other, Message=DIGEST, **ES256),
        lambda: ours.get_public_key(KeyId=other),
        lambda: ours.describe_key(KeyId=SIGNING_KEY_ALIAS),
        lambda: ours.disable_key(KeyId=SIGNING_KEY_ALIAS),
        lambda: ours.update_alias(AliasName=SIGNING_KEY_ALIAS, TargetKeyId=other),
        lambda: ours.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY"),
    ):
        assert code_of(refused) == "AccessDeniedException"


def test_the_authorizer_does_not_sign(gateway: Any) -> None:
    authorizer = gateway.client("kms", gateway.runner("gatehouse-authorizer"))

    assert code_of(lambda: authorizer.get_public_key(KeyId=SIGNING_KEY_ALIAS)) == (
        "AccessDeniedException"
    )


def test_what_is_ordered_goes_wrong(gateway: Any) -> None:
    admin = gateway.client("kms", gateway.admin)
    named = {"KeyId": SIGNING_KEY_ALIAS}
    for order, code in (
        ({"status": 400}, "ThrottlingException"),
        ({"status": 500}, "KMSInternalException"),
        ({"status": 400, "code": "DisabledException"}, "DisabledException"),
    ):
        gateway.order(service="kms", operation="GetPublicKey", **order)
        assert code_of(lambda: admin.get_public_key(**named)) == code

    assert admin.get_public_key(**named)["KeyId"] == signing_key_arn(PLACE)
