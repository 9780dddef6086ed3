"""Answers that were asked for a moment ago, and one question at a time."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from trust.clock import Clock

REMEMBERED = 10_000
"""How many answers are kept: names that nobody has are asked for, too, by anybody."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Asked(Generic[Answer]):
    at: float
    task: "asyncio.Task[Answer]"


class Recent(Generic[Answer]):
    """Remembers an answer for `cache_s` seconds, counted from when it was *asked* for.

    So no answer is older than that, however long the store took; who comes later asks anew, even
    if an older question is still open. A failure is remembered by nobody. 0 remembers nothing.
    """

    def __init__(self, clock: Clock, *, cache_s: float) -> None:
        self._clock = clock
        self._cache_s = cache_s
        self._asked: OrderedDict[str, _Asked[Answer]] = OrderedDict()

    async def get(self, key: str, ask: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """Return the answer to `key`; raises what `ask` raises."""
        if self._cache_s <= 0:
            return await ask()
        now = self._clock.monotonic()
        asked = self._asked.get(key)
        if asked is None or now - asked.at >= self._cache_s:
            asked = self._begun(key, ask, now)
        elif asked.task.done() and not asked.task.cancelled():
            return asked.task.result()
        # Shielded: the first to ask may go away, the others still wait for the answer.
        return await asyncio.shield(asked.task)

    def forget(self) -> None:
        """Ask anew from now on, also what is being asked: something was written."""
        self._asked.clear()

    def _begun(
        self, key: str, ask: Callable[[], Coroutine[Any, Any, Answer]], now: float
    ) -> _Asked[Answer]:
        asked = _Asked(now, asyncio.ensure_future(ask()))
        self._asked[key] = asked
        self._asked.move_to_end(key)
        if len(self._asked) > REMEMBERED:
            self._asked.popitem(last=False)
        asked.task.add_done_callback(lambda task: self._over(key, task))
        return asked

    def _over(self, key: str, task: "asyncio.Task[Answer]") -> None:
        # The exception is looked at here: everybody who waited may have gone away.
        if task.cancelled() or task.exception() is not None:
            found = self._asked.get(key)
            if found is not None and found.task is task:
                del self._asked[key]
