"""One task for all who want the same: who gets what, whoever goes away."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from trust.errors import TrustError, UpstreamError
from trust.flight import Flight


class Away(UpstreamError):
    """What the work raises."""


class Lost(UpstreamError):
    """What is told of work that was given up."""


class Errand:
    """Brings its own number, once it may; raises `failure` where there is one."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0
        self.failure: BaseException | None = None
        self.open = asyncio.Event()

    async def __call__(self) -> int:
        """Wait, and return which one it was."""
        self.begun += 1
        number = self.begun
        try:
            await self.open.wait()
        finally:
            self.ended += 1
        if self.failure is not None:
            raise self.failure
        return number


@pytest.fixture
def errand() -> Errand:
    return Errand()


@pytest.fixture
def flight() -> Flight[int]:
    return Flight(lambda: Lost("given up"))


@pytest.fixture
async def unlooked_at() -> AsyncIterator[list[object]]:
    """Return what the event loop complains of: failures that nobody has looked at."""
    loop = asyncio.get_running_loop()
    found: list[object] = []
    loop.set_exception_handler(lambda _, context: found.append(context))
    yield found
    loop.set_exception_handler(None)


def waiters(flight: Flight[int], errand: Errand, count: int) -> "list[asyncio.Future[int]]":
    return [asyncio.ensure_future(flight.joined(errand)) for _ in range(count)]


async def settled() -> None:
    """Let everything go on that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_all_who_come_meanwhile_get_what_one_task_brings(
    flight: Flight[int], errand: Errand
) -> None:
    waiting = waiters(flight, errand, 20)
    await settled()
    assert flight.under_way
    errand.open.set()

    assert await asyncio.gather(*waiting) == [1] * 20
    assert errand.begun == 1
    assert not flight.under_way


async def test_whoever_comes_later_begins_anew(flight: Flight[int], errand: Errand) -> None:
    errand.open.set()

    assert [await flight.joined(errand) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("gone", [0, 1, 2])
async def test_one_who_goes_away_leaves_it_to_the_others(
    flight: Flight[int], errand: Errand, gone: int
) -> None:
    waiting = waiters(flight, errand, 3)
    await settled()
    waiting[gone].cancel()
    await settled()
    assert waiting[gone].cancelled()
    errand.open.set()

    others = [each for each in waiting if each is not waiting[gone]]
    assert await asyncio.gather(*others) == [1, 1]
    assert errand.begun == 1


async def test_it_goes_on_though_everybody_went_away(flight: Flight[int], errand: Errand) -> None:
    (only,) = waiters(flight, errand, 1)
    await settled()
    only.cancel()
    await settled()

    assert flight.under_way
    errand.open.set()
    await flight.landed()
    assert (errand.begun, errand.ended) == (1, 1)


async def test_its_failure_is_everybodys_and_not_the_next_ones(
    flight: Flight[int], errand: Errand
) -> None:
    errand.failure = Away("no answer")
    waiting = waiters(flight, errand, 3)
    errand.open.set()

    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in found] == [Away] * 3
    errand.failure = None
    assert await flight.joined(errand) == 2


async def test_a_failure_that_nobody_waits_for_is_looked_at(
    flight: Flight[int], errand: Errand, unlooked_at: list[object]
) -> None:
    errand.failure = Away("no answer")
    errand.open.set()
    flight.begin(errand)
    await flight.landed()
    await settled()
    gc.collect()

    assert unlooked_at == []
    assert not flight.under_way


async def test_closing_tells_those_who_wait_and_cancels_none_of_them(
    flight: Flight[int], errand: Errand
) -> None:
    waiting = waiters(flight, errand, 3)
    await settled()
    await flight.close()

    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in found] == [Lost] * 3
    # Each raises its own: one object would carry the frames of all.
    assert len({id(each) for each in found}) == 3
    assert errand.ended == 1
    assert not flight.under_way


async def test_work_that_cancels_itself_cancels_nobody_else(
    flight: Flight[int], errand: Errand
) -> None:
    errand.failure = asyncio.CancelledError()
    errand.open.set()

    with pytest.raises(TrustError):
        await flight.joined(errand)


async def test_after_it_was_closed_others_may_begin(flight: Flight[int], errand: Errand) -> None:
    await flight.close()
    flight.begin(errand)
    await settled()
    await flight.close()
    errand.open.set()

    assert await flight.joined(errand) == 2


async def test_what_is_under_way_is_not_begun_again(flight: Flight[int], errand: Errand) -> None:
    flight.begin(errand)
    flight.begin(errand)
    waiting = waiters(flight, errand, 1)
    errand.open.set()

    assert await asyncio.gather(*waiting) == [1]
    assert errand.begun == 1


async def test_waiting_for_the_end_may_be_bounded_and_ends_nothing(
    flight: Flight[int], errand: Errand
) -> None:
    await flight.landed()
    flight.begin(errand)

    await flight.landed(0.0)

    assert flight.under_way
    errand.open.set()
    await flight.landed(5.0)
    assert not flight.under_way
