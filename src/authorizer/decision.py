"""Who gets in: decisions about what was presented, without asking anybody.

A verdict is a value. That a store or a provider cannot be asked is none of these: it is an error,
and API Gateway answers 500. Nobody is treated as logged in then, and nobody is told that they are
logged out (design part 10).
"""

import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from trust.coordinates import AppId, TenantId
from trust.secret import Secret
from trust.session.cookie import CookieProblem, read_ticket
from trust.session.ids import Ticket
from trust.store.table import Item

_BEARER = re.compile(r"bearer(?: (.*))?", re.ASCII | re.DOTALL | re.IGNORECASE)
"""The scheme (RFC 6750 §2.1); what follows is judged later, so that nothing falls through here."""


class Refusal(Enum):
    """Why a caller is refused: the public code, which tells no more than the BFF itself would."""

    NOT_LOGGED_IN = "not_logged_in"
    COOKIE_AMBIGUOUS = "cookie_ambiguous"
    COOKIES_TOO_LARGE = "cookies_too_large"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 a code, no password
    TENANT_UNKNOWN = "tenant_unknown"


class Allow(NamedTuple):
    """The caller is somebody, of a tenant."""

    app: AppId
    tenant: TenantId
    subject: str
    user_name: str | None = None
    """For logs and display, never for a decision: it is what a token says."""


class Deny(NamedTuple):
    """The caller showed something, and it does not count. `detail` is for our log only."""

    refusal: Refusal
    detail: str


class Nobody:
    """The caller showed nothing at all; each is like the other."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nobody)

    def __hash__(self) -> int:
        return hash(Nobody)


Verdict = Allow | Deny | Nobody


def ticket_in(cookies: Sequence[str]) -> Ticket | Deny | Nobody:
    """Return the session's ticket among the values of all Cookie headers."""
    match read_ticket(cookies):
        case CookieProblem.ABSENT:
            return Nobody()
        case CookieProblem.DUPLICATED:
            return Deny(refusal=Refusal.COOKIE_AMBIGUOUS, detail="more than one session cookie")
        case CookieProblem.TOO_LARGE:
            return Deny(refusal=Refusal.COOKIES_TOO_LARGE, detail="a Cookie header not to be read")
        case CookieProblem.GARBLED:
            return Deny(refusal=Refusal.NOT_LOGGED_IN, detail="not a cookie of ours")
        case ticket:
            return ticket


def token_in(authorizations: Sequence[str]) -> Secret | Deny | Nobody:
    """Return the bearer token among the values of all Authorization headers, not looked at yet."""
    if len(authorizations) > 1:
        return Deny(refusal=Refusal.TOKEN_INVALID, detail="more than one Authorization header")
    found = _BEARER.fullmatch(authorizations[0]) if authorizations else None
    # A header of another scheme is nothing to us.
    return Nobody() if found is None else Secret(found.group(1) or "")


def session_verdict(item: Item | None, ticket: Ticket, app: AppId) -> Allow | Deny:
    """Decide about a ticket; `item` is the live row that its key led to.

    Tenant and subject are the ticket's own: they are parts of the key, so a row was found only
    because they are right. Nothing is unsealed: the authorizer has no keyring.
    """
    if item is None:
        return Deny(refusal=Refusal.NOT_LOGGED_IN, detail="no such session")
    if item.expires_at is None:
        # Every session ends: a row that does not is none that the BFF wrote.
        return Deny(refusal=Refusal.NOT_LOGGED_IN, detail="a session without an end")
    return Allow(app=app, tenant=ticket.tenant, subject=ticket.subject)
