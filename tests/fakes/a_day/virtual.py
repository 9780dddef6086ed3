"""An event loop whose time passes only while nothing happens: a day takes seconds."""

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any

from trust.clock import NumericDate

BEGIN = 4_000_000_000.0
"""When a day begins, by the wall clock."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next moment at which something is due, instead of waiting for it."""

    def __init__(self) -> None:
        self._virtual_s = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        """Return the seconds that have passed."""
        return self._virtual_s

    def jump(self, seconds: float) -> None:
        """Let time pass."""
        self._virtual_s += seconds


class _Jumping(selectors.BaseSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = self._real.select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing is due, and nothing will ever happen")
        if not ready and timeout:
            self._loop.jump(timeout)
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class WorldClock:
    """The clocks of a process in a loop like this one, which may have been frozen now and then."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._frozen_s = 0.0
        self.set_by_s = 0.0
        """How far somebody has set the wall clock of this process; not the world's."""

    @property
    def world(self) -> float:
        """What time it really is."""
        return BEGIN + self._loop.time() + self._frozen_s

    def now(self) -> NumericDate:
        """Return the wall clock's time, in whole seconds."""
        return NumericDate(int(self.world + self.set_by_s))

    def monotonic(self) -> float:
        """Return seconds, without those in which the process was frozen."""
        return self._loop.time()

    def freeze(self, seconds: float) -> None:
        """Let the world go on without this process."""
        self._frozen_s += seconds
