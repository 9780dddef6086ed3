"""Work beside a block, which ends with the block."""

import asyncio

import pytest

from fakes.proxy.asgi import WAIT_S
from proxy.tasks import running


async def test_work_that_waits_for_ever_is_cancelled_with_its_block() -> None:
    ended = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with asyncio.timeout(WAIT_S), running(wait()) as task:
        await asyncio.sleep(0)

    assert ended.is_set()
    assert task.cancelled()


async def test_the_block_waits_until_the_cancelled_work_has_cleaned_up() -> None:
    steps: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("cleaned up")

    async with running(work()):
        await asyncio.sleep(0)
    steps.append("left")

    assert steps == ["cleaned up", "left"]


async def test_the_result_is_there_for_the_block() -> None:
    async def work() -> int:
        return 7

    async with running(work()) as task:
        assert await task == 7


async def test_an_error_of_the_work_is_nobodys_surprise_at_the_end() -> None:
    async def work() -> None:
        raise ValueError

    async with running(work()) as task:
        await asyncio.wait({task})

    assert isinstance(task.exception(), ValueError)


async def test_an_error_of_the_block_comes_through_and_the_work_is_cancelled() -> None:
    begun: list[asyncio.Task[bool]] = []

    async def fail() -> None:
        async with running(asyncio.Event().wait()) as task:
            begun.append(task)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    assert begun[0].cancelled()
