"""A lease that is held: kept while the provider is slow, and ended by what the provider said.

Once the provider has rotated, the new refresh token exists in this process and nowhere else. From
then on nothing may lose it but the end of the process: not a slow key set, not a store that is away
for a minute, not somebody who moved the session's idle time on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from typing import TypeVar

from trust import log
from trust.clock import Clock, NumericDate
from trust.errors import TrustError
from trust.session.errors import ProviderUnavailable
from trust.session.ledger import Ledger
from trust.session.record import Lease, Session, Setback, TokenSet
from trust.store.table import ConditionFailed, StoreUnavailable

LEASE_S = 30
"""How long a lease lasts without being renewed: how long a crash of its holder is felt."""

RENEWALS = 3
"""How often it is renewed while it lasts: two of them may fail, and clocks differ by seconds."""

LONGEST_CALL_S = 60.0
"""Longest time of a token call with everything that belongs to it: discovery, keys, the ID token.
The provider's endpoints have limits of their own; this one is for all of them together."""

KEEP_TRYING_S = 120.0
"""How long rotated tokens are tried to be written: losing them would end the login."""

MOST_REBASES = 5
"""How often a write is put on a row that somebody has just changed, before there is a pause."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0

Answer = TypeVar("Answer")


def leased(session: Session, holder: str, now: NumericDate) -> Session:
    """Return the session with a lease of `holder` that begins at `now`."""
    lease = Lease(holder=holder, until=NumericDate(now + LEASE_S))
    return replace(session, lease=lease)


def is_held_by(session: Session, holder: str) -> bool:
    """Tell whether the lease in the row is this holder's, run out or not."""
    return session.lease is not None and session.lease.holder == holder


class Tenure:
    """The time in which this process alone may spend a session's refresh token.

    `session` is the row as it was last written or read, with the lease in it.
    """

    def __init__(
        self,
        session: Session,
        *,
        ledger: Ledger,
        clock: Clock,
        holder: str,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.session = session
        self.spent = session.tokens
        """The tokens that the row had when the lease was taken; the call spends them."""
        self._ledger = ledger
        self._clock = clock
        self._holder = holder
        self._pause = pause

    async def during(self, call: Awaitable[Answer]) -> Answer:
        """Await the token call, and renew the lease as long as that takes.

        Raises what the call raises, and ProviderUnavailable after `LONGEST_CALL_S`. Cutting the
        call off at the end of the lease instead would throw away what the provider is just sending.
        """
        task = asyncio.ensure_future(call)
        try:
            async with asyncio.timeout(LONGEST_CALL_S):
                while not (await asyncio.wait({task}, timeout=LEASE_S / RENEWALS))[0]:
                    await self._renew()
        except TimeoutError as error:
            if not task.done():
                raise ProviderUnavailable("the token call took too long") from error
        finally:
            task.cancel()
        return task.result()

    async def _renew(self) -> None:
        """Move the end of the lease on; where that fails, there is another time."""
        log.event("session.refresh_slow", session=self.session.id_hash[:8])
        renewed = leased(self.session, self._holder, self._clock.now())
        try:
            self.session = await self._ledger.write(renewed)
        except ConditionFailed:
            await self._look()
        except TrustError as error:
            log.fault("session.lease_not_renewed", error, session=self.session.id_hash[:8])

    async def _look(self) -> None:
        """Take over what somebody changed in the row, if the lease in it is still ours."""
        try:
            found = await self._found()
        except TrustError as error:
            log.fault("session.lease_not_renewed", error, session=self.session.id_hash[:8])
            return
        if found is not None and is_held_by(found, self._holder):
            self.session = found

    async def keep(self, tokens: TokenSet) -> Session | None:
        """Write the tokens that the call brought, and return the session with them.

        None if the session ended meanwhile. If another process refreshed it, the session as that
        one left it. Raises StoreUnavailable only after having tried for `KEEP_TRYING_S`.
        """
        give_up = self._clock.monotonic() + KEEP_TRYING_S
        for attempt in count():
            try:
                return await self._kept(tokens)
            except StoreUnavailable as error:
                log.fault("session.refresh_unwritten", error, session=self.session.id_hash[:8])
                if self._clock.monotonic() >= give_up:
                    raise
            await self._pause(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt))
        raise AssertionError  # pragma: no cover count() has no end

    async def _kept(self, tokens: TokenSet) -> Session | None:
        for _ in range(MOST_REBASES):
            fresh = replace(self.session, tokens=tokens, lease=None, setback=None)
            try:
                return await self._ledger.write(fresh)
            except ConditionFailed:
                found = await self._found()
            if found is None or found.tokens != self.spent:
                # Ended; or an earlier write of ours had arrived although its answer was lost; or
                # another process has other new tokens.
                return found
            # The row has the spent tokens still: somebody moved the idle time on, or has taken the
            # lease after ours ran out. Either way, only we have what can be used.
            self.session = found
        raise StoreUnavailable("the row never stood still")

    async def give_back(self, setback: Setback) -> Session | None:
        """End the lease without new tokens; return the row as it is then, None if it has ended."""
        for _ in range(MOST_REBASES):
            try:
                return await self._ledger.write(replace(self.session, lease=None, setback=setback))
            except ConditionFailed:
                found = await self._found()
            except StoreUnavailable:
                # The lease runs out by itself.
                return self.session
            if found is None or not is_held_by(found, self._holder):
                return found
            self.session = found
        return self.session

    async def _found(self) -> Session | None:
        return await self._ledger.read(self.session.ticket, now=self._clock.now())
