"""What a strict provider makes of proofs: DPoP's, and a client's by key. Raises AssertionError."""

import hashlib
import json
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from fakes.proxy.provider.tokens import base64url

Key = RSAKey | ECKey


def opened(token: str, key: Key) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a token that `key` signed."""
    found = jws.deserialize_compact(token, key, algorithms=["ES256", "RS256"])
    assert found.payload is not None
    return dict(found.headers()), json.loads(found.payload)


def header_of(token: str) -> dict[str, Any]:
    """Return a header, unverified."""
    return dict(jws.extract_compact(token.encode()).headers())


def checked_proof(
    proof: str, *, method: str, url: str, now: int, access_token: str | None = None
) -> tuple[str, dict[str, Any]]:
    """Return the thumbprint of a proof's key and its claims (RFC 9449 §4.3)."""
    head = header_of(proof)
    assert head["typ"] == "dpop+jwt"
    assert head["alg"] == "ES256"
    assert "d" not in head["jwk"], "the private key went along"
    key = ECKey.import_key(head["jwk"])
    _, claims = opened(proof, key)
    assert (claims["htm"], claims["htu"]) == (method, url)
    assert abs(claims["iat"] - now) <= 5
    digest = hashlib.sha256(access_token.encode()).digest() if access_token else None
    assert claims.get("ath") == (base64url(digest) if digest else None)
    return key.thumbprint(), claims


def checked_assertion(assertion: str, key: Key, *, client_id: str, issuer: str, now: int) -> str:
    """Return the `jti` of a client assertion (RFC 7523 §3)."""
    _, claims = opened(assertion, key)
    assert claims["iss"] == claims["sub"] == client_id
    assert claims["aud"] == issuer
    assert 0 < claims["exp"] - now <= 60
    return str(claims["jti"])


def checked_request(
    token: str, key: Key, *, client_id: str, issuer: str, now: int
) -> dict[str, str]:
    """Return the parameters inside a signed request (RFC 9101 §6.2)."""
    head, claims = opened(token, key)
    assert head["typ"] == "oauth-authz-req+jwt"
    assert claims["iss"] == claims["client_id"] == client_id
    assert claims["aud"] == issuer
    assert claims["nbf"] <= now < claims["exp"] <= now + 60
    own = {"iss", "aud", "iat", "nbf", "exp", "jti"}
    return {name: value for name, value in claims.items() if name not in own}
