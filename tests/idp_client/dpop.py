"""Proofs of possession of a key (RFC 9449 §4.2)."""

import base64
import hashlib
import secrets
import time

from joserfc import jwk, jwt


def proof(key: jwk.ECKey, *, method: str, url: str, access_token: str | None = None) -> str:
    """Return a fresh proof for one request; `access_token` is the one that is sent along."""
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    now = int(time.time())  # noqa: TID251 the provider compares it with its own clock
    claims: dict[str, object] = {
        "jti": secrets.token_urlsafe(16),
        "htm": method,
        "htu": url,
        "iat": now,
    }
    if access_token is not None:
        digest = hashlib.sha256(access_token.encode()).digest()
        claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return jwt.encode(header, claims, key, algorithms=["ES256"])
