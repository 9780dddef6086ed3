"""Session cookies: one strongly consistent look at the session's row, at every request.

Nothing is remembered: with a cache here, a session would outlive its logout by the cache's time.
"""

import asyncio
from collections.abc import Callable
from functools import cached_property

from authorizer.decision import Allow, Deny, session_verdict
from trust.clock import Clock
from trust.coordinates import AppId
from trust.session.ids import Ticket, hash_of
from trust.session.record import Owner, session_key
from trust.store.table import Item, Table


class SessionJudge:
    """Decides about tickets; the table is opened for the first one."""

    def __init__(self, open_table: Callable[[], Table], app: AppId, clock: Clock) -> None:
        self._open_table = open_table
        self._app = app
        self._clock = clock

    def __call__(self, ticket: Ticket) -> Allow | Deny:
        """Return the verdict. Raises StoreUnavailable."""
        return session_verdict(asyncio.run(self._row(ticket)), ticket, self._app)

    @cached_property
    def _table(self) -> Table:
        return self._open_table()

    async def _row(self, ticket: Ticket) -> Item | None:
        owner = Owner(app=self._app, tenant=ticket.tenant, subject=ticket.subject)
        key = session_key(owner, hash_of(ticket.id))
        return await self._table.get(key, now=self._clock.now())
