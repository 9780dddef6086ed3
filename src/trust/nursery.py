"""What has just begun, and hardly ever lasts for long enough to have a timer of its own.

A timer that is set and taken back was a fiftieth of what a call costs: most are over before
anything of theirs is due. Here one serves all that are young.
"""

import asyncio
from typing import Protocol

YOUNG_S = 0.04
"""How long something is young, at most: what is due sooner is not for a nursery."""


class Young(Protocol):
    """Something that may have to wait."""

    def wait(self) -> None:
        """Set a timer of its own."""
        ...


class Nursery:
    """All that is young on one event loop, in two halves: what is in the older one is next."""

    __slots__ = ("_is_tended", "_looked_at", "_older", "_younger", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._younger: set[Young] = set()
        self._older: set[Young] = set()
        self._is_tended = False
        self._looked_at = 0.0

    def take(self, young: Young) -> None:
        """Take something that has begun; it is told to wait by itself if it is not over soon."""
        self._younger.add(young)
        if not self._is_tended:
            self._tend()

    def let_go(self, young: Young) -> None:
        """Forget something that is over."""
        self._younger.discard(young)
        self._older.discard(young)

    def _tend(self) -> None:
        self._is_tended, self._looked_at = True, self.loop.time()
        self.loop.call_later(YOUNG_S / 2, self._look)

    def _look(self) -> None:
        grown, self._older, self._younger = self._older, self._younger, set()
        if self.loop.time() >= self._looked_at + YOUNG_S:
            # A loop that comes late: nothing is young any more.
            grown |= self._older
            self._older.clear()
        self._is_tended = False
        if self._older:
            self._tend()
        for one in grown:
            one.wait()


_last: Nursery | None = None


def nursery_of(loop: asyncio.AbstractEventLoop) -> Nursery:
    """Return the loop's nursery: the last one that was asked for, since a process has one loop.

    With several there are more nurseries than need be, and nothing else: who is in one stays there.
    """
    global _last  # noqa: PLW0603 a mapping of loops would be looked into by every call
    if _last is None or _last.loop is not loop:
        _last = Nursery(loop)
    return _last
