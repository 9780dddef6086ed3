"""Refreshing tokens once, however many requests and processes want them at the same moment.

A refresh token that rotates is spent by its first use; spent twice, a strict provider ends the
whole login (RFC 9700 §4.14.2). So one process takes a lease in the session's row, and the version
of that row is the fence: the others wait for the row to change and use what the winner wrote.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from trust import audit, log
from trust.audit import Deed
from trust.clock import Clock, NumericDate
from trust.errors import TrustError
from trust.session.errors import NotLoggedIn, ProviderUnavailable, RefreshRejected
from trust.session.lease import Tenure, is_held_by, leased
from trust.session.ledger import Ledger
from trust.session.record import Session, Setback, TokenSet
from trust.store.table import ConditionFailed, StoreUnavailable

MARGIN_S = 120
"""Refresh when less is left: AgentCore refuses tokens that are about to expire. Of a token that
lives for less than twice as long, half its life: or it would be due again the moment it came."""

LEAD_S = 60
"""How much sooner than that a refresh begins beside a request, which does not wait for it; at most
a tenth of the token's life."""

PATIENCE_S = 30.0
"""How long is waited for somebody else who is refreshing."""

POLL_S = 0.05
"""Pause between two looks at a row that somebody else is refreshing."""

PAUSES_S = (2, 4, 8, 15)
"""How long no refresh is tried after one, two… that failed in a row; from then on, the last."""


class TokenEndpoint(Protocol):
    """The provider's token endpoint, as a session sees it."""

    async def refresh(self, session: Session) -> TokenSet:
        """Spend the refresh token. Raises RefreshRejected, UpstreamError."""
        ...

    async def revoke(self, issuer: str, tokens: TokenSet) -> None:
        """Make the refresh token worthless (RFC 7009), as far as the provider can be reached."""
        ...


_NEVER = NumericDate(1 << 62)


@dataclass(frozen=True, slots=True)
class Fresh:
    """The tokens serve as they are, or there is nothing to be done about them."""


@dataclass(frozen=True, slots=True)
class Due:
    """The tokens are about to expire and nobody is on it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody holds the lease."""


class Paused(NamedTuple):
    """The last refresh failed, and it is too early for the next."""

    for_s: int


Decision = Fresh | Due | Taken | Paused


def decide(session: Session, now: NumericDate, *, beside: bool = False) -> Decision:
    """Decide what to do about a session's tokens; `beside`: while nobody waits for it."""
    if now <= (beside_at(session) if beside else due_at(session)):
        return Fresh()
    if session.lease and session.lease.until > now:
        return Taken()
    if session.setback and session.setback.until > now:
        return Paused(session.setback.until - now)
    return Due()


def due_at(session: Session) -> NumericDate:
    """Return the last instant at which the tokens need not be refreshed."""
    return _ahead_of_end(session.tokens, lead_s=0)


def beside_at(session: Session) -> NumericDate:
    """Return the last instant at which no refresh begins, not even beside a request."""
    return _ahead_of_end(session.tokens, lead_s=LEAD_S)


