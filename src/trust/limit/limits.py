"""What is counted, by whom, and how often it may happen."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import NamedTuple

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
    session_messages: Rate | None
    """Messages over WebSockets. Apart from calls: one may be 20 ms of somebody's voice."""
    tenant_messages: Rate | None


class _Shared(NamedTuple):
    """What is counted twice: of a session, and of all of its tenant's people."""

    kind: str
    of_session: Rate | None
    tenant_kind: str
    of_tenant: Rate | None


async def counted(uncounted: Awaitable[None] | None) -> None:
    """Wait for what could not be counted at once, if there is something. Raises RateLimited."""
    if uncounted is not None:
        await uncounted


class RateLimits:
    """Holds callers to the rates. Every call may raise RateLimited."""

    def __init__(self, limiter: Limiter, rates: Rates) -> None:
        self._limiter = limiter
        self._rates = rates
        self._calls = _Shared("calls", rates.session_calls, "tenant-calls", rates.tenant_calls)
        self._messages = _Shared(
            "messages", rates.session_messages, "tenant-messages", rates.tenant_messages
        )

    async def login(self, address: str) -> None:
        """Count the beginning of a login."""
        await self._count("logins", address, self._rates.logins)

    async def callback(self, address: str) -> None:
        """Count a login's answer."""
        await self._count("callbacks", address, self._rates.callbacks)

    def address_call(self, address: str) -> Awaitable[None] | None:
        """Count a call of the API before it is known whose it is; as `call`."""
        rate = self._rates.address_calls
        if self._limiter.lets("address-calls", address, rate, self._limiter.now()):
            return None
        return self._count("address-calls", address, rate)

    def call(self, session: Session) -> Awaitable[None] | None:
        """Count a call of the API by somebody who is logged in, without waiting: most are done so.

        Returns None where that is done, as nearly always; else what counts it once it is awaited.
        By the session that was found, never by what a cookie says: made-up ones would each begin a
        counter of their own.
        """
        return self._at_once(self._calls, session)

    async def stock(self, session: Session) -> None:
        """Have at hand what `call` counts off, so that it need not wait; count nothing."""
        await self._stock(self._calls, session)

    def message(self, session: Session) -> Awaitable[None] | None:
        """Count a message over a WebSocket; as `call`."""
        return self._at_once(self._messages, session)

    def _at_once(self, counted: _Shared, session: Session) -> Awaitable[None] | None:
        kind, of_session, tenant_kind, of_tenant = counted
        limiter, tenant = self._limiter, session.owner.tenant
        now = limiter.now()
        if not limiter.lets(kind, session.id_hash, of_session, now):
            return self._both(counted, session)
        if not limiter.lets(tenant_kind, tenant, of_tenant, now):
            return self._count(tenant_kind, tenant, of_tenant)
        return None

    async def _both(self, counted: _Shared, session: Session) -> None:
        # At once, not one after the other: most often a minute has begun for both.
        await self._stock(counted, session)
        # Its own count comes first: of what is refused there the tenant loses nothing.
        await self._count(counted.kind, session.id_hash, counted.of_session)
        await self._count(counted.tenant_kind, session.owner.tenant, counted.of_tenant)

    async def _stock(self, counted: _Shared, session: Session) -> None:
        await asyncio.gather(
            self._limiter.stock(counted.kind, session.id_hash, counted.of_session),
            self._limiter.stock(counted.tenant_kind, session.owner.tenant, counted.of_tenant),
        )

    async def _count(self, kind: str, who: str, rate: Rate | None) -> None:
        wait_s = await self._limiter.wait_s(kind, who, rate)
        if wait_s:
            raise RateLimited(kind, wait_s)
