"""An issuer of bearer tokens, good and bad ones: signed by hand, so that anything can be signed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from fakes.clock import NOW

ISSUER = "https://login.example.test"
AUDIENCE = "https://app.example.test/api"

GOOD: Mapping[str, object] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "alice",
    "exp": NOW + 300,
    "iat": NOW - 10,
    "nbf": NOW - 10,
    "tenant_id": "acme",
    "preferred_username": "alice@acme.test",
}
"""Claims of a token in order."""


def b64(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A private key of the issuer."""

    kid: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @property
    def algorithm(self) -> str:
        """The algorithm that fits the key."""
        return "RS256" if isinstance(self.private, rsa.RSAPrivateKey) else "ES256"

    def jwk(self, **members: object) -> dict[str, object]:
        """Return the public key as an entry of a key set; None leaves a member out."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            numbers = public.public_numbers()
            entry: dict[str, object] = {
                "kty": "RSA",
                "n": _number(numbers.n),
                "e": _number(numbers.e),
            }
        else:
            point = public.public_numbers()
            entry = {
                "kty": "EC",
                "crv": {256: "P-256", 384: "P-384"}[public.key_size],
                "x": b64(point.x.to_bytes((public.key_size + 7) // 8, "big")),
                "y": b64(point.y.to_bytes((public.key_size + 7) // 8, "big")),
            }
        every = {**entry, "kid": self.kid, "use": "sig", **members}
        return {name: value for name, value in every.items() if value is not None}

    def signature(self, message: bytes) -> bytes:
        """Return the signature as JOSE writes it (RFC 7518 §3.3, §3.4)."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def token(self, claims: Mapping[str, object] | bytes = GOOD, **header: object) -> str:
        """Return a signed token; `header` changes members, None leaves one out."""
        every = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **header}
        message = unsigned(claims, **{n: v for n, v in every.items() if v is not None})
        return f"{message}.{b64(self.signature(message.encode()))}"


def unsigned(claims: Mapping[str, object] | bytes = GOOD, **header: object) -> str:
    """Return the first two parts of a token."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return f"{b64(json.dumps(header).encode())}.{b64(payload)}"


def signed_with_secret(secret: bytes, **header: object) -> str:
    """Return a token whose signature is a keyed hash (HS256)."""
    message = unsigned(GOOD, alg="HS256", typ="JWT", **header)
    return f"{message}.{b64(hmac.new(secret, message.encode(), hashlib.sha256).digest())}"


def rsa_key(kid: str, bits: int = 2048) -> SigningKey:
    """Return a new RSA key."""
    return SigningKey(kid=kid, private=rsa.generate_private_key(65537, bits))


def ec_key(kid: str, curve: ec.EllipticCurve | None = None) -> SigningKey:
    """Return a new key on P-256, or another curve."""
    return SigningKey(kid=kid, private=ec.generate_private_key(curve or ec.SECP256R1()))


def key_set(*entries: object) -> bytes:
    """Return a key set document."""
    return json.dumps({"keys": list(entries)}).encode()
