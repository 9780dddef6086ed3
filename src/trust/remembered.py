"""Answers that are remembered for a moment, so that not every request asks the store again."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from trust.clock import Clock

SIZE = 10_000
"""How many answers a process remembers of a kind."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Question(Generic[V]):
    """What is being read, and since when."""

    task: "asyncio.Task[V]"
    at: float


class Remembered(Generic[K, V]):
    """Keeps an answer for `seconds` from when the store was *asked*, however long it took.

    So no answer is older than that. A failure is remembered by nobody. 0 remembers nothing.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()
        self._asking: dict[K, _Question[V]] = {}

    def get(self, key: K) -> V | None:
        """Return the answer, unless it is too old."""
        found = self._kept.get(key)
        if found is None or found[1] <= self._clock.monotonic():
            return None
        return found[0]

    def last(self, key: K) -> V | None:
        """Return the last answer that is here, however old: to guess by, never to decide by."""
        found = self._kept.get(key)
        return None if found is None else found[0]

    def asking(self) -> float:
        """Return this moment, before the store is asked."""
        return self._clock.monotonic()

    def put(self, key: K, answer: V, asked_at: float | None = None) -> None:
        """Keep an answer; of too many the one that came first is forgotten."""
        if self._seconds > 0:
            since = self._clock.monotonic() if asked_at is None else asked_at
            self._kept[key] = answer, since + self._seconds
            self._kept.move_to_end(key)
            if len(self._kept) > SIZE:
                self._kept.popitem(last=False)

    async def answer(self, key: K, read: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Return what is remembered, which may be None; or else ask. Raises what `read` raises."""
        found = self._kept.get(key)
        if found is not None and found[1] > self._clock.monotonic():
            return found[0]
        return await self.ask(key, read)

    async def ask(self, key: K, read: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Read the answer, once for all who want it at the same moment; raises what `read` raises.

        When an answer has become too old, everybody who is here would else ask at once. Who comes
        when the question itself is too old asks anew: a store that is slow must not make answers
        older than they may be.
        """
        if self._seconds <= 0:
            return await read()
        asked_at = self.asking()
        question = self._asking.get(key)
        if question is None or asked_at - question.at >= self._seconds:
            task = asyncio.ensure_future(self._read(key, read, asked_at))
            question = self._asking[key] = _Question(task, asked_at)
            task.add_done_callback(lambda done: self._over(key, done))
        # Shielded: the first to ask may go away, the others still wait for the answer.
        return await asyncio.shield(question.task)

    async def _read(self, key: K, read: Callable[[], Coroutine[Any, Any, V]], asked_at: float) -> V:
        answer = await read()
        if self._is_asked_by(key, asyncio.current_task()):
            self.put(key, answer, asked_at)
        return answer

    def _is_asked_by(self, key: K, task: "asyncio.Task[Any] | None") -> bool:
        question = self._asking.get(key)
        return question is not None and question.task is task

    def _over(self, key: K, task: "asyncio.Task[V]") -> None:
        if self._is_asked_by(key, task):
            del self._asking[key]
        if not task.cancelled():
            # Looked at here, since everybody who waited may have gone away.
            task.exception()

    def drop(self, key: K) -> None:
        """Forget an answer, also one that is being read: something was written."""
        self._kept.pop(key, None)
        self._asking.pop(key, None)
