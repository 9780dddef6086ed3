"""Days at the local Vault by a list of deeds: what somebody does there, and exactly when.

Nothing is drawn but the requests. What a path answers wrongly is ordered at the double itself, so
that one thing may fail while all others work, or several at once.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from random import Random
from typing import Any

from devstack.vault.calls import Call
from devstack.vault.faults import Fault as Order
from fakes.a_day.day import Counts, a_day
from fakes.a_day.double import DoubleVault
from fakes.a_day.inline import Later, Slow
from fakes.a_day.script import Script
from fakes.a_day.truth import Truth
from fakes.a_day.virtual import VirtualLoop, WorldClock
from trust.secrets.freshness import Terms
from trust.secrets.reference import Reference
from trust.secrets.secrets import Secrets

HOUR_S = 3600.0

Deed = Callable[["Keeper"], None]


class Sluggish(Later):
    """Lets everything take longer by the same time."""

    def __init__(self, wire: Slow, by_s: float) -> None:
        super().__init__(wire)
        self._slow = wire
        self._by_s = by_s

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Run it."""

        def late() -> Any:
            try:
                return fn(*args, **kwargs)
            finally:
                self._slow.took_s += self._by_s

        return super().submit(late)


@dataclass(slots=True)
class Keeper:
    """Vault, as those who look after it and those who attack it see it."""

    world: Any
    """A `DoubleVault`, looked into from behind."""
    truth: Truth

    @property
    def calls(self) -> tuple[Call, ...]:
        """What the process has asked, oldest first."""
        calls: tuple[Call, ...] = self.world._gateway.calls.all()
        return calls

    def order(self, **order: Any) -> None:
        """Have a path answer so, until `heal`."""
        self.world._gateway.faults.order(Order(times=0, **order))

    def heal(self) -> None:
        """Have all paths answer as they should."""
        self.world._gateway.faults.clear()

    def write(self, path: str, **fields: Any) -> None:
        """Write as root; no fault meets it."""
        self.world._ask("POST", path, fields)

    def ask(self, method: str, path: str) -> None:
        """Do something else as root."""
        self.world._ask(method, path, {})

    @property
    def is_sealed(self) -> bool:
        """Whether nobody can do anything there, not even root."""
        return bool(self.world._core.seal.sealed)

    def seal(self) -> None:
        """Seal it."""
        self.world._core.seal.standing = "sealed"

    def unseal(self) -> None:
        """Open it again."""
        self.world._core.seal.standing = "active"

    def revoke_tokens(self) -> None:
        """End all tokens but root's, and with them all their leases."""
        self.world._revoke_tokens()

    def set_clock(self, by_s: float) -> None:
        """Set the process's wall clock; not the world's."""
        self.truth.clock.set_by_s = by_s

    def slow_down(self, by_s: float) -> None:
        """Have every answer come so much later."""
        http = self.world._vault.session._http
        http._threads = Sluggish(http._threads._wire, by_s)

    def asked(self, path: str, *, least_status: int = 0) -> list[Call]:
        """Return the calls of paths that begin so, answered by at least this status."""
        return [
            call
            for call in self.calls
            if call.path.startswith(path) and call.status >= least_status
        ]

    def most_in_a_minute(self, path: str = "", *, least_status: int = 0) -> int:
        """Return how many of those calls came in the busiest minute."""
        calls = self.asked(path, least_status=least_status)
        minutes = Counter(int(call.at // 60) for call in calls)
        return max(minutes.values(), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """How many requests there are, of what, and how."""

    places: Sequence[Reference]
    hours: float = 1.0
    requests_per_hour: float = 300.0
    tended: bool = True
    rotations: int = 0
    terms: Terms | None = None


def a_worse_day(day: Worse, deeds: Sequence[tuple[float, Deed]]) -> tuple[Counts, Keeper]:
    """Return what came of it; a deed is done so many seconds after the beginning."""
    opened: list[Keeper] = []

    def world(truth: Truth) -> DoubleVault:
        made = DoubleVault(truth, cuts_tokens=False)
        keeper = Keeper(made, truth)
        opened.append(keeper)
        loop = asyncio.get_running_loop()
        for at_s, deed in deeds:
            loop.call_later(at_s, deed, keeper)
        return made

    script = Script(
        seed=3,
        rate=0.0,
        rotations=day.rotations,
        requests_per_hour=day.requests_per_hour,
        burst=5,
        longest_freeze_s=0.0,
    )
    counts = a_day(
        script,
        places=day.places,
        world=world,
        tended=day.tended,
        terms=day.terms,
        seconds=day.hours * HOUR_S,
    )
    return counts, opened[0]


Scene = Callable[[Secrets, Keeper], Awaitable[None]]


def staged(scene: Scene, places: Sequence[Reference]) -> None:
    """Play a scene step by step: a process without anybody who tends its secrets, and its Vault."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(_staged(scene, places))


async def _staged(scene: Scene, places: Sequence[Reference]) -> None:
    clock = WorldClock(asyncio.get_running_loop())
    draw = Random(3)  # noqa: S311 a scene that can be repeated
    script = Script(seed=3, rate=0.0, rotations=0)
    truth = Truth(clock=clock, script=script, places=places, random=draw)
    keeper = Keeper(DoubleVault(truth), truth)
    secrets = Secrets(
        keeper.world.sources, keeper.world.signers, terms=Terms(), clock=clock, draw=lambda: 0.0
    )
    try:
        await scene(secrets, keeper)
    finally:
        await secrets.close()
        await keeper.world.close()
