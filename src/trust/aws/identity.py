"""Whose credentials this process has: its own role's, on which all grants stand."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from trust import log
from trust.aws.message import AwsUnavailable
from trust.clock import Clock, NumericDate
from trust.flight import Flight
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
        self._flight: Flight[Credentials] = Flight(
            lambda: AwsUnavailable("the fetch of this process's credentials was given up")
        )
        self._tried_at: NumericDate | None = None

    async def credentials(self) -> Credentials:
        """Return credentials that have some minutes left. Raises AwsUnavailable."""
        now, known = self._clock.now(), self._known
        if known is None or not serves(known, now):
            return await self._renewed(known, now)
        if known.expires_at - now <= AHEAD_S and self._may_try(now):
            self._flight.begin(self._fetched)
        return known

    async def _renewed(self, known: Credentials | None, now: NumericDate) -> Credentials:
        """Return newer credentials; while none can be had, the old ones to their very end."""
        lasting = known if known is not None and known.expires_at - now > LAST_S else None
        if lasting is not None and not self._flight.under_way and not self._may_try(now):
            return lasting
        try:
            return await self._flight.joined(self._fetched)
        except AwsUnavailable:
            if lasting is None:
                raise
            return lasting

    def _may_try(self, now: NumericDate) -> bool:
        return self._tried_at is None or now - self._tried_at >= RETRY_EVERY_S

    async def _fetched(self) -> Credentials:
        self._tried_at = self._clock.now()
        try:
            self._known = await self._fetch()
        except Exception as error:
            log.fault("aws.identity_unavailable", error)
            raise
        return self._known