def _ahead_of_end(tokens: TokenSet, *, lead_s: int) -> NumericDate:
    if tokens.refresh_token is None or tokens.expires_at is None:
        return _NEVER
    lasts_s = tokens.expires_at - tokens.received_at
    margin_s = max(1, min(MARGIN_S, lasts_s // 2))
    return NumericDate(tokens.expires_at - margin_s - max(0, min(lead_s, lasts_s // 10)))


def usable(session: Session, now: NumericDate) -> bool:
    """Tell whether the access token may still be used."""
    expires_at = session.tokens.expires_at
    return expires_at is None or expires_at > now


def setback_of(session: Session, now: NumericDate) -> Setback:
    """Return what is noted in a session's row when its refresh has failed at `now`.

    However many requests there are, a provider in trouble is not called by each of them (and one
    that counts failures does not lock the client out). It ends with the access token at the latest:
    from there on, waiting any longer would cost the person something.
    """
    failures = 1 + (session.setback.failures if session.setback else 0)
    until = now + PAUSES_S[min(failures, len(PAUSES_S)) - 1]
    expires_at = session.tokens.expires_at
    if expires_at is not None and expires_at > now:
        until = min(until, expires_at)
    return Setback(failures=failures, until=NumericDate(until))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Refresher:
    """Keeps sessions' tokens fresh. `holder` names this process; `pause` waits some seconds."""

    ledger: Ledger
    endpoint: TokenEndpoint
    clock: Clock
    holder: str
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def fresh(self, session: Session, *, beside: bool = False) -> Session:
        """Return the session with usable tokens; `beside`: as `decide` has it.

        Raises NotLoggedIn, ProviderUnavailable.
        """
        give_up = self.clock.monotonic() + PATIENCE_S
        while True:
            decision = decide(session, self.clock.now(), beside=beside)
            if isinstance(decision, Fresh):
                return session
            if isinstance(decision, Paused):
                return self.as_it_is(session)
            if isinstance(decision, Due) or self._is_ours(session):
                tenure = await self._tenure(session)
                if tenure is not None:
                    return await self._redeem(tenure)
            elif self.clock.monotonic() >= give_up:
                return self.as_it_is(session)
            else:
                await self.pause(POLL_S)
            session = await self._reread(session)

    def as_it_is(self, session: Session) -> Session:
        """Return the session if its old tokens still serve. Raises ProviderUnavailable."""
        now = self.clock.now()
        if usable(session, now):
            return session
        unavailable = ProviderUnavailable("the tokens expired and could not be refreshed")
        decision = decide(session, now)
        if isinstance(decision, Paused):
            unavailable.retry_after = decision.for_s
        raise unavailable

    def _is_ours(self, session: Session) -> bool:
        """Tell whether the lease is this process's own, from a write whose answer was lost.

        One process refreshes a session once at a time (`Admission`), so nobody is using it.
        """
        return is_held_by(session, self.holder)

    async def _tenure(self, session: Session) -> Tenure | None:
        """Take the lease; None if somebody else was faster, or the session has ended."""
        now = self.clock.now()
        if session.lease is not None:
            log.event("session.refresh_abandoned", session=session.id_hash[:8])
        try:
            # Written at the version that was read: the token in hand is the newest there is.
            ours = await self.ledger.write(leased(session, self.holder, now))
        except ConditionFailed:
            return None
        return Tenure(
            ours, ledger=self.ledger, clock=self.clock, holder=self.holder, pause=self.pause
        )

    async def _redeem(self, tenure: Tenure) -> Session:
        session = tenure.session
        try:
            tokens = await tenure.during(self.endpoint.refresh(session))
        except RefreshRejected as error:
            return await self._rejected(session, error)
        except TrustError as error:
            return await self._failed(tenure, error)
        return await self._keep(tenure, tokens)

    async def _keep(self, tenure: Tenure, tokens: TokenSet) -> Session:
        session = tenure.session
        try:
            kept = await tenure.keep(tokens)
        except StoreUnavailable as error:
            _audit(session, error)
            raise
        if kept is None:
            # Logged out in mid-call: what we were just given must not outlive the logout.
            await self.endpoint.revoke(session.identity.issuer, tokens)
            raise NotLoggedIn("ended while it was being refreshed")
        log.event("session.refreshed", session=session.id_hash[:8])
        return kept

    async def _failed(self, tenure: Tenure, error: TrustError) -> Session:
        """Go on with the old tokens: an outage of the provider ends nobody's session."""
        session = tenure.session
        log.fault("session.refresh_failed", error, session=session.id_hash[:8])
        _audit(session, error)
        found = await tenure.give_back(setback_of(session, self.clock.now()))
        if found is None:
            raise NotLoggedIn("ended while it was being refreshed") from error
        return self.as_it_is(found)

    async def _rejected(self, session: Session, error: RefreshRejected) -> Session:
        """End the session, unless another process has refreshed it or is about to."""
        log.fault("session.refresh_rejected", error, session=session.id_hash[:8])
        found = await self._reread(session)
        if found.tokens != session.tokens or (found.lease and not self._is_ours(found)):
            return await self.fresh(found)
        await self.ledger.end(session.owner, session.id_hash)
        _audit(session, error)
        # A holder that died may have left a newer token of this family behind at the provider: it
        # must not outlive the session.
        await self.endpoint.revoke(session.identity.issuer, session.tokens)
        raise NotLoggedIn("the provider ended the login") from error

    async def _reread(self, session: Session) -> Session:
        found = await self.ledger.read(session.ticket, now=self.clock.now())
        if found is None:
            raise NotLoggedIn("ended while it was being refreshed")
        return found


def _audit(session: Session, error: TrustError) -> None:
    owner = session.owner
    audit.refused(
        Deed.REFRESH, error, tenant=owner.tenant, subject=owner.subject, session=session.id_hash
    )
