"""Work that many want at the same moment and one task does, as credentials that have run out."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Work = Callable[[], Coroutine[Any, Any, T]]


class Flight(Generic[T]):
    """The one task that may be under way, for all who wait for it.

    It belongs to none of them: who goes away, the first one too, leaves it to the others. And where
    it is given up they get `lost()`: the cancellation of another task would look like their own.
    """

    def __init__(self, lost: Callable[[], Exception]) -> None:
        self._lost = lost
        self._task: asyncio.Task[T] | None = None

    @property
    def under_way(self) -> bool:
        """Whether there is something to wait for."""
        return self._task is not None

    def begin(self, work: Work[T]) -> None:
        """Begin `work` without waiting for it, unless something is under way."""
        _ = self._begun(work)

    async def joined(self, work: Work[T]) -> T:
        """Return what is brought by the work that is under way, or by `work`, which then begins.

        Raises what it raises, and `lost()` where it was given up.
        """
        task = self._begun(work)
        # Waited for, not awaited: neither is then cancelled with the other.
        await asyncio.wait({task})
        if task.cancelled():
            raise self._lost()
        return task.result()

    async def landed(self, within_s: float | None = None) -> None:
        """Wait until nothing is under way, or for so long; raises nothing of the work's."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=within_s)

    async def close(self) -> None:
        """Give up what is under way, and wait for its end."""
        if self._task is not None:
            self._task.cancel()
        await self.landed()

    def _begun(self, work: Work[T]) -> "asyncio.Task[T]":
        if self._task is None:
            self._task = asyncio.ensure_future(work())
            self._task.add_done_callback(self._over)
        return self._task

    def _over(self, task: "asyncio.Task[T]") -> None:
        self._task = None
        if not task.cancelled():
            # Looked at here, since everybody who waited may have gone away.
            task.exception()
