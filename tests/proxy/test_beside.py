"""Work beside a task's own: it may never begin, and never outlives the task."""

import asyncio
import gc
from typing import Any

import pytest

from fakes.proxy.asgi import WAIT_S
from proxy.beside import Beside


class Work:
    """Waits until somebody ends it; `steps`: how far it came."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    async def __call__(self) -> None:
        """Wait for ever."""
        self.steps.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.steps.append("cleaned up")


async def test_work_begins_when_its_time_has_come() -> None:
    work = Work()
    beside = Beside(work)
    await asyncio.sleep(0)
    assert work.steps == []

    beside.begin()
    await asyncio.sleep(0)

    assert work.steps == ["begun"]
    await beside.over()


async def test_its_end_is_waited_for() -> None:
    work = Work()
    beside = Beside(work)
    beside.begin()
    await asyncio.sleep(0)

    async with asyncio.timeout(WAIT_S):
        await beside.over()

    assert work.steps == ["begun", "cleaned up"]


async def test_work_whose_time_never_came_costs_nothing() -> None:
    work = Work()
    before = asyncio.all_tasks()

    await Beside(work).over()

    assert asyncio.all_tasks() == before
    assert work.steps == []


async def test_work_whose_time_comes_too_late_does_not_begin() -> None:
    work = Work()
    beside = Beside(work)
    await beside.over()

    beside.begin()
    await asyncio.sleep(0)

    assert work.steps == []


async def test_work_that_is_done_is_over() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("once")

    beside = Beside(work)
    beside.begin()
    await asyncio.sleep(0)

    await beside.over()
    await beside.over()

    assert done == ["once"]


@pytest.mark.parametrize("when", ["by itself", "when it was ended"])
async def test_work_that_failed_disturbs_nobody(when: str) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))

    async def work() -> None:
        try:
            if when == "when it was ended":
                await asyncio.Event().wait()
        finally:
            raise RuntimeError("of the work")

    beside = Beside(work)
    beside.begin()
    await asyncio.sleep(0)

    await beside.over()
    del beside
    gc.collect()

    # An exception that nobody looked at is complained of when its task is thrown away.
    assert complaints == []
