"""The ID token: everything that OpenID Connect Core §3.1.3.7 wants to be checked."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bff.provider.compact import (
    Claims,
    TokenMalformed,
    Unverified,
    read_unverified,
    verified_claims_of,
)
from bff.provider.errors import IdTokenInvalid
from trust.clock import NumericDate
from trust.secret import Secret
from trust.session.record import Identity

if TYPE_CHECKING:
    from joserfc.jwk import Key

LEEWAY_S = 60
"""How far clocks may differ, for `exp`, `nbf` and `iat` alike."""

MAX_AGE_S = 600
"""How old an ID token may be that a token endpoint hands out."""


MAX_DATE = 2**53
"""Latest date: beyond, numbers are not exact any more (RFC 8259 §6)."""

_SUB = re.compile(r"[\x20-\x7e]{1,255}", re.ASCII)
"""OpenID Connect Core §2: at most 255 ASCII characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an ID token must say to count."""

    issuer: str
    client_id: str
    algorithms: tuple[str, ...]
    nonce: str | None
    access_token: Secret
    sub: str | None = None
    """The subject that it must be about, at a refresh (§12.2)."""


def read_id_token(token: Secret, expected: Expected) -> Unverified:
    """Read an ID token to find its key. Raises IdTokenInvalid."""
    try:
        unverified = read_unverified(token, algorithms=expected.algorithms)
    except TokenMalformed as error:
        raise IdTokenInvalid(str(error)) from error
    if unverified.kind not in {None, "jwt"}:
        # A token of another kind, signed by the same key for us: a logout token, for one
        # (RFC 8725 §3.11).
        raise IdTokenInvalid("a token of another kind")
    return unverified


def verified_claims(
    token: Secret, key: "Key", unverified: Unverified, expected: Expected, *, now: NumericDate
) -> Claims:
    """Return the claims of a token that `key` signed for us. Raises IdTokenInvalid."""
    from joserfc.errors import JoseError

    try:
        claims = verified_claims_of(token, key, unverified)
    except TokenMalformed as error:
        raise IdTokenInvalid(str(error)) from error
    _well_formed(claims)
    header = {"alg": unverified.algorithm}
    try:
        _validated(claims, header, expected, now)
    except (JoseError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise IdTokenInvalid(type(error).__name__) from error
    _for_us_alone(claims, expected)
    _same_person(claims, expected)
    return claims


def _well_formed(claims: Claims) -> None:
    """Hold the claims to their types (§2): a comparison of others proves nothing."""
    for name in ("iss", "sub", "nonce", "azp", "acr", "at_hash", "sid"):
        if not isinstance(claims.get(name, ""), str):
            raise IdTokenInvalid(f"{name} is no text")
    for name in ("exp", "iat"):
        if not is_date(claims.get(name)):
            raise IdTokenInvalid(f"{name} is no date")
    for name in ("nbf", "auth_time"):
        if claims.get(name) is not None and not is_date(claims[name]):
            raise IdTokenInvalid(f"{name} is no date")
    if "events" in claims:
        # RFC 8417 §2.2: a security event is no statement of who logged in.
        raise IdTokenInvalid("a token of another kind")


def _validated(claims: Claims, header: Claims, expected: Expected, now: NumericDate) -> None:
    from authlib.oidc.core import CodeIDToken

    token: Any = CodeIDToken(
        claims,
        header,
        options={
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
        },
        params={
            "client_id": expected.client_id,
            "nonce": expected.nonce,
            "access_token": expected.access_token.reveal(),
        },
    )
    token.validate(now=now, leeway=LEEWAY_S)
    if expected.nonce is not None and claims["iat"] < now - MAX_AGE_S:
        # §3.1.3.7 no. 10: it was made for this very answer, not kept in a drawer.
        raise IdTokenInvalid("not made just now")


def _for_us_alone(claims: Claims, expected: Expected) -> None:
    if claims["aud"] not in (expected.client_id, [expected.client_id]):
        # §3.1.3.7 no. 3: additional audiences have to be trusted, and there are none that we trust.
        raise IdTokenInvalid("it is for somebody else, too")


def _same_person(claims: Claims, expected: Expected) -> None:
    sub = claims.get("sub")
    if not isinstance(sub, str) or not _SUB.fullmatch(sub):
        raise IdTokenInvalid("sub is not a text of 1 to 255 ASCII characters")
    if expected.sub is not None and sub != expected.sub:
        raise IdTokenInvalid("sub has changed")


def is_date(value: object) -> bool:
    """Tell whether a claim is a NumericDate (RFC 7519 §2): a finite number of our era."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= MAX_DATE


def identity_of(claims: Claims, *, issuer: str) -> Identity:
    """Return who the claims are about."""
    return Identity(
        issuer=issuer,
        sub=str(claims["sub"]),
        name=_text(claims, "name") or _text(claims, "preferred_username"),
        email=_text(claims, "email"),
        auth_time=_auth_time(claims),
        acr=_text(claims, "acr"),
        provider_session=_text(claims, "sid"),
    )


def imposed_end(claims: Claims) -> NumericDate | None:
    """Return when the provider wants the session to end (`session_expiry`). Raises IdTokenInvalid.

    One that cannot be read is refused: it was meant to shorten a session.
    """
    given = claims.get("session_expiry")
    if given is None:
        return None
    if not is_date(given):
        raise IdTokenInvalid("session_expiry is no date")
    return NumericDate(int(given))


def _auth_time(claims: Claims) -> NumericDate:
    """Return when the person authenticated; where the provider does not say, when it signed."""
    given = claims.get("auth_time")
    if given is None:
        given = claims["iat"]
    return NumericDate(int(given))


def _text(claims: Claims, name: str) -> str | None:
    value = claims.get(name)
    return value[:256] if isinstance(value, str) and value else None
