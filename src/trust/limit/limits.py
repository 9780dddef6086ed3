"""What is counted, by whom, and how often it may happen."""

from collections.abc import Awaitable
from dataclasses import dataclass

from trust.errors import RequestError
from trust.limit.limiter import Limiter
from trust.limit.rate import Rate
from trust.session.record import Session


class RateLimited(RequestError):
    """Too many of one kind from one address, session or tenant."""

    code, status, title = "rate_limited", 429, "Too many requests. Please wait a moment."

    def __init__(self, kind: str, wait_s: int) -> None:
        super().__init__(f"too many {kind}")
        self.retry_after = wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often each may happen; None: as often as they like."""

    logins: Rate | None
    """Logins and step-ups that an address begins."""
    callbacks: Rate | None
    """Answers of a provider that an address brings."""
    address_calls: Rate | None
    """Calls of the API from an address, whoever is logged in there."""
    session_calls: Rate | None
    tenant_calls: Rate | None


class RateLimits:
    """Holds callers to the rates. Every call may raise RateLimited."""

    def __init__(self, limiter: Limiter, rates: Rates) -> None:
        self._limiter = limiter
        self._rates = rates

    async def login(self, address: str) -> None:
        """Count the beginning of a login."""
        await self._count("logins", address, self._rates.logins)

    async def callback(self, address: str) -> None:
        """Count a login's answer."""
        await self._count("callbacks", address, self._rates.callbacks)

    async def address_call(self, address: str) -> None:
        """Count a call of the API before it is known whose it is."""
        rate = self._rates.address_calls
        if not self._limiter.lets("address-calls", address, rate):
            await self._count("address-calls", address, rate)

    async def call(self, session: Session) -> None:
        """Count a call of the API by somebody who is logged in.

        By the session that was found, never by what a cookie says: made-up ones would each begin a
        counter of their own.
        """
        uncounted = self.call_at_once(session)
        if uncounted is not None:
            await uncounted

    def call_at_once(self, session: Session) -> Awaitable[None] | None:
        """Count a call as `call` does, but wait for nothing: for those who count very often.

        Returns None where that is done, as nearly always; else what counts it once it is awaited.
        """
        limiter, rates = self._limiter, self._rates
        if not limiter.lets("calls", session.id_hash, rates.session_calls):
            return self._called(session)
        if not limiter.lets("tenant-calls", session.owner.tenant, rates.tenant_calls):
            return self._called_of_tenant(session)
        return None

    async def _called(self, session: Session) -> None:
        # Its own count comes first: of a call that is refused there the tenant loses nothing.
        await self._count("calls", session.id_hash, self._rates.session_calls)
        await self._called_of_tenant(session)

    async def _called_of_tenant(self, session: Session) -> None:
        await self._count("tenant-calls", session.owner.tenant, self._rates.tenant_calls)

    async def _count(self, kind: str, who: str, rate: Rate | None) -> None:
        wait_s = await self._limiter.wait_s(kind, who, rate)
        if wait_s:
            raise RateLimited(kind, wait_s)
