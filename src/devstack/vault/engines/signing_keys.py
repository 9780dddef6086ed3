"""Key pairs of the transit engine: made once in a process, since making RSA keys is slow."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from devstack.vault.errors import bad

KeyPair = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Marshaling = Literal["asn1", "jws"]
Padding = Literal["pss", "pkcs1v15"]

HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha2-256": hashes.SHA256,
    "sha2-384": hashes.SHA384,
    "sha2-512": hashes.SHA512,
}
_P256_BYTES = 32
_RSA_BITS = {"rsa-2048": 2048, "rsa-3072": 3072, "rsa-4096": 4096}
SIGNING_TYPES = frozenset({*_RSA_BITS, "ecdsa-p256"})


@cache
def _made(kind: str, number: int) -> KeyPair:
    del number
    if kind in _RSA_BITS:
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS[kind])
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(slots=True)
class KeyPairs:
    """Hands out key pairs, each once; the next Vault of this process gets the same ones."""

    _drawn: dict[str, int] = field(default_factory=dict[str, int])

    def draw(self, kind: str) -> KeyPair:
        """Return a key pair that nobody in this Vault has."""
        number = self._drawn.get(kind, 0)
        self._drawn[kind] = number + 1
        return _made(kind, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a signature is made and written."""

    digest: str = "sha2-256"
    prehashed: bool = False
    padding: Padding = "pss"
    marshaling: Marshaling = "asn1"


def public_pem(pair: KeyPair) -> str:
    """Return the public half as PEM."""
    public = pair.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed(pair: KeyPair, message: bytes, manner: Manner) -> str:
    """Return a signature as it stands behind `vault:v1:`. Raises VaultError."""
    if isinstance(pair, rsa.RSAPrivateKey):
        raw = pair.sign(message, _padding(manner), _hash(manner, message))
    else:
        raw = pair.sign(message, ec.ECDSA(_hash(manner, message)))
        if manner.marshaling == "jws":
            halves = decode_dss_signature(raw)
            raw = b"".join(half.to_bytes(_P256_BYTES, "big") for half in halves)
    if manner.marshaling == "jws":
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return base64.b64encode(raw).decode()


def is_signed(pair: KeyPair, message: bytes, text: str, manner: Manner) -> bool:
    """Whether a signature, as it stands behind `vault:v1:`, is one. Raises VaultError."""
    raw = _decoded(text, manner.marshaling)
    try:
        if isinstance(pair, rsa.RSAPrivateKey):
            digest = _hash(manner, message)
            pair.public_key().verify(raw, message, _padding(manner), digest)
        else:
            if manner.marshaling == "jws":
                raw = _as_asn1(raw)
            pair.public_key().verify(raw, message, ec.ECDSA(_hash(manner, message)))
    except InvalidSignature:
        return False
    return True


def _decoded(text: str, marshaling: Marshaling) -> bytes:
    try:
        if marshaling == "jws":
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise bad("invalid base64 signature value") from None


def _as_asn1(raw: bytes) -> bytes:
    if len(raw) != 2 * _P256_BYTES:
        raise InvalidSignature
    halves = (raw[:_P256_BYTES], raw[_P256_BYTES:])
    first, second = (int.from_bytes(half, "big") for half in halves)
    return encode_dss_signature(first, second)


def _padding(manner: Manner) -> padding.AsymmetricPadding:
    if manner.padding == "pkcs1v15":
        return padding.PKCS1v15()
    salt_length = padding.PSS.MAX_LENGTH
    return padding.PSS(mgf=padding.MGF1(HASHES[manner.digest]()), salt_length=salt_length)


def _hash(manner: Manner, message: bytes) -> hashes.HashAlgorithm | Prehashed:
    digest = HASHES[manner.digest]()
    if not manner.prehashed:
        return digest
    if len(message) != digest.digest_size:
        raise bad("the input is not as long as the digest that it is said to be")
    return Prehashed(digest)
