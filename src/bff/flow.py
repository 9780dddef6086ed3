"""Who has to wait on a browser's connection, and whether there is still a browser."""

import asyncio
from collections.abc import Callable


class LateEvent:
    """An event as asyncio's, which is only made where somebody has to wait for it.

    asyncio's has a queue of those who wait: more than half a kilobyte, and it is hardly ever
    anybody.
    """

    __slots__ = ("_event", "_is_set")

    def __init__(self, *, is_set: bool = False) -> None:
        self._is_set = is_set
        self._event: asyncio.Event | None = None

    def set(self) -> None:
        """Let everybody go on who waits."""
        self._is_set = True
        event, self._event = self._event, None
        if event is not None:
            event.set()

    def clear(self) -> None:
        """Let wait whoever comes from now on."""
        self._is_set = False

    async def wait(self) -> None:
        """Wait until it is set."""
        if self._is_set:
            return
        event = self._event
        if event is None:
            event = self._event = asyncio.Event()
        await event.wait()


class Flow:
    """A connection's flow, both ways; and its browser's presence."""

    __slots__ = (
        "_is_lost",
        "_is_reading",
        "_is_writable",
        "_transport",
        "_when_gone",
        "write_paused",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._is_reading = True
        self.write_paused = False
        """Whether the browser has not taken what was sent, so that no more is to be."""
        self._is_writable = LateEvent(is_set=True)
        self._is_lost = False
        self._when_gone: Callable[[], None] | None = None

    @property
    def has_listener(self) -> bool:
        """Whether somebody has to hear when the browser goes, which only reading tells."""
        return self._when_gone is not None

    async def drain(self) -> None:
        """Wait until more may be sent."""
        await self._is_writable.wait()

    def pause_reading(self) -> None:
        """Let the browser wait."""
        if self._is_reading:
            self._is_reading = False
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        if not self._is_reading:
            self._is_reading = True
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        """Let wait whoever sends."""
        self.write_paused = True
        self._is_writable.clear()

    def resume_writing(self) -> None:
        """Let them go on."""
        self.write_paused = False
        self._is_writable.set()

    def listen(self, when_gone: Callable[[], None]) -> None:
        """As `proxy.presence.Presence.listen`."""
        if self._is_lost:
            when_gone()
            return
        self._when_gone = when_gone
        # Stopped by a body that came faster than it was taken; ASGI's `receive` does the same.
        self.resume_reading()

    def ignore(self) -> None:
        """As `proxy.presence.Presence.ignore`."""
        self._when_gone = None

    def lost(self) -> None:
        """Take notice that the connection has ended; tell whoever listens."""
        self._is_lost = True
        self.resume_writing()
        when_gone, self._when_gone = self._when_gone, None
        if when_gone is not None:
            when_gone()
