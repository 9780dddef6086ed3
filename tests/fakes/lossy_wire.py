"""A wire on which calls are lost before they arrive, or answers on their way back."""

import asyncio
from collections import deque
from enum import Enum

from trust.wire.call import Answer, Broken, Outgoing, Unreachable, Wire, whole


class Fate(Enum):
    """What becomes of a call."""

    ANSWERED = "answered"
    UNSENT = "unsent"
    LOST = "lost"
    """Carried out, but nobody hears of it."""
    SILENT = "silent"
    """Sent, and never answered."""


class LossyWire:
    """Another wire, whose next calls fare as told; `calls` lists them all."""

    def __init__(self, wire: Wire, *fates: Fate) -> None:
        self._wire = wire
        self.fates = deque(fates)
        self.calls: list[Outgoing] = []

    async def open(self, call: Outgoing) -> Answer:
        """Send the call, or lose it."""
        self.calls.append(call)
        fate = self.fates.popleft() if self.fates else Fate.ANSWERED
        if fate is Fate.UNSENT:
            raise Unreachable("ConnectionRefusedError")
        if fate is Fate.SILENT:
            await asyncio.Event().wait()
        answer = await self._wire.open(call)
        if fate is Fate.LOST:
            await whole(answer, limit=10_000_000)
            raise Broken("the peer has closed")
        return answer

    async def close(self) -> None:
        """Close the wire below."""
        await self._wire.close()
