"""The ID token: everything that OpenID Connect Core §3.1.3.7 wants to be checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, cast

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from bff.provider.errors import IdTokenInvalid
from trust.clock import NumericDate
from trust.secret import Secret
from trust.session.record import Identity

LEEWAY_S = 60
"""How far clocks may differ, for `exp`, `nbf` and `iat` alike."""

MAX_TOKEN_CHARS = 100_000
"""Longest ID token that is looked at."""

Claims = Mapping[str, Any]


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


def key_id(token: Secret, expected: Expected) -> str | None:
    """Return the `kid` of the token's header. Raises IdTokenInvalid."""
    if len(token.reveal()) > MAX_TOKEN_CHARS:
        raise IdTokenInvalid("too long")
    try:
        header = jws.extract_compact(token.reveal().encode()).headers()
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise IdTokenInvalid("not a signed JWT") from error
    if header.get("alg") not in expected.algorithms:
        # The allow-list decides, never the token's own header (RFC 8725 §3.1).
        raise IdTokenInvalid("algorithm not allowed")
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def verified_claims(token: Secret, key: Key, expected: Expected, *, now: NumericDate) -> Claims:
    """Return the claims of a token that `key` signed for us. Raises IdTokenInvalid."""
    try:
        decoded = jwt.decode(token.reveal(), key, algorithms=list(expected.algorithms))
        claims = _validated(decoded.claims, decoded.header, expected, now)
    except (JoseError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise IdTokenInvalid(type(error).__name__) from error
    _same_person(claims, expected)
    return claims


def _validated(claims: Claims, header: Claims, expected: Expected, now: NumericDate) -> Claims:
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
    if token["aud"] not in (expected.client_id, [expected.client_id]):
        # §3.1.3.7 no. 3: additional audiences have to be trusted, and there are none that we trust.
        raise IdTokenInvalid("it is for somebody else, too")
    return cast("Claims", token)


def _same_person(claims: Claims, expected: Expected) -> None:
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= 255:  # noqa: PLR2004 OIDC Core §2: 255 ASCII
        raise IdTokenInvalid("sub is not a text of 1 to 255 characters")
    if expected.sub is not None and sub != expected.sub:
        raise IdTokenInvalid("sub has changed")


def usable_key(jwk: object) -> Key | None:
    """Read one entry of a key set; None for one that cannot verify a signature for us."""
    if not isinstance(jwk, dict):
        return None
    members = cast("dict[str, Any]", jwk)
    if members.get("kty") not in {"RSA", "EC", "OKP"} or members.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(members)
    except (JoseError, ValueError, KeyError, TypeError):
        # One broken entry must not make the others useless.
        return None


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


def _auth_time(claims: Claims) -> NumericDate:
    """Return when the person authenticated; where the provider does not say, when it signed."""
    given = claims.get("auth_time")
    if isinstance(given, bool) or not isinstance(given, int | float) or not isfinite(given):
        given = claims["iat"]
    return NumericDate(int(given))


def _text(claims: Claims, name: str) -> str | None:
    value = claims.get(name)
    return value[:256] if isinstance(value, str) and value else None
