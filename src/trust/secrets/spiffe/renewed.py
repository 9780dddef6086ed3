"""An identity in this process: fetched once for all who want it, renewed at half of its life."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from trust import log
from trust.clock import Clock, Instant, NumericDate, elapsed_s, instant
from trust.secrets.backoff import Backoff
from trust.secrets.freshness import MARGIN_S, Age, Life, Terms
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable

RENEW_AT = 1 / 2
"""The part of an identity's life after which it is renewed, as agents do it themselves."""

_TERMS = Terms()

Draw = Callable[[], float]
"""Returns a number from 0 to 1 by chance."""


class Ending(Protocol):
    """Something that is good until a certain time."""

    @property
    def expires_at(self) -> NumericDate:
        """From when on it must not be used."""
        ...


T = TypeVar("T", bound=Ending)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known(Generic[T]):
    value: T
    since: Instant
    life: Life


class Renewed(Generic[T]):
    """The newest identity of one kind, and the one question for another that may be under way."""

    def __init__(
        self, fetch: Callable[[], Awaitable[T]], *, within_s: float, clock: Clock, draw: Draw
    ) -> None:
        self._fetch = fetch
        self._within_s = within_s
        self._clock = clock
        self._draw = draw
        self._known: _Known[T] | None = None
        self._asking: asyncio.Task[T] | None = None
        self._fault: SecretUnavailable | None = None
        self._backoff = Backoff(_TERMS, clock)

    async def value(self) -> T:
        """Return an identity with some time left. Raises SecretOutage, SecretRefused.

        One that is due is renewed while it serves on, so that nobody waits for an agent that
        hangs. After a failure there is a pause, in which everybody gets the same answer.
        """
        if self._age() is not Age.FRESH:
            self._begin()
        if self._known is not None:
            return self._known.value
        if self._asking is not None:
            # Shielded: the first to ask may go away, the others still wait for the answer.
            return await asyncio.shield(self._asking)
        # Not the same object: each raising would add to its traceback.
        fault = self._fault or SecretOutage("nothing was asked yet")
        raise type(fault)(str(fault))

    def put(self, value: T) -> None:
        """Use this one from now on: it came without being asked for."""
        self._keep(value, instant(self._clock))

    def fail(self, error: SecretUnavailable) -> None:
        """Have it known that something came which is not to be used. A refusal ends what is known.

        The next who needs an identity asks for it, after a pause.
        """
        self._failed(error)

    def doubt(self) -> None:
        """Ask now: what told us of changes has gone silent, perhaps since we are nobody now."""
        if self._known is not None:
            life = Life(0.0, self._known.life.over_s)
            self._known = replace(self._known, life=life)
        self._begin()

    async def close(self) -> None:
        """Stop asking, and forget."""
        self._known = None
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    def _begin(self) -> None:
        if self._backoff.left_s <= 0 and self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
            self._asking.add_done_callback(self._answered)

    def _age(self) -> Age:
        # What is over is dropped here, and nowhere used.
        if self._known is None:
            return Age.OVER
        age = self._known.life.age(elapsed_s(self._known.since, self._clock))
        if age is Age.OVER:
            self._known = None
        return age

    async def _ask(self) -> T:
        asked = instant(self._clock)
        try:
            async with asyncio.timeout(self._within_s):
                found = await self._fetch()
        except TimeoutError:
            slow = SecretOutage(f"no identity came within {self._within_s:.0f} s")
            self._failed(slow)
            raise slow from None
        except SecretUnavailable as error:
            self._failed(error)
            raise
        self._keep(found, asked)
        return found

    def _keep(self, found: T, asked: Instant) -> None:
        left_s = float(found.expires_at - asked.wall)
        over_s = max(0.0, left_s - min(MARGIN_S, left_s / 10))
        early = 1 - _TERMS.jitter * self._draw()
        self._known = _Known(value=found, since=asked, life=Life(left_s * RENEW_AT * early, over_s))
        self._fault = None
        self._backoff.succeeded()

    def _failed(self, error: SecretUnavailable) -> None:
        # Not the object itself: by its traceback it holds on to what was looked at, token and all.
        self._fault = type(error)(str(error))
        self._backoff.failed(self._draw())
        refused = isinstance(error, SecretRefused)
        log.fault("identity.refused" if refused else "identity.outage", error)
        if refused:
            self._known = None

    def _answered(self, done: "asyncio.Task[T]") -> None:
        self._asking = None
        if not done.cancelled():
            # Looked at here, since everybody who waited may have gone away.
            done.exception()
