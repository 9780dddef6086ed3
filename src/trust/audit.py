"""The audit trail: who did what, or was refused, when it matters who is in.

One event a deed, named `audit`, beside the request's id and the client's address that `log.about`
adds. Never a token, code, cookie or verifier: a person is their subject key, a session its hash.
"""

from enum import Enum

from trust import log
from trust.errors import TrustError


class Deed(Enum):
    """What is written down."""

    LOGIN = "login"
    STEP_UP = "step_up"
    REFRESH = "refresh"
    LOGOUT = "logout"
    """Of the session by its own person, in this browser."""
    SESSION_END = "session_end"
    """Of another of the person's sessions, by themselves."""
    PROVIDER_LOGOUT = "provider_logout"
    """By the provider's back-channel logout token."""
    ADMINISTRATION = "administration"
    REQUEST = "request"
    """Of any other kind; only refusals are written down."""


class Outcome(Enum):
    """How it went."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


def outcome_of(error: TrustError) -> Outcome:
    """Return how a deed went that ended by an error: refused, or failed by somebody behind us."""
    return Outcome.FAILED if error.status >= 500 else Outcome.REFUSED  # noqa: PLR2004 their range


def record(
    deed: Deed,
    outcome: Outcome,
    *,
    tenant: str | None = None,
    subject: str | None = None,
    session: str | None = None,
    **more: str | int | None,
) -> None:
    """Write a deed down. `subject` is a subject key, `session` the hash of an id.

    `more`: `why` (a code of docs/errors.md or a short word), `by` (who, where it is not the
    subject), and counts.
    """
    fields = {"tenant": tenant, "subject": subject, "session": session, **more}
    known = {name: value for name, value in fields.items() if value is not None}
    log.event("audit", deed=deed.value, outcome=outcome.value, **known)
    # At once: a trail must not lose its end with the process.
    log.settle()


def refused(
    deed: Deed,
    error: TrustError,
    *,
    tenant: str | None = None,
    subject: str | None = None,
    session: str | None = None,
) -> None:
    """Write down that something was refused, or that somebody behind us failed."""
    how = outcome_of(error)
    record(deed, how, tenant=tenant, subject=subject, session=session, why=error.code)
