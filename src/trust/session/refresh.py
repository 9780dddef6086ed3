"""Refreshing tokens once, however many requests and processes want them at the same moment.

A refresh token that rotates is spent by its first use; spent twice, a strict provider ends the
whole login (RFC 9700 §4.14.2). So one process takes a lease in the session's row, and the version
of that row is the fence: the others wait for the row to change and use what the winner wrote.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from trust import log
from trust.clock import Clock, NumericDate
from trust.errors import UpstreamError
from trust.session.errors import NotLoggedIn, ProviderUnavailable, RefreshRejected
from trust.session.ids import Ticket
from trust.session.ledger import Ledger
from trust.session.record import Lease, Session, TokenSet
from trust.store.table import ConditionFailed, StoreUnavailable

MARGIN_S = 120
"""Refresh when less is left: AgentCore refuses tokens that are about to expire. Of a token that
lives for less than twice as long, half its life: or it would be due again the moment it came."""

LEASE_S = 30
"""How long a lease lasts; longer than the token call may take: never stolen in mid-call."""

POLL_S = 0.05
"""Pause between two looks at a row that somebody else is refreshing."""

PERSIST_ATTEMPTS = 5
"""How often the rotated tokens are tried to be written: losing them would end the login."""


class TokenEndpoint(Protocol):
    """The provider's token endpoint, as a session sees it."""

    async def refresh(self, session: Session) -> TokenSet:
        """Spend the refresh token. Raises RefreshRejected, UpstreamError."""
        ...

    async def revoke(self, issuer: str, tokens: TokenSet) -> None:
        """Make the refresh token worthless (RFC 7009), as far as the provider can be reached."""
        ...


@dataclass(frozen=True, slots=True)
class Fresh:
    """The tokens serve as they are, or there is nothing to be done about them."""


@dataclass(frozen=True, slots=True)
class Due:
    """The tokens are about to expire and nobody is on it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody holds the lease."""


Decision = Fresh | Due | Taken


def decide(session: Session, now: NumericDate) -> Decision:
    """Decide what to do about a session's tokens."""
    tokens = session.tokens
    if tokens.refresh_token is None or tokens.expires_at is None:
        return Fresh()
    margin = max(1, min(MARGIN_S, (tokens.expires_at - tokens.received_at) // 2))
    if tokens.expires_at - now >= margin:
        return Fresh()
    if session.lease and session.lease.until > now:
        return Taken()
    return Due()


def usable(session: Session, now: NumericDate) -> bool:
    """Tell whether the access token may still be used."""
    expires_at = session.tokens.expires_at
    return expires_at is None or expires_at > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresher:
    """Keeps sessions' tokens fresh. `holder` names this process; `pause` waits some seconds."""

    ledger: Ledger
    endpoint: TokenEndpoint
    clock: Clock
    holder: str
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def fresh(self, session: Session) -> Session:
        """Return the session with usable tokens. Raises NotLoggedIn, ProviderUnavailable."""
        give_up = self.clock.monotonic() + LEASE_S
        while True:
            decision = decide(session, self.clock.now())
            if isinstance(decision, Fresh):
                return session
            if isinstance(decision, Due) or self._is_ours(session):
                leased = await self._lease(session)
                if leased is not None:
                    return await self._redeem(leased)
            elif self.clock.monotonic() >= give_up:
                return self._as_it_is(session)
            else:
                await self.pause(POLL_S)
            session = await self._reread(session)

    def _is_ours(self, session: Session) -> bool:
        """Tell whether the lease is this process's own, from a write whose answer was lost.

        One process refreshes a session once at a time (`Admission`), so nobody is using it.
        """
        return session.lease is not None and session.lease.holder == self.holder

    async def _lease(self, session: Session) -> Session | None:
        lease = Lease(holder=self.holder, until=NumericDate(self.clock.now() + LEASE_S))
        if session.lease is not None:
            log.event("session.refresh_abandoned", session=session.id_hash[:8])
        try:
            # Written at the version that was read: the token in hand is the newest there is.
            return await self.ledger.write(replace(session, lease=lease))
        except ConditionFailed:
            return None

    async def _redeem(self, leased: Session) -> Session:
        try:
            tokens = await self.endpoint.refresh(leased)
        except RefreshRejected as error:
            log.fault("session.refresh_rejected", error, session=leased.id_hash[:8])
            return await self._rejected(leased, error)
        except UpstreamError as error:
            log.fault("session.refresh_failed", error, session=leased.id_hash[:8])
            return self._as_it_is(await self._release(leased))
        return await self._persist(replace(leased, tokens=tokens, lease=None))

    async def _rejected(self, leased: Session, error: RefreshRejected) -> Session:
        """End the session, unless another holder has refreshed it after our lease ran out."""
        found = await self._reread(leased)
        if found.tokens != leased.tokens:
            return found
        await self.ledger.end(leased.owner, leased.id_hash)
        raise NotLoggedIn("the provider ended the login") from error

    async def _release(self, leased: Session) -> Session:
        try:
            return await self.ledger.write(replace(leased, lease=None))
        except ConditionFailed:
            return await self._reread(leased)
        except StoreUnavailable:
            # The lease runs out by itself.
            return leased

    async def _persist(self, session: Session) -> Session:
        for attempt in range(1, PERSIST_ATTEMPTS + 1):
            try:
                written = await self.ledger.write(session)
            except ConditionFailed:
                found = await self._overtaken(session)
                if found.lease is None or found.lease.holder != self.holder:
                    return found
                # Somebody only moved the idle time on; our new tokens still have to be kept.
                session = replace(found, tokens=session.tokens, lease=None)
            except StoreUnavailable:
                if attempt == PERSIST_ATTEMPTS:
                    raise
                await self.pause(POLL_S * 2**attempt)
            else:
                log.event("session.refreshed", session=session.id_hash[:8])
                return written
        raise StoreUnavailable("the row never stood still")

    async def _overtaken(self, session: Session) -> Session:
        """Handle a row that changed while we held its lease: a logout, or a write of ours."""
        found = await self.ledger.read(_ticket(session), now=self.clock.now())
        if found is not None and found.tokens == session.tokens:
            # An earlier try had arrived although its answer was lost.
            return found
        if found is None:
            # Logged out in mid-call: what we were just given must not outlive the logout.
            await self.endpoint.revoke(session.identity.issuer, session.tokens)
            raise NotLoggedIn("ended while it was being refreshed")
        return found

    async def _reread(self, session: Session) -> Session:
        found = await self.ledger.read(_ticket(session), now=self.clock.now())
        if found is None:
            raise NotLoggedIn("ended while it was being refreshed")
        return found

    def _as_it_is(self, session: Session) -> Session:
        if usable(session, self.clock.now()):
            return session
        raise ProviderUnavailable("the tokens expired and could not be refreshed")


def _ticket(session: Session) -> Ticket:
    return Ticket(tenant=session.owner.tenant, subject=session.owner.subject, id=session.id)
