"""ID tokens, rightly and wrongly made, with real keys."""

import base64
import hashlib
import hmac
import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey, KeySet, RSAKey

Claims = dict[str, Any]
SigningKey = RSAKey | ECKey


@cache
def rsa_key(kid: str = "rsa-1") -> RSAKey:
    """Return the RSA key of this name; the same one for the whole run."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


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
    assert isinstance(key, RSAKey)
    text = f"{_part(header)}.{_part(claims)}"
    private_key = key.private_key
    assert private_key is not None
    mac = private_key.sign(text.encode(), PKCS1v15(), SHA256())
    return f"{text}.{_base64url(mac)}"


def unsigned(claims: Claims, algorithm: str = "none") -> str:
    """Return a token whose signature is empty."""
    return f"{_part({'alg': algorithm, 'kid': 'rsa-1'})}.{_part(claims)}."


def signed_with_public_key(claims: Claims, key: RSAKey) -> str:
    """Return an HS256 token whose shared secret is the public key's PEM, which everybody has."""
    head = f"{_part({'alg': 'HS256', 'kid': key.kid})}.{_part(claims)}"
    mac = hmac.new(key.as_pem(private=False), head.encode(), hashlib.sha256).digest()
    return f"{head}.{_base64url(mac)}"


def half_hash(value: str) -> str:
    """Return `at_hash` of an access token (OpenID Connect Core §3.1.3.6)."""
    return _base64url(hashlib.sha256(value.encode()).digest()[:16])


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
    return _base64url(hashlib.sha256(verifier.encode("ascii")).digest())


def _part(members: Claims) -> str:
    return _base64url(json.dumps(members).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
