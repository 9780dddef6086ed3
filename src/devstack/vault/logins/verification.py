"""A JWT checked the way Vault's library does: signature, issuer, subject, audience, times (pure).

The times have three leeways (API docs, "JWT/OIDC auth method", `clock_skew_leeway` and so on): the
skew counts for every time; the other two only stand in for a time that the token does not name.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from joserfc import jws
from joserfc.errors import JoseError

from devstack.vault.errors import VaultError, bad
from devstack.vault.logins.keys import Key

Claims = Mapping[str, object]

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "ES256",
    "ES384",
    "ES512",
    "PS256",
    "PS384",
    "PS512",
    "EdDSA",
)
"""What a method verifies unless told otherwise: no `none`, and nothing with a shared secret."""

SKEW_S = 60.0
LEEWAY_S = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token has to say."""

    issuer: str = ""
    subject: str = ""
    audiences: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ALGORITHMS
    skew_s: float = SKEW_S
    expiration_s: float = LEEWAY_S
    not_before_s: float = LEEWAY_S


def verified(token: str, keys: Sequence[Key], expected: Expected, *, now: float) -> Claims:
    """Return a token's claims. Raises VaultError."""
    claims = _claims(token, keys, expected.algorithms)
    _check_parties(claims, expected)
    _check_times(claims, expected, now)
    return claims


def _claims(token: str, keys: Sequence[Key], algorithms: Sequence[str]) -> Claims:
    for key in keys:
        try:
            # The algorithm is looked for in a list of ours: what the token says is a claim.
            signed = jws.deserialize_compact(token, key, algorithms=list(algorithms))
            read: object = json.loads(signed.payload)
        except (JoseError, ValueError, TypeError):
            # Another key may fit: keys given as PEM have no names.
            continue
        if isinstance(read, dict):
            return cast("Claims", read)
    raise _invalid("error verifying token signature")


def _invalid(text: str) -> VaultError:
    return bad(f"error validating token: {text}")


def _check_parties(claims: Claims, expected: Expected) -> None:
    if expected.issuer and claims.get("iss") != expected.issuer:
        raise _invalid("invalid issuer (iss) claim")
    if expected.subject and claims.get("sub") != expected.subject:
        raise _invalid("invalid subject (sub) claim")
    if expected.audiences and not set(audiences(claims)) & set(expected.audiences):
        raise _invalid(
            "invalid audience (aud) claim: audience claim does not match any bound audience"
        )


def audiences(claims: Claims) -> tuple[str, ...]:
    """Return whom a token is for: one text or a list of them (RFC 7519 §4.1.3)."""
    named = claims.get("aud")
    if isinstance(named, str):
        return (named,)
    entries = cast("list[object]", named) if isinstance(named, list) else []
    return tuple(entry for entry in entries if isinstance(entry, str))


def _check_times(claims: Claims, expected: Expected, now: float) -> None:
    issued, before, ends = (_time(claims, name) for name in ("iat", "nbf", "exp"))
    if not (issued or before or ends):
        raise _invalid(
            "no issued at (iat), not before (nbf), or expiration time (exp) claims in token"
        )
    ends = ends or max(issued, before) + expected.expiration_s
    before = before or issued or ends - expected.not_before_s
    if now + expected.skew_s < before:
        raise _invalid("invalid not before (nbf) claim: token not yet valid")
    if now - expected.skew_s > ends:
        raise _invalid("invalid expiration time (exp) claim: token is expired")
    if now + expected.skew_s < issued:
        raise _invalid("invalid issued at (iat) claim: token issued in the future")


def _time(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _invalid(f"invalid {name} claim: not a number")
    return value
