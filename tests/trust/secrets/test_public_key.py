"""Public keys as JWKs, and signatures as a JWS has them."""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import JWKRegistry

from trust.seal import base64url
from trust.secrets.public_key import KeyUnsuitable, jose_signature, jwk_of, thumbprint, verifies
from trust.secrets.source import Algorithm

DIGEST = hashlib.sha256(b"a message").digest()


def der(key: Any) -> bytes:
    spki: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return spki


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    """RFC 7638 §3.1: other members than the required ones do not count."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJEC"
        "PebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0"
        "fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}

    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_coordinate_keeps_its_leading_zeros() -> None:
    """RFC 7518 §6.2.1.2: as many octets as the curve has, also where the first ones are zero."""
    # Found by trying: the x of this point begins with a zero octet.
    key = next(
        found
        for found in (ec.derive_private_key(n, ec.SECP256R1()) for n in range(1, 2000))
        if found.public_key().public_numbers().x < 1 << 248
    )

    jwk = jwk_of(der(key), Algorithm.ES256)

    assert len(base64url.decode(jwk["x"])) == 32
    assert jwk["kid"] == JWKRegistry.import_key(dict(jwk)).thumbprint()


def test_a_signature_keeps_its_leading_zeros() -> None:
    found = jose_signature(encode_dss_signature(1, 2), Algorithm.ES256)

    assert found == bytes(31) + b"\x01" + bytes(31) + b"\x02"


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(65537, 1024), Algorithm.RS256),  # noqa: S505 that is the point
        (ec.generate_private_key(ec.SECP384R1()), Algorithm.ES256),
        (ec.generate_private_key(ec.SECP256K1()), Algorithm.ES256),
        (ec.generate_private_key(ec.SECP256R1()), Algorithm.RS256),
        (ed25519.Ed25519PrivateKey.generate(), Algorithm.ES256),
    ],
)
def test_a_key_that_the_algorithm_has_no_use_for_is_refused(key: Any, algorithm: Algorithm) -> None:
    with pytest.raises(KeyUnsuitable):
        jwk_of(der(key), algorithm)


def test_a_signature_with_a_zero_put_in_is_none_though_it_holds_the_same_numbers() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = jwk_of(der(key), Algorithm.ES256)
    signature = jose_signature(key.sign(b"a message", ec.ECDSA(SHA256())), Algorithm.ES256)
    assert signature is not None
    assert verifies(jwk, DIGEST, signature)

    assert not verifies(jwk, DIGEST, signature[:32] + b"\0" + signature[32:])


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(63), b"\xff" * 64, b"\xff" * 70])
def test_what_is_no_signature_verifies_nothing(signature: bytes) -> None:
    jwk = jwk_of(der(ec.generate_private_key(ec.SECP256R1())), Algorithm.ES256)

    assert not verifies(jwk, DIGEST, signature)
