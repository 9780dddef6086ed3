"""Public keys as JWKs, and signatures as a JWS has them, from what keepers of keys answer."""

import hashlib
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import load_der_public_key

from trust.seal import base64url
from trust.secrets.source import Algorithm

_COORDINATE_BYTES = 32
_LEAST_RSA_BITS = 2048
"""RFC 7518 §3.3."""

_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}
"""What makes a key this key, in the order of the alphabet (RFC 7638 §3.2, §3.3)."""

_SHA256 = Prehashed(hashes.SHA256())


class KeyUnsuitable(ValueError):
    """The bytes are no public key for the algorithm."""


def jwk_of(der: bytes, algorithm: Algorithm) -> dict[str, str]:
    """Return a SubjectPublicKeyInfo as JWK (RFC 7517 §4). Raises KeyUnsuitable."""
    try:
        key = load_der_public_key(der)
    except (ValueError, TypeError) as error:
        raise KeyUnsuitable("no public key") from error
    if algorithm is Algorithm.ES256 and isinstance(key, ec.EllipticCurvePublicKey):
        members = _ec_members(key)
    elif algorithm is Algorithm.RS256 and isinstance(key, rsa.RSAPublicKey):
        members = _rsa_members(key)
    else:
        raise KeyUnsuitable("a key of another kind")
    return {**members, "kid": thumbprint(members), "alg": algorithm.value, "use": "sig"}


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the key's name: a hash of what makes it this key (RFC 7638 §3)."""
    required = {name: jwk[name] for name in _REQUIRED[jwk["kty"]]}
    text = json.dumps(required, separators=(",", ":"))
    return base64url.encode(hashlib.sha256(text.encode()).digest())


def jose_signature(der: object, algorithm: Algorithm) -> bytes | None:
    """Return a signature as a JWS has it; None if it is none. ECDSA comes as DER (RFC 3279)."""
    if not isinstance(der, bytes):
        return None
    if algorithm is Algorithm.RS256:
        return der
    try:
        return es256_signature(der)
    except (ValueError, OverflowError):
        return None


def es256_signature(der: bytes) -> bytes:
    """Return r and s of a signature on P-256, 32 bytes each (RFC 7518 §3.4).

    Raises ValueError for what is no DER, OverflowError for numbers of a larger curve.
    """
    return b"".join(part.to_bytes(_COORDINATE_BYTES, "big") for part in decode_dss_signature(der))


def verifies(jwk: Mapping[str, str], digest: bytes, signature: bytes) -> bool:
    """Tell whether a signature, as a JWS has it, is that of a SHA-256 digest by this key."""
    try:
        if jwk["kty"] == "EC" and len(signature) != 2 * _COORDINATE_BYTES:
            # A longer one could hold the same numbers, and is no JWS signature (RFC 7518 §3.4).
            return False
        if jwk["kty"] == "RSA":
            _rsa_key(jwk).verify(signature, digest, padding.PKCS1v15(), _SHA256)
        else:
            r, s = signature[:_COORDINATE_BYTES], signature[_COORDINATE_BYTES:]
            der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
            _ec_key(jwk).verify(der, digest, ec.ECDSA(_SHA256))
    except InvalidSignature:
        return False
    return True


def _ec_members(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    if not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnsuitable("a curve that is not P-256")
    numbers = key.public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": base64url.encode(numbers.x.to_bytes(_COORDINATE_BYTES, "big")),
        "y": base64url.encode(numbers.y.to_bytes(_COORDINATE_BYTES, "big")),
    }


def _rsa_members(key: rsa.RSAPublicKey) -> dict[str, str]:
    if key.key_size < _LEAST_RSA_BITS:
        raise KeyUnsuitable("an RSA key of less than 2048 bits")
    numbers = key.public_numbers()
    return {"kty": "RSA", "n": _uint(numbers.n), "e": _uint(numbers.e)}


def _ec_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicNumbers(
        _number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1()
    ).public_key()


def _rsa_key(jwk: Mapping[str, str]) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()


def _uint(number: int) -> str:
    # RFC 7518 §2, Base64urlUInt: without leading zero octets.
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _number(text: str) -> int:
    return int.from_bytes(base64url.decode(text), "big")
