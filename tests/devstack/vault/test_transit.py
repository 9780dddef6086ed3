"""The transit engine: it signs and encrypts, and its private keys stay where they are."""

import base64
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hvac.exceptions import InvalidPath, InvalidRequest

from fakes.vault import RunningVault
from fakes.vault_client import Client

MESSAGE = b"header.payload"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@pytest.fixture
def transit(running: RunningVault, root: Client) -> Client:
    running.engine("transit")
    return root.secrets.transit


def test_an_es256_signature_verifies_outside(transit: Client) -> None:
    transit.create_key("k", key_type="ecdsa-p256")

    made = transit.sign_data("k", b64(MESSAGE), marshaling_algorithm="jws")["data"]

    prefix, raw = made["signature"].rsplit(":", 1)
    assert (prefix, made["key_version"]) == ("vault:v1", 1)
    halves = base64.urlsafe_b64decode(raw + "==")
    assert len(halves) == 64
    key = load_pem_public_key(public(transit, "k").encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = (int.from_bytes(half, "big") for half in (halves[:32], halves[32:]))
    key.verify(encode_dss_signature(r, s), MESSAGE, ec.ECDSA(hashes.SHA256()))


def public(transit: Client, name: str) -> str:
    read = transit.read_key(name)["data"]
    pem: str = read["keys"][str(read["latest_version"])]["public_key"]
    return pem


@pytest.mark.parametrize(
    ("algorithm", "scheme"),
    [
        ("pkcs1v15", padding.PKCS1v15()),
        ("pss", padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)),
    ],
)
def test_an_rsa_signature_verifies_outside(
    algorithm: str, scheme: padding.AsymmetricPadding, transit: Client
) -> None:
    transit.create_key("k", key_type="rsa-2048")

    made = transit.sign_data("k", b64(MESSAGE), signature_algorithm=algorithm)["data"]

    raw = base64.b64decode(made["signature"].removeprefix("vault:v1:"))
    key = load_pem_public_key(public(transit, "k").encode())
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(raw, MESSAGE, scheme, hashes.SHA256())
    with pytest.raises(InvalidSignature):
        key.verify(raw, b"something else", scheme, hashes.SHA256())


def test_an_rsa_signature_is_pss_unless_asked_otherwise(transit: Client) -> None:
    transit.create_key("k", key_type="rsa-2048")
    raw = transit.sign_data("k", b64(MESSAGE))["data"]["signature"].removeprefix("vault:v1:")
    key = load_pem_public_key(public(transit, "k").encode())
    assert isinstance(key, rsa.RSAPublicKey)

    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(raw), MESSAGE, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("marshaling", ["asn1", "jws"])
@pytest.mark.parametrize("kind", ["ecdsa-p256", "rsa-2048"])
def test_a_signature_is_verified_and_another_text_is_not(
    kind: str, marshaling: str, transit: Client
) -> None:
    transit.create_key("k", key_type=kind)
    how = {"marshaling_algorithm": marshaling}
    made = transit.sign_data("k", b64(MESSAGE), **how)["data"]["signature"]

    def valid(message: bytes, signature: str) -> bool:
        answer = transit.verify_signed_data("k", b64(message), signature=signature, **how)
        is_valid: bool = answer["data"]["valid"]
        return is_valid

    assert valid(MESSAGE, made)
    assert not valid(b"something else", made)
    assert not valid(MESSAGE, "vault:v1:AAAA")


def test_a_digest_is_signed_as_it_is(transit: Client) -> None:
    transit.create_key("k", key_type="ecdsa-p256")
    digest = sha256(MESSAGE).digest()

    made = transit.sign_data("k", b64(digest), prehashed=True)["data"]["signature"]

    checked = transit.verify_signed_data("k", b64(MESSAGE), signature=made)
    assert checked["data"]["valid"] is True
    with pytest.raises(InvalidRequest, match="as long as the digest"):
        transit.sign_data("k", b64(b"short"), prehashed=True)


def test_after_rotation_the_new_version_signs_and_the_old_one_on_demand(transit: Client) -> None:
    transit.create_key("k", key_type="ecdsa-p256")
    first = public(transit, "k")
    transit.rotate_key("k")

    newest = transit.sign_data("k", b64(MESSAGE))["data"]
    older = transit.sign_data("k", b64(MESSAGE), key_version=1)["data"]

    assert (newest["key_version"], older["key_version"]) == (2, 1)
    assert older["signature"].startswith("vault:v1:")
    assert public(transit, "k") != first
    for made in (newest, older):
        checked = transit.verify_signed_data("k", b64(MESSAGE), signature=made["signature"])
        assert checked["data"]["valid"] is True


def test_a_version_below_the_minimum_neither_signs_nor_verifies(transit: Client) -> None:
    transit.create_key("k", key_type="ecdsa-p256")
    old = transit.sign_data("k", b64(MESSAGE))["data"]["signature"]
    transit.rotate_key("k")
    transit.update_key_configuration("k", min_decryption_version=2)

    with pytest.raises(InvalidRequest, match="too old"):
        transit.verify_signed_data("k", b64(MESSAGE), signature=old)
    with pytest.raises(InvalidRequest, match="less than the minimum"):
        transit.sign_data("k", b64(MESSAGE), key_version=1)

    assert list(transit.read_key("k")["data"]["keys"]) == ["2"]


@pytest.mark.parametrize(("version", "text"), [(2, "higher than the latest"), (-1, "negative")])
def test_a_version_that_is_none_does_not_sign(version: int, text: str, transit: Client) -> None:
    transit.create_key("k", key_type="ecdsa-p256")

    with pytest.raises(InvalidRequest, match=text):
        transit.sign_data("k", b64(MESSAGE), key_version=version)


