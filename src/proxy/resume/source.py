"""Where a follower gets its events from: memory where the turn is written, else the journal."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from proxy.resume.recording import Page, Recording


class Source(Protocol):
    """A turn to be read."""

    async def page(self, after: int) -> Page:
        """Return what follows event `after`; perhaps nothing yet. Raises TrustError."""
        ...

    async def changed(self, after: int) -> None:
        """Wait until it may be worth asking again what follows event `after`."""
        ...


class Live:
    """A turn of this process. What is no longer in memory comes from the journal."""

    def __init__(self, recording: Recording, stored: Callable[[], Awaitable[Source]]) -> None:
        self._recording = recording
        self._open = stored
        self._stored: Source | None = None

    async def page(self, after: int) -> Page:
        """As `Source.page`."""
        found = self._recording.page(after)
        if found is not None:
            return found
        if self._stored is None:
            self._stored = await self._open()
        return await self._stored.page(after)

    async def changed(self, after: int) -> None:
        """As `Source.changed`."""
        await self._recording.changed(after)
