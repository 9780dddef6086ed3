"""The logout token: everything that OpenID Connect Back-Channel Logout 1.0 §2.6 wants checked."""

from dataclasses import dataclass

from bff.provider.compact import Claims, Unverified
from bff.provider.id_token import LEEWAY_S, is_date
from trust.clock import NumericDate
from trust.errors import RequestError

EVENT = "http://schemas.openid.net/event/backchannel-logout"
KIND = "logout+jwt"
"""§2.4: the explicit type, demanded here, so that no other token of the provider's can be one."""

MAX_AGE_S = 300
"""How old a logout token may be; for longer than that, one that was seen is remembered."""

MAX_TEXT_CHARS = 512
"""Longest `jti` or `sid`."""


class LogoutTokenInvalid(RequestError):
    """The logout token does not prove what it has to."""

    code, title = "logout_token_invalid", "The logout token is not valid."


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutToken:
    """What a provider asks for: the end of its session `sid`, or of everything of `sub`."""

    issuer: str
    sid: str | None
    sub: str | None
    jti: str
    forgotten_at: NumericDate
    """From when on the token would be refused for its age alone."""


def issuer_named(unverified: Unverified) -> str:
    """Return whose token it claims to be, to find the key. Raises LogoutTokenInvalid."""
    if unverified.kind != KIND:
        raise LogoutTokenInvalid("typ is not logout+jwt")
    issuer = unverified.claims.get("iss")
    if not isinstance(issuer, str):
        raise LogoutTokenInvalid("iss is no text")
    return issuer


def read_logout(claims: Claims, *, issuer: str, client_id: str, now: NumericDate) -> LogoutToken:
    """Read the verified claims of a logout token. Raises LogoutTokenInvalid."""
    _addressed(claims, issuer=issuer, client_id=client_id)
    _timely(claims, now)
    _is_logout(claims)
    jti, sid, sub = (_text(claims, name) for name in ("jti", "sid", "sub"))
    if jti is None:
        raise LogoutTokenInvalid("no jti")
    if sid is None and sub is None:
        raise LogoutTokenInvalid("neither sid nor sub")
    kept = NumericDate(int(claims["iat"]) + MAX_AGE_S + 2 * LEEWAY_S)
    return LogoutToken(issuer=issuer, sid=sid, sub=sub, jti=jti, forgotten_at=kept)


def _addressed(claims: Claims, *, issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise LogoutTokenInvalid("another issuer")
    if claims.get("aud") not in (client_id, [client_id]):
        # As for ID tokens: there is nobody beside us that we trust with one.
        raise LogoutTokenInvalid("not for us alone")


def _timely(claims: Claims, now: NumericDate) -> None:
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not is_date(issued_at) or not is_date(expires_at):
        raise LogoutTokenInvalid("iat or exp is no date")
    if not now - MAX_AGE_S - LEEWAY_S <= claims["iat"] <= now + LEEWAY_S:
        raise LogoutTokenInvalid("not made just now")
    if claims["exp"] <= now - LEEWAY_S:
        raise LogoutTokenInvalid("expired")
    if "nbf" in claims and not (is_date(claims["nbf"]) and claims["nbf"] <= now + LEEWAY_S):
        raise LogoutTokenInvalid("not valid yet")


def _is_logout(claims: Claims) -> None:
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):  # pyright: ignore[reportUnknownMemberType] any JSON
        raise LogoutTokenInvalid("not the event of a logout")
    if "nonce" in claims:
        # §2.4: prohibited, so that no ID token is ever taken for one.
        raise LogoutTokenInvalid("has a nonce")


def _text(claims: Claims, name: str) -> str | None:
    value = claims.get(name)
    if name in claims and not (isinstance(value, str) and 0 < len(value) <= MAX_TEXT_CHARS):
        raise LogoutTokenInvalid(f"{name} is no text, or an endless one")
    return value
