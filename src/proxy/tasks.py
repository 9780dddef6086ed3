"""Tasks that cannot be forgotten: whoever starts one here also ends it."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


@asynccontextmanager
async def running(work: Coroutine[Any, Any, Result]) -> AsyncGenerator[asyncio.Task[Result]]:
    """Run `work` beside the block; what is not done at its end is cancelled and waited for.

    Not a TaskGroup, which would wait for the task at the end of the block: these wait for things
    that may never come, such as a browser going away.
    """
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()
