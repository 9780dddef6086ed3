"""The relay: messages of browser and agent to each other, until something ends both their sides.

At most one message is on its way in each direction: the next is asked for when the last was taken,
so a slow side slows the other. A WebSocket cannot be closed by half (RFC 6455 §5.5.1): whoever ends
it, both connections end, and each is told in words that are meant for it.

Each message of the browser's is counted before it goes on, as one over HTTP is: any of them may
start a model call, and a single handshake would let as many through as somebody likes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from proxy.streams import Stream
from proxy.tasks import running
from proxy.websocket.browser import Browser, BrowserLeft
from proxy.websocket.closing import (
    GOING_AWAY,
    Closing,
    closing_for,
    closing_of_agent,
    closing_of_browser,
)
from proxy.websocket.errors import SocketIdle
from proxy.websocket.line import Line, LineClosed
from trust.errors import TrustError

Counted = Callable[[], Awaitable[None] | None]
"""Counts one message of the browser's: at once (None), or once it is awaited; raises then what
stands against it."""


class Ending(Enum):
    """Who ended a socket."""

    BROWSER_LEFT = "browser_left"
    AGENT_LEFT = "agent_left"
    CUT = "cut"
    """We did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a socket ended: what the browser is told, and the agent's close code."""

    how: Ending
    browser: Closing
    agent: int = GOING_AWAY


def cut(why: TrustError) -> Ended:
    """Return how a socket ends that we end."""
    return Ended(how=Ending.CUT, browser=closing_for(why))


class Relay:
    """One browser and one agent, talking."""

    def __init__(
        self, browser: Browser, line: Line, stream: Stream, *, counted: Counted, idle_s: float
    ) -> None:
        """`counted`: counts a message; `idle_s`: how long nothing may be said, by either side."""
        self._browser = browser
        self._line = line
        self._stream = stream
        self._counted = counted
        self._idle_s = idle_s
        self._loop = asyncio.get_running_loop()
        self._said_at = self._loop.time()

    async def run(self) -> Ended:
        """Pass messages on until one side leaves, or both are silent; neither is closed here.

        Raises what `counted` raises; everything before that message has been passed on.
        """
        async with running(self._up()) as up, running(self._down()) as down:
            while (within_s := self._said_at + self._idle_s - self._loop.time()) > 0:
                await asyncio.wait(
                    {up, down}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
                )
                for task in (down, up):
                    if task.done():
                        return task.result()
            return cut(SocketIdle(f"silent for {self._idle_s:g} s"))

    async def _up(self) -> Ended:
        """Pass on what the browser says."""
        try:
            while True:
                message = await self._browser.receive()
                uncounted = self._counted()
                if uncounted is not None:
                    await uncounted
                # After the counting, which may have taken its time: the session may be gone by now.
                if not self._goes_on():
                    return await _interrupted()
                await self._line.send(message)
        except BrowserLeft as left:
            return _browser_left(left)
        except LineClosed as closed:
            return _agent_left(closed)

    async def _down(self) -> Ended:
        """Pass on what the agent says."""
        try:
            while True:
                message = await self._line.receive()
                if not self._goes_on():
                    return await _interrupted()
                await self._browser.send(message)
        except BrowserLeft as left:
            return _browser_left(left)
        except LineClosed as closed:
            return _agent_left(closed)

    def _goes_on(self) -> bool:
        """Note that something was said; tell whether it may still be passed on.

        The cut comes first: after a revocation not even a message that is ready may go through.
        """
        self._said_at = self._loop.time()
        return self._stream.why is None


async def _interrupted() -> Ended:
    """Wait for what is about to come: the stream has ended, and its block is being left."""
    ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
    return await ended


def _browser_left(left: BrowserLeft) -> Ended:
    agent = closing_of_browser(left.code)
    return Ended(how=Ending.BROWSER_LEFT, browser=Closing(code=left.code), agent=agent)


def _agent_left(closed: LineClosed) -> Ended:
    return Ended(how=Ending.AGENT_LEFT, browser=closing_of_agent(closed.code))
