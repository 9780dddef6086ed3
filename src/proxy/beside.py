"""Work beside a task's own that is there only if its time comes."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Beside:
    """One such work; whoever makes it ends it."""

    __slots__ = ("_is_over", "_task", "_work")

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._is_over = False

    def begin(self) -> None:
        """Begin it, unless it is over already."""
        if not self._is_over:
            self._task = asyncio.ensure_future(self._work())

    async def over(self) -> None:
        """Forget it, or cancel it and wait for its end."""
        self._is_over = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            if not self._task.cancelled():
                self._task.exception()
