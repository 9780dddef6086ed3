"""Clocks that are set, keepers that fail in turns, answers in the wrong order, askers who leave."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from fakes.a_day.virtual import VirtualLoop, WorldClock
from fakes.cells import OUTAGE, PLACE, REFUSAL
from fakes.two_clocks import TwoClocks
from trust.secret import Secret
from trust.secrets.cell import LONGEST_S, PATIENCE_S, Cell
from trust.secrets.freshness import Terms
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import Fetched, SecretOutage, SecretRefused, SecretUnavailable

TERMS = Terms()
HOUR_S, DAY_S = 3600.0, 86_400.0


@dataclass(slots=True)
class Counting:
    """A keeper that numbers its answers."""

    fault: Exception | None = None
    lease_s: float | None = None
    asked: int = 0
    before: Callable[[int], Awaitable[object]] = field(default=lambda _: asyncio.sleep(0))

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return a version that nobody has seen before."""
        del place, known
        self.asked += 1
        number = self.asked
        await self.before(number)
        if self.fault is not None:
            raise self.fault
        return Fetched(value=Secret(f"canary-{number}"), version=str(number), lease_s=self.lease_s)


def cell_over(source: Counting, clock: TwoClocks) -> Cell:
    """Return the one place of it."""
    return Cell(PLACE, source, terms=TERMS, clock=clock, draw=lambda: 0.0)


def back_and_forth(clock: TwoClocks, by_s: float) -> None:
    """Set the wall clock alone."""
    clock.wall += by_s


@pytest.mark.parametrize("lease_s", [None, 600.0])
@pytest.mark.parametrize("by_s", [-HOUR_S, DAY_S, -10 * DAY_S])
async def test_a_wall_clock_that_is_set_lengthens_no_life(
    lease_s: float | None, by_s: float
) -> None:
    source, clock = Counting(lease_s=lease_s), TwoClocks()
    cell = cell_over(source, clock)
    first = await cell.value()
    source.fault = OUTAGE
    bound_s = TERMS.max_stale_s if lease_s is None else lease_s
    served_s = 0
    for second in range(int(bound_s) * 2):
        if second == 100:
            back_and_forth(clock, by_s)
        if second == 400:
            back_and_forth(clock, -by_s)
        try:
            assert await cell.value() == first
            served_s = second
        except SecretOutage:
            pass
        clock.pass_(1)

    assert served_s < bound_s


async def test_a_monotonic_clock_that_leaps_shortens_lives_and_lengthens_none() -> None:
    source, clock = Counting(), TwoClocks()
    cell = cell_over(source, clock)
    await cell.value()
    source.fault = OUTAGE

    clock.seconds += DAY_S

    with pytest.raises(SecretOutage):
        await cell.value()


async def test_a_process_that_slept_for_hours_uses_nothing_of_before() -> None:
    source, clock = Counting(), TwoClocks()
    cell = cell_over(source, clock)
    await cell.value()
    source.fault = OUTAGE

    clock.freeze(TERMS.max_stale_s)

    with pytest.raises(SecretOutage):
        await cell.value()


async def test_a_clock_that_leaps_to_and_fro_makes_no_storm() -> None:
    source, clock = Counting(fault=OUTAGE), TwoClocks()
    cell = cell_over(source, clock)
    for second in range(600):
        back_and_forth(clock, HOUR_S if second % 2 else -HOUR_S)
        for _ in range(20):
            with pytest.raises(SecretOutage):
                await cell.value()
        clock.pass_(1)

    # A leap forward ends a pause, since it may have been that long. Twenty who ask do not.
    assert source.asked <= 601


async def test_a_keeper_that_fails_is_asked_ever_more_seldom_whoever_asks() -> None:
    source, clock = Counting(fault=OUTAGE), TwoClocks()
    cell = cell_over(source, clock)
    asked: list[int] = []
    for _ in range(30):
        for _ in range(60):
            for look in (cell.value, cell.look):
                with pytest.raises(SecretOutage):
                    await look()
            with pytest.raises(SecretOutage):
                await cell.look_again("none", every_s=0.0)
            clock.pass_(1)
        asked.append(source.asked)

    per_minute = [now - before for before, now in zip([0, *asked], asked, strict=False)]
    assert per_minute[0] <= 7
    assert max(per_minute[2:]) <= 2


async def test_two_keepers_that_fail_in_turns_do_not_take_each_other_s_secrets_along() -> None:
    clock, one, other = TwoClocks(), Counting(), Counting()
    place = Reference(scheme=Scheme.SECRETS_MANAGER, path="app/client")
    secrets = Secrets(
        {Scheme.VAULT_KV: one, Scheme.SECRETS_MANAGER: other},
        {},
        terms=TERMS,
        clock=clock,
        draw=lambda: 0.0,
    )
    for turn in range(40):
        one.fault = (OUTAGE, None, REFUSAL, None)[turn % 4]
        other.fault = (None, OUTAGE, None, OUTAGE)[turn % 4]
        for source, reference in ((one, PLACE), (other, place)):
            if source.fault is None:
                # Whatever the other does, a pause of ours is over by then.
                assert (await secrets.get(reference)).value
            elif isinstance(source.fault, SecretRefused) and source.asked:
                with pytest.raises(SecretRefused):
                    await secrets.get(reference)
        clock.pass_(TERMS.ttl_s + 1)


def test_an_answer_of_before_does_not_replace_one_that_came_later() -> None:
    """A look that was given up may end after the one that took its place."""

    async def played() -> None:
        clock, first, hung = TwoClocks(), asyncio.Event(), asyncio.Event()

        async def late(number: int) -> None:
            if number == 1:
                try:
                    await first.wait()
                except asyncio.CancelledError:
                    # An adapter that does not end when it is told to.
                    await hung.wait()

        source = Counting(before=late)
        cell = cell_over(source, clock)
        asking = asyncio.ensure_future(cell.value())
        await asyncio.sleep(0.1)
        clock.freeze(LONGEST_S + 1)

        assert (await cell.value()).version == "2"
        hung.set()
        await asyncio.sleep(1)
        assert (await cell.value()).version == "2"
        assert (await asking).version == "2"

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(played())


def test_whoever_waits_for_a_keeper_that_hangs_waits_in_bounds() -> None:
    async def played() -> None:
        loop = asyncio.get_running_loop()
        clock = WorldClock(loop)
        source = Counting()
        cell = Cell(PLACE, source, terms=TERMS, clock=clock, draw=lambda: 0.0)
        await cell.value()
        source.before = _for_ever
        await asyncio.sleep(TERMS.ttl_s)
        waited: list[float] = []

        async def ask() -> None:
            began_s = loop.time()
            with suppress(SecretUnavailable):
                await cell.value()
            waited.append(loop.time() - began_s)

        async with asyncio.TaskGroup() as asking:
            for number in range(900):
                task = asking.create_task(ask())
                if number % 2:
                    task.cancel()
                await asyncio.sleep(1)

        assert max(waited[:300]) <= PATIENCE_S, "there is something to use"
        assert max(waited) <= LONGEST_S
        # A look takes ten seconds, and then there are pauses.
        assert source.asked <= 25

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(played())


async def _for_ever(_: int) -> None:
    await asyncio.sleep(1e9)
