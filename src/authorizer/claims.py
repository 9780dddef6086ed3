"""What stands in a verified token: whom it is from and for, when it counts, and who it is about.

Pure. python-jose's own checks take the time from the machine, and let a token pass that lacks what
it should be checked for; so every claim is checked here.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, cast

from authorizer.settings import TrustedIssuer
from trust.clock import NumericDate
from trust.coordinates import SlugRefused, TenantId, tenant_id
from trust.seal.base64url import encode

LEEWAY_S = 60
"""How far clocks may differ, for `exp`, `nbf` and `iat` alike; as for the BFF's ID tokens."""

MAX_DATE = 253_402_300_799
"""The last second of the year 9999: a later date is a mistake, or somebody trying one."""

MAX_SUB_CHARS = 255
"""Longest `sub` (OpenID Connect Core §2)."""

MAX_NAME_CHARS = 128
"""Longest user name that is passed on."""

NAMES = ("username", "preferred_username", "email", "sub")
"""Claims that may name the user to people; the first usable one counts."""

Claims = Mapping[str, Any]


class TokenRefused(Exception):
    """The token does not prove what it has to; the message quotes nothing of it."""


def check_claims(claims: Claims, issuer: TrustedIssuer, *, now: NumericDate) -> None:
    """Check who a token is from, for whom, and when it counts (RFC 7519 §4.1). Raises TokenRefused.

    `exp` is required; `nbf` and `iat` are checked where they are.
    """
    # Compared as it stands: a slash more is another issuer.
    if claims.get("iss") != issuer.issuer:
        raise TokenRefused("another issuer")
    audience = claims.get("aud")
    named = cast("list[object]", audience) if isinstance(audience, list) else [audience]
    if issuer.audience not in named:
        raise TokenRefused("another audience")
    if now >= _date(claims, "exp") + LEEWAY_S:
        raise TokenRefused("expired")
    for name in ("nbf", "iat"):
        if name in claims and now < _date(claims, name) - LEEWAY_S:
            raise TokenRefused(f"{name} is in the future")
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= MAX_SUB_CHARS:
        raise TokenRefused("sub is not a text of 1 to 255 characters")


def tenant_of(claims: Claims, issuer: TrustedIssuer) -> TenantId:
    """Return the tenant that the token names. Raises SlugRefused.

    Where there is a map, the map alone counts: a provider that lets customers choose their
    organisation's name must not let them choose one of our slugs.
    """
    value = claims.get(issuer.tenant_claim)
    if not isinstance(value, str):
        raise SlugRefused("no text in the tenant's claim")
    if issuer.tenants is None:
        return tenant_id(value)
    if value not in issuer.tenants:
        raise SlugRefused("not in AUTHORIZER_TENANTS")
    return issuer.tenants[value]


def user_name(claims: Claims) -> str | None:
    """Return a name to show: the first claim of NAMES that is short and printable.

    An integration may put it into a header: a line end in it would begin another one.
    """
    for name in NAMES:
        value = claims.get(name)
        if isinstance(value, str) and 0 < len(value) <= MAX_NAME_CHARS and value.isprintable():
            return value
    return None


def subject_of(claims: Claims) -> str:
    """Return the SHA-256 of the person, 43 characters.

    Not keyed, since the authorizer has no keyring, so unlike the BFF's subject key it can be tested
    against a guess; longer than that one, so that the two are never taken for one another. The
    length goes in front: `("a", "bc")` and `("ab", "c")` are two people.
    """
    issuer, sub = str(claims["iss"]), str(claims["sub"])
    # A JSON text may hold half a surrogate pair, which UTF-8 has no bytes for.
    message = f"{len(issuer)}:{issuer}{sub}".encode("utf-8", "surrogatepass")
    return encode(hashlib.sha256(message).digest())


def _date(claims: Claims, name: str) -> float:
    value = claims.get(name)
    # A bool is an int to Python. A NaN would pass every check that looks for what is wrong, so
    # this one looks for what is right.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(f"{name} is no number")
    if not 0 <= value <= MAX_DATE:
        raise TokenRefused(f"{name} is no date")
    return float(value)
