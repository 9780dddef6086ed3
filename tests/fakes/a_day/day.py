"""Twenty-four hours of a process that uses secrets, judged by what is true at their keeper."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from fakes.a_day.script import DAY_S, Script
from fakes.a_day.truth import Truth, Watched, WatchedSigning
from fakes.a_day.virtual import VirtualLoop, WorldClock
from fakes.a_day.world import Fate, World
from trust.secrets.freshness import Terms
from trust.secrets.reference import SIGNING, Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import SecretUnavailable
from trust.secrets.tending import Tending


@dataclass(slots=True, kw_only=True)
class Counts:
    """What came of it. All that is not allowed is named first."""

    expired: int = 0
    """Served with a lease that had ended."""
    stale: int = 0
    """Served longer after the keeper last answered than the bound says."""
    denied: int = 0
    """Served after the keeper had said no to a look."""
    leaked: int = 0
    """Lines of the log with something secret in them."""
    lost: int = 0
    """Requests that ended in something else than a value or `secret_unavailable`."""
    kept_waiting: int = 0
    """Requests on a server that waited although there was something to serve."""
    served: int = 0
    refused: int = 0
    unavailable: int = 0
    """Refused although the keeper denied nothing."""
    revoked: int = 0
    """Denials that began while the value was in use, and were noticed."""
    recovered: int = 0
    """Credentials that were dead before their time, and replaced as soon as somebody said so."""
    longest_wait_s: float = 0.0
    calls: int = 0
    faulted: int = 0
    logins: int = 0

    @property
    def forbidden(self) -> dict[str, int]:
        """Return what must not have happened, and did."""
        names = ("expired", "stale", "denied", "leaked", "lost", "kept_waiting")
        return {name: count for name in names if (count := getattr(self, name))}


OpenWorld = Callable[[Truth], World]

_LEASED = frozenset({Scheme.VAULT_DATABASE, Scheme.VAULT_AWS})
_MEMBERS = {
    Scheme.VAULT_KV: "password",
    Scheme.VAULT_DATABASE: "password",
    Scheme.VAULT_AWS: "secret_key",
    Scheme.SECRETS_MANAGER: "password",
}


def a_day(
    script: Script,
    *,
    places: Sequence[Reference],
    world: OpenWorld,
    tended: bool,
    terms: Terms | None = None,
    seconds: float = DAY_S,
) -> Counts:
    """Return what came of a day by this script, on a server (`tended`) or on Lambda."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        day = _Day(script, places, terms or Terms(), tended=tended)
        return runner.run(day.run(world, seconds))


CANARIES = ("canary", "hvs.")
"""What secrets of a day have in them, and nothing that may be seen."""


class _Lines(logging.Handler):
    """Looks for secrets in what is logged."""

    def __init__(self, counts: Counts) -> None:
        super().__init__(logging.DEBUG)
        self._counts = counts

    def emit(self, record: logging.LogRecord) -> None:
        self._counts.leaked += any(sign in record.getMessage() for sign in CANARIES)


