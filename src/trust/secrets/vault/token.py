"""A token of Vault, and what to do with it when: decisions without any I/O."""

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import cast

from trust.clock import Instant
from trust.secret import Secret
from trust.secrets.freshness import FOR_EVER, Age, Life, Terms, life
from trust.secrets.vault.answers import LONGEST_S

_TOKEN = re.compile(r"[!-~]{1,8192}")
"""What can stand in a header without ending it (RFC 9110 §5.5)."""

_KINDS = frozenset({"service", "batch"})
"""What a login may give (API of `auth/token`, `token_type`)."""


_ROUNDING_S = 1.0
"""Vault answers in whole seconds."""


class Step(Enum):
    """What to do before a token is used."""

    USE = "use"
    RENEW = "renew"
    LOGIN = "login"


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """What a login came to. `token` None: none is sent, Vault Proxy adds its own."""

    token: Secret | None
    lease_s: float | None
    """Seconds, from when it was asked for; None: it does not end, or that is somebody else's."""
    renewable: bool = False
    ours: bool = True
    """Whether we had it made, and so may revoke it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is used until something else takes its place; `login` counts logins."""

    auth: Auth
    login: int
    asked: Instant
    life: Life

    def step(self, elapsed_s: float) -> Step:
        """Return what to do, by the time since the token was asked for or renewed.

        It is replaced when it is due and cannot be renewed any more, not when it is over: what was
        leased by it has to be leased anew before.
        """
        age = self.life.age(elapsed_s)
        if age is Age.FRESH:
            return Step.USE
        return Step.RENEW if age is Age.DUE and self.auth.renewable else Step.LOGIN

    def left_s(self, elapsed_s: float) -> float:
        """Return for how long it may still be used."""
        return max(0.0, self.life.over_s - elapsed_s)


def begun(auth: Auth, login: int, asked: Instant, *, terms: Terms, draw: float) -> Token:
    """Return the token that a login came to."""
    span = FOR_EVER if auth.lease_s is None else life(auth.lease_s, terms, draw)
    return Token(auth=auth, login=login, asked=asked, life=span)


def renewed(token: Token, answer: Auth, asked: Instant, *, terms: Terms, draw: float) -> Token:
    """Return the token after its renewal, for as long as Vault says, which may be less than before.

    Less than was asked for means that its maximum is near: it is not renewed again. The token
    itself stays the one that we had, whatever the answer names.
    """
    was_s, is_s = token.auth.lease_s or 0.0, answer.lease_s or 0.0
    renewable = answer.renewable and is_s >= was_s - _ROUNDING_S
    auth = replace(token.auth, renewable=renewable)
    return replace(token, auth=auth, asked=asked, life=life(is_s, terms, draw))


def auth_of(answer: object) -> Auth:
    """Read the `auth` of a login's or a renewal's answer. Raises ValueError, which quotes nothing.

    A token that Vault's own logins never give (none yet, since a second factor is asked for; one
    that is wrapped; a recovery token; one without an end) is not used.
    """
    auth = cast("dict[str, object]", answer)["auth"]
    if not isinstance(auth, dict):
        raise ValueError("the answer has no token")  # noqa: TRY004 of the answer, not of ours
    found = cast("dict[str, object]", auth)
    lease_s = _seconds(found.get("lease_duration"))
    if found.get("token_type") not in _KINDS or not lease_s:
        raise ValueError("the token is of a kind that no login gives")
    return Auth(
        token=token_of(found.get("client_token")),
        lease_s=lease_s,
        renewable=found.get("renewable") is True,
    )


def standing_of(answer: object, token: Secret) -> Auth:
    """Read `lookup-self` about a token that somebody else had made. Raises ValueError.

    It is neither renewed nor revoked from here: both are its owner's. A root token has no end.
    """
    data = cast("dict[str, dict[str, object]]", answer)["data"]
    ttl_s = _seconds(data.get("ttl"))
    if ttl_s is None:
        raise ValueError("the answer does not say how long the token lasts")
    endless = ttl_s == 0 and data.get("expire_time") is None
    return Auth(token=token, lease_s=None if endless else ttl_s, ours=False)


def token_of(text: object) -> Secret:
    """Read a token. Raises ValueError for what would be another header, or none."""
    if not isinstance(text, str) or not _TOKEN.fullmatch(text):
        raise ValueError("the token is no text for a header")
    return Secret(text)


def _seconds(number: object) -> float | None:
    # A boolean is an integer in Python.
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < LONGEST_S:
        return None
    return float(number)