@pytest.mark.parametrize("kind", ["ecdsa-p256", "rsa-2048"])
def test_a_private_key_is_in_no_answer(kind: str, transit: Client) -> None:
    transit.create_key("k", key_type=kind)

    said = str(transit.read_key("k")) + str(transit.rotate_key("k"))

    assert "BEGIN PUBLIC KEY" in said
    assert "PRIVATE" not in said
    with pytest.raises(InvalidRequest, match="not exportable"):
        transit.export_key("k", key_type="signing-key")


def test_an_exportable_key_is_exported_and_stays_exportable(transit: Client) -> None:
    transit.create_key("k", key_type="ecdsa-p256")
    transit.update_key_configuration("k", exportable=True)
    transit.update_key_configuration("k", exportable=False)
    transit.create_key("s", exportable=True)

    assert "PRIVATE" in transit.export_key("k", key_type="signing-key")["data"]["keys"]["1"]
    assert transit.export_key("s", key_type="encryption-key")["data"]["keys"]["1"]
    with pytest.raises(InvalidRequest, match="invalid export type"):
        transit.export_key("k", key_type="hmac-key")


def test_what_was_encrypted_is_decrypted_after_rotation_too(transit: Client) -> None:
    transit.create_key("s")
    first = transit.encrypt_data("s", b64(b"plain"))["data"]["ciphertext"]
    transit.rotate_key("s")

    newer = transit.rewrap_data("s", first)["data"]["ciphertext"]

    assert newer.startswith("vault:v2:")
    for text in (first, newer):
        assert transit.decrypt_data("s", text)["data"]["plaintext"] == b64(b"plain")
    with pytest.raises(InvalidRequest, match="authentication failed"):
        transit.decrypt_data("s", "vault:v2:" + first.removeprefix("vault:v1:"))
    with pytest.raises(InvalidRequest, match="too new"):
        transit.decrypt_data("s", "vault:v3:" + first.removeprefix("vault:v1:"))
    with pytest.raises(InvalidRequest, match="no prefix"):
        transit.decrypt_data("s", "plain")


def test_a_derived_key_opens_by_its_context_only(transit: Client) -> None:
    transit.create_key("s", derived=True)
    sealed = transit.encrypt_data("s", b64(b"plain"), context=b64(b"acme"))["data"]["ciphertext"]

    opened = transit.decrypt_data("s", sealed, context=b64(b"acme"))

    assert opened["data"]["plaintext"] == b64(b"plain")
    with pytest.raises(InvalidRequest, match="authentication failed"):
        transit.decrypt_data("s", sealed, context=b64(b"globex"))
    with pytest.raises(InvalidRequest, match="missing 'context'"):
        transit.decrypt_data("s", sealed)


def test_a_key_is_deleted_only_if_that_was_allowed(transit: Client) -> None:
    transit.create_key("k")
    with pytest.raises(InvalidRequest, match="deletion is not allowed"):
        transit.delete_key("k")
    transit.update_key_configuration("k", deletion_allowed=True)
    assert transit.list_keys()["data"]["keys"] == ["k"]

    transit.delete_key("k")

    with pytest.raises(InvalidPath):
        transit.read_key("k")
    with pytest.raises(InvalidPath):
        transit.list_keys()


def test_a_key_is_not_made_twice(transit: Client) -> None:
    transit.create_key("k", key_type="ecdsa-p256")
    before = public(transit, "k")

    again = transit.create_key("k", key_type="ecdsa-p256")

    assert "already existed" in again["warnings"][0]
    assert public(transit, "k") == before


@pytest.mark.parametrize(
    ("path", "fields", "text"),
    [
        ("keys/new", {"type": "made-up"}, "unknown key type"),
        ("keys/new", {"type": "rsa-2048", "derived": True}, "derivation"),
        ("sign/k", {}, "missing input"),
        ("sign/k", {"input": "!"}, "unable to decode input"),
        ("sign/k/sha9", {"input": ""}, "invalid hash algorithm"),
        ("sign/k", {"input": "", "marshaling_algorithm": "x"}, "invalid marshaling"),
        ("sign/k", {"input": "", "signature_algorithm": "x"}, "unsupported signature"),
        ("sign/none", {"input": ""}, "signing key not found"),
        ("sign/s", {"input": ""}, "does not support signing"),
        ("verify/k", {"input": ""}, "neither a 'signature'"),
        ("verify/k", {"input": "", "signature": "vault:v1:!"}, "invalid base64"),
        ("verify/none", {"input": "", "signature": "x"}, "verification key not found"),
        ("encrypt/k", {"plaintext": ""}, "not supported"),
        ("encrypt/none", {"plaintext": ""}, "encryption key not found"),
        ("keys/k/config", {"min_decryption_version": 5}, "above the latest"),
        ("keys/none/rotate", {}, "key not found"),
    ],
)
def test_a_wrong_request_is_refused(
    path: str, fields: dict[str, object], text: str, transit: Client, root: Client
) -> None:
    transit.create_key("k", key_type="ecdsa-p256")
    transit.create_key("s")

    with pytest.raises(InvalidRequest, match=text):
        root.adapter.post(f"/v1/transit/{path}", json=fields)


def test_the_least_version_to_sign_with_is_not_below_the_least_to_verify_with(
    transit: Client, root: Client
) -> None:
    transit.create_key("k", key_type="ecdsa-p256")
    for _ in range(2):
        transit.rotate_key("k")

    with pytest.raises(InvalidRequest, match="below min decryption"):
        root.adapter.post(
            "/v1/transit/keys/k/config",
            json={"min_decryption_version": 3, "min_encryption_version": 2},
        )