class _Day:
    def __init__(
        self, script: Script, places: Sequence[Reference], terms: Terms, *, tended: bool
    ) -> None:
        self._script = script
        self._places = places
        self._terms = terms
        self._tended = tended
        self._random = Random(script.seed)  # noqa: S311 a day that can be repeated
        self._counts = Counts()
        self._noticed: set[int] = set()

    async def run(self, world: OpenWorld, seconds: float) -> Counts:
        clock = WorldClock(asyncio.get_running_loop())
        self._clock = clock
        self._truth = Truth(
            clock=clock, script=self._script, places=self._places, random=self._random
        )
        self._world = opened = world(self._truth)
        self._secrets = Secrets(
            {scheme: Watched(found, self._truth) for scheme, found in opened.sources.items()},
            {scheme: WatchedSigning(own, self._truth) for scheme, own in opened.signers.items()},
            terms=self._terms,
            clock=clock,
            draw=self._random.random,
        )
        lines, logger = _Lines(self._counts), logging.getLogger("gatehouse")
        level, propagate = logger.level, logger.propagate
        logger.addHandler(lines)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        try:
            await self._live(seconds)
        finally:
            await opened.close()
            logger.removeHandler(lines)
            logger.setLevel(level)
            logger.propagate = propagate
        counts, truth = self._counts, self._truth
        counts.calls, counts.faulted, counts.logins = truth.calls, truth.faulted, opened.logins
        return counts

    async def _live(self, seconds: float) -> None:
        tending = Tending(self._secrets)
        if self._tended:
            tending.begin()
        async with asyncio.TaskGroup() as requests:
            while self._truth.day_s < seconds:
                await self._until_the_next()
                many = self._script.burst if self._random.random() < 0.02 else 1
                for _ in range(many):
                    requests.create_task(self._request(self._random.choice(self._places)))
        await tending.close()
        await self._secrets.close()

    async def _until_the_next(self) -> None:
        pause_s = self._random.expovariate(self._script.requests_per_hour / 3600)
        if self._tended and self._script.set_clock_s and self._random.random() < 0.01:
            most_s = self._script.set_clock_s
            self._clock.set_by_s = self._random.uniform(-most_s, most_s)
        if not self._tended and self._random.random() < 0.1:
            # On Lambda the process is frozen between requests, with whatever it had begun.
            self._clock.freeze(self._random.uniform(0, self._script.longest_freeze_s))
        await asyncio.sleep(pause_s)

    async def _request(self, place: Reference) -> None:
        try:
            await (self._sign(place) if place.scheme in SIGNING else self._get(place))
        except SecretUnavailable:
            self._counts.refused += 1
            self._counts.unavailable += self._truth.denial(place) is None
        except BaseException:
            # Also a cancellation: nobody cancels these.
            self._counts.lost += 1
            raise
        self._notice(place)

    async def _get(self, place: Reference) -> None:
        member = replace(place, key=_MEMBERS[place.scheme])
        at_hand = self._is_at_hand(place)
        began_s = self._clock.monotonic()
        held = await self._secrets.get(member)
        self._waited(self._clock.monotonic() - began_s, at_hand=at_hand)
        self._judge(place, held.version)
        if self._world.fate(place, held.version) is Fate.REVOKED:
            # Whoever is refused with it says so, once, and tries what they get then.
            newer = await self._secrets.newer(member, held.version)
            self._judge(place, newer.version)
            self._counts.recovered += newer.version != held.version

    def _is_at_hand(self, place: Reference) -> bool:
        healths = (health for health in self._secrets.health() if health.reference == place)
        return any(health.age_s is not None for health in healths)

    def _waited(self, waited_s: float, *, at_hand: bool) -> None:
        counts = self._counts
        counts.longest_wait_s = max(counts.longest_wait_s, waited_s)
        counts.kept_waiting += self._tended and at_hand and waited_s > 0

    async def _sign(self, place: Reference) -> None:
        signer = await self._secrets.signer(place)
        self._judge(place, signer.key_id)
        await signer.sign(b"header.payload")

    def _judge(self, place: Reference, version: str) -> None:
        truth, counts = self._truth, self._counts
        counts.served += 1
        counts.expired += self._world.fate(place, version) is Fate.ENDED
        counts.denied += truth.is_denied_and_known(place)
        if place.scheme not in _LEASED:
            age_s = self._clock.world - truth.asked_at[place]
            counts.stale += age_s > self._terms.max_stale_s

    def _notice(self, place: Reference) -> None:
        """Look whether a denial that has begun long ago is still unnoticed."""
        denial = self._truth.denial(place)
        if denial is None:
            return
        if self._truth.is_denied_and_known(place) and id(denial) not in self._noticed:
            self._noticed.add(id(denial))
            self._counts.revoked += 1
