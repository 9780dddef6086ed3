"""Session cookies: one strongly consistent look at the session's row, at every request.

Nothing is remembered: with a cache here, a session would outlive its logout by the cache's time.
"""

from typing import Protocol

from authorizer.decision import Allow, Deny, session_verdict
from trust.clock import Clock, NumericDate
from trust.coordinates import AppId
from trust.session.ids import Ticket, hash_of
from trust.session.owner import Owner, session_key
from trust.store.table import Item, Key


class Rows(Protocol):
    """Where sessions are looked up; blocks, since a Lambda function does one thing at a time."""

    def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item unless it is absent or expired. Raises StoreUnavailable, RowMalformed."""
        ...


class SessionJudge:
    """Decides about tickets."""

    def __init__(self, rows: Rows, app: AppId, clock: Clock) -> None:
        self._rows = rows
        self._app = app
        self._clock = clock

    def __call__(self, ticket: Ticket) -> Allow | Deny:
        """Return the verdict. Raises StoreUnavailable, RowMalformed."""
        owner = Owner(app=self._app, tenant=ticket.tenant, subject=ticket.subject)
        key = session_key(owner, hash_of(ticket.id))
        return session_verdict(self._rows.get(key, now=self._clock.now()), ticket, self._app)
