"""ID tokens, rightly and wrongly made, with real keys."""

import base64
import hashlib
import hmac
import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey, KeySet, RSAKey

Claims = dict[str, Any]
SigningKey = RSAKey | ECKey


@cache
def rsa_key(kid: str = "rsa-1") -> RSAKey:
    """Return the RSA key of this name; the same one for the whole run."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def rsa_entry(bits: int) -> Claims:
    """Return an RSA key of this size as a key set lists it, made past the library's own checks."""
    numbers = generate_private_key(65537, bits).public_key().public_numbers()
    modulus = numbers.n.to_bytes(bits // 8 + 1, "big")
    return {"kty": "RSA", "kid": "rsa-1", "n": base64url(modulus), "e": "AQAB"}


@cache
def ec_key(kid: str = "ec-1") -> ECKey:
    """Return the P-256 key of this name."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


def public(*keys: SigningKey) -> list[Any]:
    """Return the public halves, as a key set lists them."""
    entries: list[Any] = KeySet(list(keys)).as_dict(private=False)["keys"]
    return entries


def signed(payload: Claims | list[Any] | str, key: SigningKey, **header: str | None) -> str:
    """Return a compact JWS over any JSON; header members that are None are left out."""
    members = {"alg": key.alg, "kid": key.kid, "typ": "JWT", **header}
    protected = {name: value for name, value in members.items() if value is not None}
    return jws.serialize_compact(protected, json.dumps(payload), key, algorithms=[str(key.alg)])


def signed_by_hand(header: Claims, claims: Claims, key: RSAKey | ECKey) -> str:
    """Return an RS256 token with a header that no library would write."""
    return signed_text(header, json.dumps(claims), key)


def signed_text(header: Claims, payload: str, key: RSAKey | ECKey) -> str:
    """Return an RS256 token of a payload that need not be the JSON that a library writes."""
    return signed_parts(json.dumps(header).encode(), payload.encode(), key)


def signed_parts(header: bytes, payload: bytes, key: RSAKey | ECKey) -> str:
    """Return an RS256 token of any octets."""
    assert isinstance(key, RSAKey)
    text = f"{base64url(header)}.{base64url(payload)}"
    private_key = key.private_key
    assert private_key is not None
    mac = private_key.sign(text.encode(), PKCS1v15(), SHA256())
    return f"{text}.{base64url(mac)}"


def unsigned(claims: Claims, algorithm: str = "none") -> str:
    """Return a token whose signature is empty."""
    return f"{_part({'alg': algorithm, 'kid': 'rsa-1'})}.{_part(claims)}."


def signed_with_public_key(claims: Claims, key: RSAKey) -> str:
    """Return an HS256 token whose shared secret is the public key's PEM, which everybody has."""
    head = f"{_part({'alg': 'HS256', 'kid': key.kid})}.{_part(claims)}"
    mac = hmac.new(key.as_pem(private=False), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64url(mac)}"


def half_hash(value: str) -> str:
    """Return `at_hash` of an access token (OpenID Connect Core §3.1.3.6)."""
    return base64url(hashlib.sha256(value.encode()).digest()[:16])


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
    return base64url(hashlib.sha256(verifier.encode("ascii")).digest())


def _part(members: Claims) -> str:
    return base64url(json.dumps(members).encode())


def base64url(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
