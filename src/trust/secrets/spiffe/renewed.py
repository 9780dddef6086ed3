"""An identity in this process: fetched once for all who want it, renewed at half of its life."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from trust import log
from trust.clock import Clock, Instant, NumericDate, elapsed_s, instant
from trust.flight import Flight
from trust.secrets.backoff import Backoff
from trust.secrets.freshness import Age, Draw, Life, Terms, usable_s
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable

RENEW_AT = 1 / 2
"""The part of an identity's life after which it is renewed, as agents do it themselves."""

_TERMS = Terms()


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
        self._flight: Flight[None] = Flight(
            lambda: SecretOutage("asking for an identity was given up")
        )
        self._closed = False
        self._told = 0
        """What came without being asked for."""
        self._fault: SecretUnavailable | None = None
        self._backoff = Backoff(_TERMS, clock)

    async def value(self) -> T:
        """Return an identity with some time left. Raises SecretOutage, SecretRefused.

        One that is due is renewed while it serves on, so that nobody waits for an agent that
        hangs. After a failure there is a pause, in which everybody gets the same answer.
        """
        if self._age() is not Age.FRESH:
            self._begin()
        if self._known is None and self._flight.under_way:
            await self._flight.joined(self._ask)
        if self._known is not None:
            return self._known.value
        raise SecretOutage("nothing was asked yet") if self._fault is None else self._fault.anew()

    def put(self, value: T) -> None:
        """Use this one from now on: it came without being asked for."""
        if not self._closed:
            self._told += 1
            self._keep(value, instant(self._clock))

    def fail(self, error: SecretUnavailable) -> None:
        """Have it known that something came which is not to be used. A refusal ends what is known.

        The next who needs an identity asks for it, after a pause.
        """
        if not self._closed:
            self._told += 1
            self._failed(error)

    def doubt(self) -> None:
        """Ask now: what told us of changes has gone silent, perhaps since we are nobody now."""
        if self._known is not None:
            life = Life(0.0, self._known.life.over_s)
            self._known = replace(self._known, life=life)
        self._begin()

    async def close(self) -> None:
        """Stop asking, and forget, for good. Whoever waits, or comes later, gets SecretOutage."""
        self._closed = True
        await self._flight.close()
        self._known, self._fault = None, SecretOutage("this process is done with its identity")

    def _begin(self) -> None:
        if not self._closed and self._backoff.left_s <= 0:
            self._flight.begin(self._ask)

    def _age(self) -> Age:
        # What is over is dropped here, and nowhere used.
        if self._known is None:
            return Age.OVER
        age = self._known.life.age(elapsed_s(self._known.since, self._clock))
        if age is Age.OVER:
            self._known = None
        return age

    async def _ask(self) -> None:
        """Ask; how it went is in `_known` and `_fault`."""
        asked, told = instant(self._clock), self._told
        answer = await self._answer()
        if told != self._told:
            # What came meanwhile is newer: an answer from before it would bring back an identity
            # that was taken away since.
            return
        if isinstance(answer, SecretUnavailable):
            self._failed(answer)
        else:
            self._keep(answer, asked)

    async def _answer(self) -> T | SecretUnavailable:
        try:
            async with asyncio.timeout(self._within_s):
                return await self._fetch()
        except TimeoutError:
            return SecretOutage(f"no identity came within {self._within_s:.0f} s")
        except SecretUnavailable as error:
            return error
        except Exception as error:  # noqa: BLE001 whatever a library trips over passes, perhaps
            # By its class alone: it is none of ours, and may quote anything.
            return SecretOutage(f"no identity came: {type(error).__name__}")

    def _keep(self, found: T, asked: Instant) -> None:
        left_s = float(found.expires_at - asked.wall)
        over_s = max(0.0, usable_s(left_s))
        early = 1 - _TERMS.jitter * self._draw()
        self._known = _Known(value=found, since=asked, life=Life(left_s * RENEW_AT * early, over_s))
        self._fault = None
        self._backoff.succeeded()

    def _failed(self, error: SecretUnavailable) -> None:
        self._fault = error.anew()
        self._backoff.failed(self._draw())
        refused = isinstance(error, SecretRefused)
        log.fault("identity.refused" if refused else "identity.outage", error)
        if refused:
            self._known = None
