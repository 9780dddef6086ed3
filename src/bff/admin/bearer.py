"""The administrator's token: a JWT access token (RFC 9068) in the Authorization header (RFC 6750).

Stricter than RFC 9068 where that leaves a choice: every claim that §2.2 requires has to be there,
nobody beside us may be its audience, and it counts for a day at most. A token that is bound to a
key (RFC 7800, RFC 9449) is none for a bearer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from bff.admin.errors import SCOPE, AdminScopeMissing, AdminTokenInvalid, AdminTokenMissing
from bff.provider.compact import Claims, TokenMalformed, Unverified, read_unverified
from bff.provider.id_token import LEEWAY_S, is_date
from bff.provider.metadata import SIGNING_ALGORITHMS
from trust.clock import NumericDate
from trust.secret import Secret

KIND = "at+jwt"
"""RFC 9068 §2.1: the explicit type, demanded here, so that no other token of the issuer's, an ID
token above all, can be an administrator's."""

MAX_AGE_S = 86_400
"""How old a token may be, whatever it says of its own end: one without an end is a password."""

_TEXT = re.compile(r"[\x20-\x7e]{1,255}", re.ASCII)
"""At most 255 ASCII characters, as `sub` (OpenID Connect Core §2); it is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """Who calls, as the audit trail names them."""

    issuer: str
    sub: str
    client: str
    token_id: str


def bearer_in(authorizations: Sequence[str]) -> Secret:
    """Return the token of the Authorization headers. Raises AdminTokenMissing, AdminTokenInvalid.

    The query and the body are never looked at (RFC 6750 §2.2 and §2.3): both end up in logs.
    """
    if len(authorizations) > 1:
        # Of a header that came twice, neither is right.
        raise AdminTokenInvalid("more than one Authorization header")
    scheme, _, token = (authorizations[0] if authorizations else "").partition(" ")
    if scheme.lower() != "bearer":
        raise AdminTokenMissing("no bearer token")
    return Secret(token.strip(" "))


def read_access_token(token: Secret, *, issuer: str) -> Unverified:
    """Read a token to find its key. Raises AdminTokenInvalid.

    Whatever can be refused without a key is refused here: a forger makes us fetch nothing.
    """
    try:
        unverified = read_unverified(token, algorithms=SIGNING_ALGORITHMS)
    except TokenMalformed as error:
        raise AdminTokenInvalid(str(error)) from error
    if unverified.kind != KIND:
        raise AdminTokenInvalid("typ is not at+jwt")
    # Compared as it stands (§4): a slash more is another issuer.
    if unverified.claims.get("iss") != issuer:
        raise AdminTokenInvalid("another issuer")
    return unverified


def administrator_of(
    claims: Claims, *, issuer: str, audience: str, now: NumericDate
) -> Administrator:
    """Return whose token it is, by its verified claims. Raises AdminRefused.

    The scope comes last: only a token that is valid may be told that it lacks something.
    """
    _addressed(claims, issuer=issuer, audience=audience)
    _timely(claims, now)
    if "cnf" in claims:
        # RFC 9449 §7.2: taken as a bearer's, a stolen one would be worth as much as its owner's.
        raise AdminTokenInvalid("bound to a key that is not shown")
    sub, client, token_id = (_text(claims, name) for name in ("sub", "client_id", "jti"))
    if SCOPE not in _scopes(claims):
        raise AdminScopeMissing(f"lacks {SCOPE}")
    return Administrator(issuer=issuer, sub=sub, client=client, token_id=token_id)


def _addressed(claims: Claims, *, issuer: str, audience: str) -> None:
    if claims.get("iss") != issuer:
        raise AdminTokenInvalid("another issuer")
    if claims.get("aud") not in (audience, [audience]):
        # Whoever else is an audience has the token, and could show it here.
        raise AdminTokenInvalid("not for us alone")


def _timely(claims: Claims, now: NumericDate) -> None:
    if not all(is_date(claims.get(name)) for name in ("exp", "iat")):
        raise AdminTokenInvalid("exp or iat is no date")
    if now >= claims["exp"] + LEEWAY_S:
        raise AdminTokenInvalid("expired")
    if not now - MAX_AGE_S - LEEWAY_S <= claims["iat"] <= now + LEEWAY_S:
        raise AdminTokenInvalid("too old, or of the future")
    if "nbf" in claims and not (is_date(claims["nbf"]) and claims["nbf"] <= now + LEEWAY_S):
        raise AdminTokenInvalid("not valid yet")


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not _TEXT.fullmatch(value):
        raise AdminTokenInvalid(f"{name} is not a text of 1 to 255 ASCII characters")
    return value


def _scopes(claims: Claims) -> Sequence[str]:
    """Return the scopes, which are separated by spaces (RFC 8693 §4.2); a list is none of ours."""
    value = cast("object", claims.get("scope", ""))
    if not isinstance(value, str):
        raise AdminTokenInvalid("scope is no text")
    return value.split(" ")
