"""Opening the agent's side of a socket: dial, once more where the runtime asks for that."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from proxy.invocation import DataPlane, Turn
from proxy.runtime import CONFLICT, refusal_of, retry_pause_s
from proxy.tasks import running
from proxy.websocket.browser import Browser
from proxy.websocket.closing import GOING_AWAY
from proxy.websocket.handshake import handshake
from proxy.websocket.line import Dialer, HandshakeRefused, Line
from trust.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOpener:
    """Opens lines to the data plane; `pause` waits some seconds."""

    dialer: Dialer
    plane: DataPlane
    clock: Clock
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def opened(self, turn: Turn, offered: Sequence[str], browser: Browser) -> Line:
        """Return an open line for a turn; `offered` are the browser's subprotocols.

        Raises AgentBusy, AgentFailed, AgentUnreachable, AgentTimeout, GrantDenied, TokenExpired,
        TokenBound, and BrowserLeft.
        """
        async with running(self._dialed(turn, offered)) as dialing, running(browser.left()) as left:
            wanted = False
            try:
                await asyncio.wait({dialing, left}, return_when=asyncio.FIRST_COMPLETED)
                wanted = not left.done()
            finally:
                if not wanted and dialing.done() and dialing.exception() is None:
                    # It came at the moment of the end: nobody else knows of it yet.
                    await dialing.result().close(GOING_AWAY)
            if not wanted:
                raise left.result()
            return dialing.result()

    async def _dialed(self, turn: Turn, offered: Sequence[str]) -> Line:
        """Dial; once more after 409, by which the runtime says that nothing has begun yet."""
        try:
            return await self._dial(turn, offered)
        except HandshakeRefused as refused:
            if refused.status != CONFLICT:
                raise refusal_of(refused.status, refused.headers) from refused
        await self.pause(retry_pause_s())
        try:
            return await self._dial(turn, offered)
        except HandshakeRefused as refused:
            raise refusal_of(refused.status, refused.headers) from refused

    async def _dial(self, turn: Turn, offered: Sequence[str]) -> Line:
        call = handshake(turn, self.plane, offered=offered, now=self.clock.now())
        return await self.dialer.open(call)
