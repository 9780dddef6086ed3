"""The ports of a Gatehouse that is opened when it is first needed, and tried again after an outage.

On Lambda there is no start to open anything at. On a server there is; but a keeper of secrets that
is away at that moment must not end a process which could serve a minute later.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bff.gate import Gate
from trust.clock import Clock, Instant, elapsed_s, instant
from trust.secrets.source import SecretOutage
from trust.secrets.tending import Tending

AGAIN_S = 2.0
"""Pause before an opening that failed by an outage is tried again, whoever asks meanwhile."""


class LateGate:
    """Opens by `open_gate`, once."""

    def __init__(self, open_gate: Callable[[], Awaitable[Gate]], clock: Clock) -> None:
        self._open_gate = open_gate
        self._clock = clock
        self._opening = asyncio.Lock()
        self._failed: tuple[SecretOutage, Instant] | None = None
        self._tending: Tending | None = None
        self.opened: Gate | None = None
        """The ports, if they are open."""
        self.stays = False
        """Whether the process goes on between two requests, and so can look after its secrets."""

    async def gate(self) -> Gate:
        """Return the ports, with secrets that may be used.

        Raises SettingsError, and SecretOutage while a secret cannot be had.
        """
        gate = self.opened
        if gate is None:
            async with self._opening:
                # Looked at again: somebody may have opened it while we waited for the lock.
                gate = self.opened or await self._open()
        if not gate.secrets.tended:
            # Nobody looks after them between two events, in which an hour may lie.
            await gate.secrets.tend()
        return gate

    async def close(self) -> None:
        """Close what was opened."""
        if self._tending is not None:
            await self._tending.close()
        if self.opened is not None:
            await self.opened.close()

    async def _open(self) -> Gate:
        self._wait_out()
        try:
            gate = await self._open_gate()
        except SecretOutage as error:
            self._failed = error, instant(self._clock)
            raise
        self.opened = gate
        if self.stays:
            self._tending = Tending(gate.secrets)
            self._tending.begin()
        return gate

    def _wait_out(self) -> None:
        """Raise SecretOutage again, as long as another try would be too soon."""
        if self._failed is not None and elapsed_s(self._failed[1], self._clock) < AGAIN_S:
            raise SecretOutage(str(self._failed[0]))
