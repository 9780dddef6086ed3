"""How long a browser's connection waits for its browser: to say something, and to take something.

There is one timer, which stays when it is not needed any more: to set one and to take it back for
every request costs more than to look again now and then.
"""

import asyncio
import sys
from typing import cast

from trust.wire.sockets import left_below, reset

TAKE_S = 60.0
"""How long a browser may take nothing of what was sent to it: no less than this, and no more than
twice as long. A load balancer before us gives it no more time (`idle_timeout` in
infra/modules/agentcore-bff/network.tf)."""


class Timed(asyncio.Protocol):
    """A base: whoever is late has the connection closed."""

    __slots__ = ("_deadline", "_left", "_look_at_left", "_timer", "_timer_at", "loop", "transport")

    transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._deadline = 0.0
        """By when the next thing has to have arrived, by the loop's clock; 0 while nothing has."""
        self._left = 0
        """How much the browser had not taken when that was looked at; 0 while nobody waits."""
        self._look_at_left = 0.0
        """When that is looked at again; 0: it is not."""
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take notice of a connection."""
        self.transport = cast("asyncio.Transport", transport)

    def eof_received(self) -> None:
        """Close the connection: whoever says nothing more has gone."""
        self.close()

    def pause_writing(self) -> None:
        """Take notice that the browser is behind."""
        self._wait_for_taker()

    def resume_writing(self) -> None:
        """Take notice that it is not any more."""
        # Once it is closed, all has to be taken before it ends.
        self._left = sys.maxsize if self.transport.is_closing() else 0

    # For whoever speaks.

    def close(self) -> None:
        """Close the connection, once all is taken that was sent."""
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self._wait_for_taker()

    def be_late(self) -> None:
        """Give up a browser that said nothing in time."""
        self.close()

    def stop_timer(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _within(self, seconds: float) -> None:
        """Close the connection unless something arrives in time."""
        self._deadline = self.loop.time() + seconds
        self._look_by(self._deadline)

    def _wait_for_taker(self) -> None:
        """End the connection, without what was sent, if the browser stops to take any of that."""
        self._left = sys.maxsize
        if not self._look_at_left:
            self._look_at_left = self.loop.time() + TAKE_S
            self._look_by(self._look_at_left)

    def _look_by(self, moment: float) -> None:
        if self._timer is not None:
            if self._timer_at <= moment:
                return
            self._timer.cancel()
        self._timer_at = moment
        self._timer = self.loop.call_at(moment, self._look)

    def _look(self) -> None:
        self._timer, now = None, self.loop.time()
        if 0 < self._look_at_left <= now:
            self._look_at_left = 0.0
            self._cut_or_wait(now)
        if 0 < self._deadline <= now:
            self._deadline = 0.0
            if not self.transport.is_closing():
                self.be_late()
        for moment in (self._deadline, self._look_at_left):
            if moment:
                self._look_by(moment)

    def _cut_or_wait(self, now: float) -> None:
        if not self._left:
            return
        # Below us megabytes may wait, and nothing leaves from here before a third of them has gone.
        left = self.transport.get_write_buffer_size() + left_below(self.transport)
        if left < self._left:
            self._left, self._look_at_left = left, now + TAKE_S
        else:
            # Not in good order: that would wait for the browser, too.
            reset(self.transport)
