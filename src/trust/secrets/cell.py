"""One secret in this process: fetched once for all who want it, never used beyond its bound."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from trust import log
from trust.clock import Clock, elapsed_s, instant
from trust.secrets.backoff import Backoff
from trust.secrets.freshness import Draw, Terms
from trust.secrets.known import Known, known_of
from trust.secrets.reference import Reference
from trust.secrets.source import (
    Fetched,
    SecretMalformed,
    SecretOutage,
    SecretRefused,
    SecretUnavailable,
    Source,
    Unfit,
)

T = TypeVar("T")

FETCH_S = 10.0
"""How long a keeper may take, all its own tries and logins included."""

LONGEST_S = FETCH_S + 1
"""A look that takes longer was frozen with the process, or does not end when it is told to."""

PATIENCE_S = 2.0
"""How long somebody waits for a newer value while there is one that may be used."""


class State(Enum):
    """How a secret stands."""

    FRESH = "fresh"
    STALE = "stale"
    """The last look failed; the value of an earlier one serves, to its bound."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a secret stands, for those who look after it; nothing in it is secret."""

    reference: Reference
    state: State
    age_s: float | None
    """Since its keeper was last asked with success."""
    stale_s: float
    """Since it should have been renewed; 0 unless it is stale."""
    failures: int
    """Looks that failed since the last that did not."""
    fault: str | None
    """The class of the last failure."""


