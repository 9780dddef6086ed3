"""Our certificate as it is now: told of by the agent's stream, asked for where that is silent."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeAlias

from trust.clock import Clock, Instant, elapsed_s, instant
from trust.secrets.backoff import Backoff
from trust.secrets.freshness import Draw, Terms
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.spiffe.identity import LEAST_LEFT_S
from trust.secrets.spiffe.renewed import Renewed
from trust.secrets.spiffe.spiffe_id import Expected, parse_spiffe_id
from trust.secrets.spiffe.svid import X509Svid

LIVED_S = 60.0
"""A stream that lasted so long was a good one: its end is news, and no pattern."""

X509Update: TypeAlias = list[X509Svid]
"""All identities that an agent says are ours; the first is the one to use by default."""


class Certificates(Protocol):
    """Something on this machine that gives us certificates."""

    async def x509(self) -> X509Update:
        """Return them as they are now. Raises SecretOutage, SecretRefused."""
        ...

    def watch(
        self, changed: Callable[[X509Update], None], ended: Callable[[], None]
    ) -> Callable[[], None]:
        """Have `changed` called with new ones, until `ended` is, in any thread.

        Returns what stops it. Raises SecretOutage, SecretRefused.
        """
        ...

    async def close(self) -> None:
        """Give back what is open."""
        ...


class X509Svids:
    """The identity for mutual TLS."""

    def __init__(
        self,
        certificates: Certificates,
        *,
        expected: Expected,
        within_s: float,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._certificates = certificates
        self._expected = expected
        self._clock = clock
        self._draw = draw
        self._renewed: Renewed[X509Svid] = Renewed(
            self._fetched, within_s=within_s, clock=clock, draw=draw
        )
        self._stop: Callable[[], None] | None = None
        self._streams = Backoff(Terms(), clock)
        """Counts streams that ended as soon as they had begun."""
        self._opened: Instant | None = None

    async def x509_svid(self) -> X509Svid:
        """Return the certificate and its key. Raises SecretOutage, SecretRefused."""
        if self._is_silent() and self._streams.left_s <= 0:
            self._renewed.doubt()
        return await self._renewed.value()

    async def close(self) -> None:
        """Stop watching, forget the key, and close what gave it."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        await self._renewed.close()
        await self._certificates.close()

    async def _fetched(self) -> X509Svid:
        found = self._ours(await self._certificates.x509())
        if self._stop is None and self._streams.left_s <= 0:
            self._opened = instant(self._clock)
            self._stop = self._watched(asyncio.get_running_loop())
        return found

    def _is_silent(self) -> bool:
        """Tell whether there was a stream, and is none."""
        return self._opened is not None and self._stop is None

    def _watched(self, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
        def tell(call: Callable[[], None]) -> None:
            # The loop may be closed while the thread still runs: then nobody wants to know.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(call)

        return self._certificates.watch(
            lambda update: tell(lambda: self._take(update)), lambda: tell(self._ended)
        )

    def _take(self, update: X509Update) -> None:
        try:
            self._renewed.put(self._ours(update))
        except SecretUnavailable as error:
            self._renewed.fail(error)

    def _ended(self) -> None:
        self._stop = None
        if self._opened is not None and elapsed_s(self._opened, self._clock) >= LIVED_S:
            self._streams.succeeded()
        self._streams.failed(self._draw())
        # At once for the first: perhaps we are nobody now. An agent that ends each stream as it
        # begins would otherwise be asked without end; the next is opened by whoever needs us.
        if self._streams.failures == 1:
            self._renewed.doubt()

    def _ours(self, update: X509Update) -> X509Svid:
        if not update:
            raise SecretOutage("the Workload API gave no certificate")
        mismatches = [self._expected.mismatch(parse_spiffe_id(each.spiffe_id)) for each in update]
        if None not in mismatches:
            raise SecretRefused(f"the X509-SVID {mismatches[0]}")
        found = update[mismatches.index(None)]
        if found.expires_at - self._clock.now() < LEAST_LEFT_S:
            raise SecretOutage("the X509-SVID is over, or about to be")
        self._expected = self._expected.pinned(parse_spiffe_id(found.spiffe_id))
        return found
