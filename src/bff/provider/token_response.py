"""Reading the token endpoint's answer (RFC 6749 §5)."""

from dataclasses import replace

from bff.provider.errors import CodeRejected
from bff.provider.http import Reply
from trust.clock import NumericDate
from trust.secret import Secret
from trust.session.errors import ProviderUnavailable, RefreshRejected
from trust.session.record import TokenSet

_OK = 200
_FINAL = frozenset({"invalid_grant"})
"""Error codes after which this grant will never work again. Others are the provider's trouble, or
ours: they end nobody's session."""


def code_response(reply: Reply, *, now: NumericDate, dpop_key: Secret | None = None) -> TokenSet:
    """Read the answer to a code. Raises CodeRejected, ProviderUnavailable.

    `dpop_key`: the key that the tokens were to be bound to.
    """
    if _error(reply) in _FINAL:
        raise CodeRejected("invalid_grant")
    return replace(_tokens(reply, now, bound=dpop_key is not None), dpop_key=dpop_key)


def refresh_response(reply: Reply, *, old: TokenSet, now: NumericDate) -> TokenSet:
    """Read the answer to a refresh token. Raises RefreshRejected, ProviderUnavailable.

    What the answer leaves out stays as it was: a provider that does not rotate sends no new
    refresh token (§6), most send no new ID token.
    """
    if _error(reply) in _FINAL:
        raise RefreshRejected("invalid_grant")
    tokens = _tokens(reply, now, bound=old.dpop_key is not None)
    return replace(
        tokens,
        refresh_token=tokens.refresh_token or old.refresh_token,
        refresh_expires_at=tokens.refresh_expires_at
        or (None if tokens.refresh_token else old.refresh_expires_at),
        id_token=tokens.id_token or old.id_token,
        session_ends_at=old.session_ends_at,
        dpop_key=old.dpop_key,
    )


def _tokens(reply: Reply, now: NumericDate, *, bound: bool) -> TokenSet:
    if reply.status != _OK:
        raise ProviderUnavailable(f"token endpoint: {reply.status} {_error(reply)[:64]}")
    access_token = reply.document.get("access_token")
    kind = str(reply.document.get("token_type", ""))
    # Of another type than was asked for: a bearer token where it should be bound is a downgrade
    # (RFC 9449 §5), a bound one that nobody has the key of is worth nothing.
    wanted = "dpop" if bound else "bearer"
    if not isinstance(access_token, str) or not access_token or kind.lower() != wanted:
        raise ProviderUnavailable(f"token endpoint: no {wanted} access token in the answer")
    return TokenSet(
        access_token=Secret(access_token),
        expires_at=_expiry(reply.document.get("expires_in"), now),
        received_at=now,
        refresh_token=_secret(reply, "refresh_token"),
        refresh_expires_at=_refresh_expiry(reply, now),
        id_token=_secret(reply, "id_token"),
    )


def _error(reply: Reply) -> str:
    error = reply.document.get("error")
    return error if isinstance(error, str) else ""


def _secret(reply: Reply, name: str) -> Secret | None:
    value = reply.document.get(name)
    return Secret(value) if isinstance(value, str) and value else None


def _refresh_expiry(reply: Reply, now: NumericDate) -> NumericDate | None:
    """Return when the refresh token ends, in the words of those providers that say so.

    Zero is one provider's word for never.
    """
    for name in ("refresh_expires_in", "refresh_token_expires_in"):
        end = _expiry(reply.document.get(name), now)
        if end is not None and end > now:
            return end
    return None


def _expiry(expires_in: object, now: NumericDate) -> NumericDate | None:
    # Some providers send the number as a text, or with a fraction.
    text = str(expires_in).removesuffix(".0")
    return NumericDate(now + int(text)) if text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 a century
