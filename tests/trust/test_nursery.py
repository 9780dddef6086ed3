"""What is young has no timer of its own, and is told in time to set one."""

import asyncio

import pytest

from fakes.loop_time import LoopTime, stopped
from trust.nursery import YOUNG_S, Nursery, nursery_of

MOMENT_S = YOUNG_S / 8


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    """Stop the loop's clock."""
    return stopped(monkeypatch)


class Child:
    """Something young: knows when it was told to wait by itself."""

    def __init__(self, time: LoopTime) -> None:
        self._time = time
        self.told_at: list[float] = []

    def wait(self) -> None:
        """Take note."""
        self.told_at.append(self._time.now)


def born(nursery: Nursery, time: LoopTime) -> Child:
    child = Child(time)
    nursery.take(child)
    return child


async def test_whoever_stays_is_told_once_and_while_it_is_young(time: LoopTime) -> None:
    nursery = Nursery(asyncio.get_running_loop())
    children: dict[float, Child] = {}
    for _ in range(40):
        children[time.now] = born(nursery, time)
        await time.passes(MOMENT_S)

    await time.passes(YOUNG_S / 2)
    await time.passes(YOUNG_S / 2)
    ages = [told - begun for begun, child in children.items() for told in child.told_at]
    assert len(ages) == len(children)
    assert all(YOUNG_S / 2 - MOMENT_S <= age <= YOUNG_S + MOMENT_S for age in ages)


async def test_whoever_was_let_go_hears_nothing(time: LoopTime) -> None:
    nursery = Nursery(asyncio.get_running_loop())
    soon, later = born(nursery, time), born(nursery, time)

    nursery.let_go(soon)
    await time.passes(YOUNG_S / 2)
    nursery.let_go(later)
    for _ in range(4):
        await time.passes(YOUNG_S / 2)

    assert (soon.told_at, later.told_at) == ([], [])


async def test_after_a_loop_was_held_up_nobody_is_young_any_more(time: LoopTime) -> None:
    nursery = Nursery(asyncio.get_running_loop())
    child = born(nursery, time)

    await time.passes(60)

    assert len(child.told_at) == 1


async def test_whoever_comes_after_a_quiet_time_is_told_as_well(time: LoopTime) -> None:
    nursery = Nursery(asyncio.get_running_loop())
    born(nursery, time)
    for _ in range(4):
        await time.passes(YOUNG_S / 2)

    child = born(nursery, time)
    for _ in range(4):
        await time.passes(YOUNG_S / 2)

    assert len(child.told_at) == 1


async def test_an_empty_nursery_is_not_looked_after(time: LoopTime) -> None:
    nursery = Nursery(asyncio.get_running_loop())
    nursery.let_go(born(nursery, time))
    await time.passes(YOUNG_S)
    begun: list[float] = []
    loop = asyncio.get_running_loop()

    def call_later(delay: float, *_: object) -> None:
        begun.append(delay)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loop, "call_later", call_later)
        for _ in range(4):
            await time.passes(YOUNG_S)

    assert begun == []


async def test_a_loop_has_one_nursery_and_another_loop_another() -> None:
    here = nursery_of(asyncio.get_running_loop())
    other = asyncio.new_event_loop()

    there = nursery_of(other)
    other.close()

    assert there is not here
    assert there.loop is other
    assert nursery_of(asyncio.get_running_loop()) is nursery_of(asyncio.get_running_loop())
