"""A span of a task's work that can be cut short: by its time, or from outside.

What `asyncio.timeout` does, and in the same way (the task is cancelled, and takes the cancelling
back), with two differences that count where there is one for every call: further work can be put
off to a moment within the span, and all of it together costs one timer: none, if it is over soon.
"""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from types import TracebackType
from typing import Self

from trust.nursery import YOUNG_S, Nursery, nursery_of


class Span:
    """A block that lasts for `seconds` at most; leaving it later raises TimeoutError."""

    __slots__ = (
        "_cancelling",
        "_deadline",
        "_due",
        "_is_cut",
        "_later",
        "_loop",
        "_nursery",
        "_task",
        "_timer",
    )

    def __init__(self, seconds: float) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self._nursery: Nursery = nursery_of(loop)
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = loop.time() + seconds
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._task: asyncio.Task[object] | None = None
        self._is_cut = False

    def after(self, seconds: float, step: Callable[[], None]) -> None:
        """Call `step` after a while, unless the span is over by then.

        Said before it begins, or by such a step.
        """
        heappush(self._later, (self._loop.time() + seconds, len(self._later), step))

    def lasts(self, seconds: float) -> None:
        """Let the span last for `seconds` from now."""
        self._deadline = self._loop.time() + seconds
        if self._timer is None:
            if seconds <= YOUNG_S:
                self._nursery.let_go(self)
                self.wait()
        elif self._deadline < self._due:
            self._timer.cancel()
            self.wait()

    def cut(self) -> None:
        """End the span now."""
        if self._task is not None and not self._is_cut:
            self._is_cut = True
            self._task.cancel()

    def __enter__(self) -> Self:
        task = self._task = asyncio.current_task(self._loop)
        if task is None:
            raise RuntimeError("a span is a task's")
        self._cancelling = task.cancelling()
        if self._next - self._loop.time() <= YOUNG_S:
            self.wait()
        else:
            self._nursery.take(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is None:
            self._nursery.let_go(self)
        else:
            self._timer.cancel()
        task, self._task = self._task, None
        if self._is_cut and task is not None:
            # Whoever else cancelled the task as well means the whole of it, not this span.
            alone = task.uncancel() <= self._cancelling
            if alone and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def wait(self) -> None:
        """Set a timer for what is due next."""
        self._due = self._next
        self._timer = self._loop.call_at(self._due, self._go_on)

    @property
    def _next(self) -> float:
        return min(self._deadline, self._later[0][0]) if self._later else self._deadline

    def _go_on(self) -> None:
        now = self._loop.time()
        # A loop that comes late takes no step whose time lay behind the end.
        until = min(now, self._deadline)
        while not self._is_cut and self._later and self._later[0][0] <= until:
            heappop(self._later)[2]()
        if self._deadline <= now:
            self.cut()
        else:
            self.wait()
