"""Who has to wait on a browser's connection, and whether there is still a browser."""

import asyncio
from collections.abc import Awaitable, Callable


class Awaited:
    """A base of what somebody may have to wait for; whoever makes one sets `_event` to None.

    asyncio's event is only made where somebody waits. It has a queue of those who do: more than
    half a kilobyte, and it is hardly ever anybody.
    """

    __slots__ = ("_event",)

    _event: asyncio.Event | None

    def _tell(self) -> None:
        """Let everybody go on who waits."""
        event, self._event = self._event, None
        if event is not None:
            event.set()

    def _told(self) -> Awaitable[object]:
        """Return what waits until everybody is told."""
        event = self._event
        if event is None:
            event = self._event = asyncio.Event()
        return event.wait()


class Flow(Awaited):
    """A connection's flow, both ways; and its browser's presence."""

    __slots__ = (
        "_is_lost",
        "_is_reading",
        "_transport",
        "_when_gone",
        "write_paused",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._is_reading = True
        self.write_paused = False
        """Whether the browser has not taken what was sent, so that no more is to be."""
        self._event = None
        self._is_lost = False
        self._when_gone: Callable[[], None] | None = None

    @property
    def has_listener(self) -> bool:
        """Whether somebody has to hear when the browser goes, which only reading tells."""
        return self._when_gone is not None

    async def drain(self) -> None:
        """Wait until more may be sent."""
        if self.write_paused:
            await self._told()

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

    def resume_writing(self) -> None:
        """Let them go on."""
        self.write_paused = False
        self._tell()

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
