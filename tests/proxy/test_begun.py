"""Work that is begun at once: over at its first step, or awaited like any other."""

import asyncio

import pytest

from fakes.proxy.asgi import WAIT_S
from proxy.begun import Begun


async def ready() -> str:
    return "ready"


class Work:
    """Waits for one thing after the other; `steps`: how far it came."""

    def __init__(self, *waited: "asyncio.Future[str]") -> None:
        self._waited = waited
        self.steps: list[str] = []

    async def run(self) -> list[str]:
        """Return what came; say so on the way."""
        try:
            for one in self._waited:
                self.steps.append(await one)
            return self.steps
        finally:
            await asyncio.sleep(0)
            self.steps.append("cleaned up")


def future() -> "asyncio.Future[str]":
    return asyncio.get_running_loop().create_future()


async def test_work_that_waits_for_nothing_is_over_at_once() -> None:
    work = Begun(ready())

    assert work.is_over
    assert work.result == "ready"


async def test_what_the_first_step_raises_is_raised_at_once() -> None:
    async def broken() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        _ = Begun(broken())


async def test_work_that_waits_is_gone_on_with_by_whoever_awaits_it() -> None:
    first, second = future(), future()
    work = Begun(Work(first, second).run())
    assert not work.is_over
    asyncio.get_running_loop().call_soon(first.set_result, "one")
    asyncio.get_running_loop().call_soon(second.set_result, "two")

    async with asyncio.timeout(WAIT_S):
        assert await work == ["one", "two", "cleaned up"]


async def test_what_it_waits_for_may_fail() -> None:
    first = future()
    work = Begun(Work(first).run())
    first.set_exception(LookupError("gone"))

    async with asyncio.timeout(WAIT_S):
        with pytest.raises(LookupError, match="gone"):
            await work


@pytest.mark.parametrize("come", [0, 1])
async def test_work_whose_task_is_cancelled_hears_of_it_and_cleans_up(come: int) -> None:
    waited = [future(), future()]
    for one in waited[:come]:
        one.set_result("came")
    going_on = Work(*waited)

    async def awaited() -> None:
        await Begun(going_on.run())

    task = asyncio.ensure_future(awaited())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert waited[come].cancelled()
    assert going_on.steps == ["came"] * come + ["cleaned up"]
