"""Whose credentials this process has: its own role's, on which all grants stand."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from trust import log
from trust.aws.message import AwsUnavailable
from trust.clock import Clock, NumericDate
from trust.grant.record import RENEW_BEFORE_S, Credentials, serves

AHEAD_S = RENEW_BEFORE_S + 120
"""Within so many seconds of their end, newer ones are fetched while the old ones still serve."""

RETRY_EVERY_S = 10
"""Pause after a fetch that failed, while the old credentials still hold."""

LAST_S = 30
"""Credentials that are about to end are used to here: a call has to arrive in time."""


class Identity(Protocol):
    """The process's own credentials."""

    async def credentials(self) -> Credentials:
        """Return credentials that have some minutes left. Raises AwsUnavailable."""
        ...


class FixedIdentity:
    """Credentials that stay the same as long as the process lives."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def credentials(self) -> Credentials:
        """Return them."""
        return self._credentials


class RenewedIdentity:
    """Credentials that are fetched again before they end, once for everybody who waits.

    `fetch` returns fresh ones, or raises AwsUnavailable.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Credentials]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: Credentials | None = None
        self._fetching: asyncio.Future[Credentials] | None = None
        self._tried_at: NumericDate | None = None

    async def credentials(self) -> Credentials:
        """Return credentials that have some minutes left. Raises AwsUnavailable."""
        now, known = self._clock.now(), self._known
        if known is None or not serves(known, now):
            return await self._renewed(known, now)
        if known.expires_at - now <= AHEAD_S and self._may_try(now):
            _ = self._begun(now)
        return known

    async def _renewed(self, known: Credentials | None, now: NumericDate) -> Credentials:
        """Return newer credentials; while none can be had, the old ones to their very end."""
        lasting = known if known is not None and known.expires_at - now > LAST_S else None
        if lasting is not None and self._fetching is None and not self._may_try(now):
            return lasting
        try:
            # Shielded: the first to ask may go away, the others still wait for the answer.
            return await asyncio.shield(self._begun(now))
        except AwsUnavailable:
            if lasting is None:
                raise
            return lasting

    def _may_try(self, now: NumericDate) -> bool:
        return self._tried_at is None or now - self._tried_at >= RETRY_EVERY_S

    def _begun(self, now: NumericDate) -> "asyncio.Future[Credentials]":
        if self._fetching is None:
            self._tried_at = now
            self._fetching = asyncio.ensure_future(self._fetch())
            self._fetching.add_done_callback(self._keep)
        return self._fetching

    def _keep(self, done: "asyncio.Future[Credentials]") -> None:
        self._fetching = None
        if done.cancelled():
            return
        # Looked at even where nobody waits, or the event loop would complain of it.
        error = done.exception()
        if error is None:
            self._known = done.result()
        else:
            log.fault("aws.identity_unavailable", error)