class Cell:
    """The value of one place, its age, and the one look at its keeper that may be under way."""

    def __init__(
        self, place: Reference, source: Source, *, terms: Terms, clock: Clock, draw: Draw
    ) -> None:
        self.place = place
        self.source = source
        self._terms = terms
        self._clock = clock
        self._draw = draw
        self._known: Known | None = None
        self._looking: asyncio.Task[None] | None = None
        self._begun = instant(clock)
        self._disowned: Fetched | None = None
        self._fault: SecretUnavailable | None = None
        self._backoff = Backoff(terms, clock)
        self.tended = False
        """Whether somebody looks whenever this is due, so that whoever uses it need not."""
        self.checks: list[Callable[[Fetched], object]] = []
        """Raise Unfit for a value that its user could do nothing with."""
        self.watchers: list[Callable[[Fetched | None], None]] = []
        """Called with each new version, and with None when there is no value any more."""

    @property
    def known(self) -> Known | None:
        """What may be used now, and until when; what is over is dropped here."""
        known = self._known
        if known is None or known.fetched.constant or not known.is_over(self._clock):
            return known
        log.event("secrets.over", reference=str(self.place))
        self._drop()
        return None

    @property
    def fetched(self) -> Fetched | None:
        """What may be used now."""
        known = self.known
        return None if known is None else known.fetched

    @property
    def fault(self) -> SecretUnavailable | None:
        """Why the last look failed; None if it did not."""
        return self._fault

    def wait_s(self) -> float:
        """Return the seconds until there is something to do here: 0 now, `inf` never."""
        known, paused_s = self.known, self._backoff.left_s
        if known is None:
            return paused_s
        age_s = known.age_s(self._clock)
        due_s = max(known.life.due_s - age_s, paused_s)
        return max(0.0, min(due_s, known.life.over_s - age_s))

    def is_due(self) -> bool:
        """Tell whether the keeper should be asked, and may be: after a failure there is a pause."""
        known = self.known
        if self._backoff.left_s > 0:
            return False
        return known is None or known.is_due(self._clock)

    async def value(self) -> Fetched:
        """Return what may be used. Raises SecretOutage, SecretRefused.

        Its keeper is asked where there is nothing; and, unless somebody tends it, where it is due.
        """
        if not self.tended or self.known is None:
            await self.freshen()
        return self.held().fetched

    async def freshen(self) -> None:
        """Ask the keeper if that is due; wait for it only as long as there is a reason to."""
        if not self.is_due():
            return
        looking = self.begin()
        patience_s = LONGEST_S
        if self.known is not None:
            # A keeper that hangs costs this much once, and not everybody who comes meanwhile.
            patience_s = max(0.0, PATIENCE_S - elapsed_s(self._begun, self._clock))
        await asyncio.wait({looking}, timeout=patience_s)

    async def look(self) -> Fetched:
        """Ask the keeper, once for all who wait. In an outage, what is known serves on.

        Raises SecretOutage where nothing does, and SecretRefused.
        """
        # Whoever comes in the pause after a failure gets what that one got.
        if self._looking is not None or not self._backoff.left_s:
            # Whoever asked first may go away: it is not their look alone, and so not cancelled.
            await asyncio.wait({self.begin()}, timeout=LONGEST_S)
        return self.held().fetched

    async def look_again(self, refused: str, every_s: float | None = None) -> Fetched:
        """Return a value of another version than that which was refused, if there is one by now.

        Raises as `look`. The keeper is asked at most once in `every_s`: whoever can make us ask
        again by a made-up key id, or refuses us without end, must not make us flood it.
        """
        found = self.fetched
        if found is None:
            return await self.look()
        if found.version != refused:
            return found
        # All who were refused at the same time wait for the same look.
        if self._looking is not None or self._backoff.may_force(every_s):
            self._disowned = found
            return await self.look()
        return found

    def begin(self) -> "asyncio.Task[None]":
        """Begin to ask the keeper, or return the look that is under way; it raises nothing."""
        if self._looking is not None and elapsed_s(self._begun, self._clock) > LONGEST_S:
            # What was connected before the freeze is not any more: nobody should wait for it.
            self._give_up(self._looking)
        if self._looking is None:
            self._begun = instant(self._clock)
            self._looking = asyncio.ensure_future(self._look())
            self._looking.add_done_callback(self._looked)
        return self._looking

    def held(self) -> Known:
        """Return what may be used, and until when. Raises SecretOutage, SecretRefused."""
        known = self.known
        if known is None:
            raise self.absent()
        return known

    def absent(self) -> SecretUnavailable:
        """Return what to raise when there is no value: why the last look failed."""
        if self._fault is None:
            return SecretOutage(f"{self.place}: what was known is over, or nothing was asked yet")
        return self._fault.anew()

    def evict(self, error: SecretRefused) -> None:
        """Drop the value: its keeper has said no to somebody who used it."""
        self._failed(error)

    def checked(self, check: Callable[[Fetched], T], found: Fetched) -> T:
        """Return what `check` makes of a value. Raises SecretMalformed."""
        try:
            return check(found)
        except Exception as error:  # noqa: BLE001 it reads what others wrote, and may trip over it
            told = _told(error)
        # Here, not above: its context would be the error of a reader, with all that it read.
        raise SecretMalformed(f"{self.place}: {told}")

    def health(self) -> Health:
        """Say how it stands."""
        known, failures = self.known, self._backoff.failures
        age_s = None if known is None else known.age_s(self._clock)
        late_s = 0.0 if known is None or age_s is None else age_s - known.life.due_s
        stale = known is not None and failures > 0
        return Health(
            reference=self.place,
            state=State.ABSENT if known is None else State.STALE if stale else State.FRESH,
            age_s=age_s,
            stale_s=max(0.0, late_s) if stale else 0.0,
            failures=failures,
            fault=None if self._fault is None else type(self._fault).__name__,
        )

    async def close(self) -> None:
        """Give up a look that is under way, and forget the value."""
        looking = self._looking
        if looking is not None:
            self._give_up(looking)
            await asyncio.wait({looking}, timeout=LONGEST_S - FETCH_S)
        self._drop()

    async def _look(self) -> None:
        answer = await self._answer()
        if self._looking is not asyncio.current_task():
            # Given up meanwhile: a later look may already have said something newer.
            return
        if isinstance(answer, Known):
            self._keep(answer)
        else:
            self._failed(answer)

    async def _answer(self) -> Known | SecretUnavailable:
        asked = instant(self._clock)
        try:
            async with asyncio.timeout(FETCH_S):
                found = await self.source.fetch(self.place, self._extensible)
            for check in tuple(self.checks):
                # Where it fails, the one before serves on: somebody may be in mid-change.
                self.checked(check, found)
        except TimeoutError:
            return SecretOutage(f"{self.place}: no answer within {FETCH_S:.0f} s")
        except SecretUnavailable as error:
            return error
        except Exception as error:  # noqa: BLE001 a fault of the adapter is no reason to drop it
            return SecretOutage(f"{self.place}: {type(error).__name__}")
        known = known_of(found, asked, self._terms, self._draw())
        if known.is_over(self._clock):
            return SecretOutage(f"{self.place}: what came was over before it was here")
        return known

    @property
    def _extensible(self) -> Fetched | None:
        """What its keeper may extend: not what its owner has refused, though its lease may last."""
        return None if self.fetched is self._disowned else self.fetched

    def _keep(self, known: Known) -> None:
        before = self.fetched
        self._known, self._fault, self._disowned = known, None, None
        self._backoff.succeeded()
        if before is None or before.version != known.fetched.version:
            self._tell(known.fetched)

    def _failed(self, error: SecretUnavailable) -> None:
        self._fault = error.anew()
        self._backoff.failed(self._draw())
        refused = isinstance(error, SecretRefused)
        log.fault("secrets.refused" if refused else "secrets.outage", error)
        if refused:
            self._drop()

    def _drop(self) -> None:
        self._disowned = None
        if self._known is not None:
            self._known = None
            self._tell(None)

    def _tell(self, found: Fetched | None) -> None:
        for watcher in tuple(self.watchers):
            try:
                watcher(found)
            except Exception as error:  # noqa: BLE001 the others are told all the same
                # By its class alone: it has just been given the secret, and may quote it.
                fault = type(error).__name__
                log.event("secrets.watcher_failed", reference=str(self.place), error=fault)

    def _give_up(self, looking: "asyncio.Task[None]") -> None:
        looking.remove_done_callback(self._looked)
        looking.cancel()
        self._looking = None

    def _looked(self, done: "asyncio.Task[None]") -> None:
        self._looking = None
        if done.cancelled():
            # By the adapter itself, or since all of the process ends.
            self._failed(SecretOutage(f"{self.place}: the look was given up"))


def _told(error: Exception) -> str:
    # Readers quote what they were given: `int`, and whatever a user's library has.
    return str(error) if isinstance(error, Unfit) else type(error).__name__
