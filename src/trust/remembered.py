"""Answers that are remembered for a moment, so that not every request asks the store again."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from trust.clock import Clock

SIZE = 10_000
"""How many answers a process remembers of a kind."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Keeps an answer for `seconds` from when the store was *asked*, however long it took.

    So no answer is older than that. 0 remembers nothing.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return the answer, unless it is too old."""
        found = self._kept.get(key)
        if found is None or found[1] <= self._clock.monotonic():
            return None
        return found[0]

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

    def drop(self, key: K) -> None:
        """Forget an answer: something was written."""
        self._kept.pop(key, None)
