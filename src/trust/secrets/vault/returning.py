"""Giving back what Vault made for us, once nobody uses it any more: best effort, never in the way.

A lease that is not given back ends by itself; until then its credentials open something for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from trust import log
from trust.clock import Clock, Instant, elapsed_s, instant
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.vault.lease import Lease
from trust.secrets.vault.session import VaultSession

_AGAIN_S, _LONGEST_S = 30.0, 600.0
"""After this long revocations that Vault could not be asked for are tried again; then twice that, …

One pause for all of them: where one fails, so would the next.
"""

_CLOSE_S = 3.0
"""How long giving everything back at the end may take: a process that is told to end must."""

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    lease: Lease
    since: Instant
    wait_s: float

    def left_s(self, clock: Clock) -> float:
        return self.wait_s - elapsed_s(self.since, clock)


class Returning:
    """The leases that are to be revoked, each after its time to drain."""

    def __init__(self, session: VaultSession, clock: Clock, *, pause: Pause) -> None:
        self._session = session
        self._clock = clock
        self._pause = pause
        self._waiting: dict[str, _Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timed: asyncio.Task[None] | None = None
        self._outages = 0
        self._failed: Instant | None = None
        self._denied = False
        """Vault's policy lets us revoke nothing: asking again would only cost a login each time."""

    def later(self, lease: Lease, wait_s: float) -> None:
        """Give `lease` back after so many seconds."""
        since = instant(self._clock)
        self._waiting[lease.id] = _Waiting(lease=lease, since=since, wait_s=wait_s)
        if self._timed is None:
            self._timed = asyncio.ensure_future(self._run())
            self._own(self._timed)

    def nudge(self) -> None:
        """Give back what has drained: a process that was frozen has slept too long."""
        if any(one.left_s(self._clock) <= 0 for one in self._waiting.values()):
            self._own(asyncio.ensure_future(self.look()))

    async def look(self) -> None:
        """Give back what has drained."""
        drained = [one for one in self._waiting.values() if one.left_s(self._clock) <= 0]
        left_s = self._paused_s()
        for one in drained:
            # First, so that two looks at the same time do not both revoke it; and at the end of the
            # line, so that one which always fails does not hold up the others.
            del self._waiting[one.lease.id]
            wait_s = left_s or _pause_s(self._outages + 1)
            again = replace(one, since=instant(self._clock), wait_s=wait_s)
            self._waiting[one.lease.id] = again
        for one in drained if left_s <= 0 else ():
            if not await self._revoked(one.lease):
                return
            self._waiting.pop(one.lease.id, None)

    async def close(self, leases: Iterable[Lease]) -> None:
        """Give back all that waits, and `leases`, now."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        everything = [*(one.lease for one in self._waiting.values()), *leases]
        self._waiting.clear()
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._give_back(everything)
        except TimeoutError as error:
            log.fault("secrets.leases_left", error, leases=len(everything))

    async def _give_back(self, leases: list[Lease]) -> None:
        alive = [lease for lease in leases if not lease.is_over(self._clock)]
        # Where the first cannot be given back, nor can the others; they end with their token.
        if alive and await self._revoked(alive[0]):
            await asyncio.gather(*(self._revoked(lease) for lease in alive[1:]))

    async def _run(self) -> None:
        while self._waiting:
            least_s = min(one.left_s(self._clock) for one in self._waiting.values())
            await self._pause(max(0.0, least_s))
            await self.look()

    async def _revoked(self, lease: Lease) -> bool:
        """Tell whether there is nothing to be done about a lease any more."""
        if self._denied or lease.is_over(self._clock):
            return True
        try:
            await self._session.call(partial(_revoke, lease.id), lease.place)
        except SecretOutage:
            self._outages += 1
            self._failed = instant(self._clock)
            return False
        except SecretRefused as error:
            if not self._denied:
                log.fault("secrets.revocation_denied", error)
            self._denied = True
        self._outages, self._failed = 0, None
        return True

    def _paused_s(self) -> float:
        if self._failed is None:
            return 0.0
        return max(0.0, _pause_s(self._outages) - elapsed_s(self._failed, self._clock))

    def _own(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if task is self._timed:
            self._timed = None


def _pause_s(outages: int) -> float:
    return min(_AGAIN_S * (1 << min(outages - 1, 10)), _LONGEST_S)


def _revoke(lease_id: str, client: Any) -> object:
    return client.sys.revoke_lease(lease_id)
