"""The task that looks after a server's secrets, so that no request has to wait for one."""

import asyncio
from collections.abc import Awaitable, Callable

from trust import log
from trust.secrets.secrets import Secrets

LONGEST_S = 5.0
"""Longest pause: a secret that is first asked for meanwhile has its own times."""

SHORTEST_S = 0.1

PATIENCE_S = 1.0
"""How long the others wait for a keeper that hangs, at each round."""


class Tending:
    """Tends secrets until it is closed."""

    def __init__(
        self, secrets: Secrets, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._secrets = secrets
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin; from now on nobody else needs to look."""
        if self._task is None:
            self._secrets.tended = True
            self._task = asyncio.ensure_future(self._run())
            self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        """End; whoever uses the secrets looks by themselves again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    def _ended(self, task: "asyncio.Task[None]") -> None:
        # However it ended: from now on nobody tends them, and `get` has to look.
        self._secrets.tended = False
        if not task.cancelled() and (error := task.exception()) is not None:
            log.event("secrets.tending_failed", error=type(error).__name__)

    async def _run(self) -> None:
        while True:
            try:
                wait_s = await self._secrets.tend(PATIENCE_S)
            except Exception as error:  # noqa: BLE001 whatever it is, the next look may go well
                # By its class alone: it is none of ours, and may quote anything.
                log.event("secrets.tending_failed", error=type(error).__name__)
                wait_s = LONGEST_S
            await self._pause(min(max(wait_s, SHORTEST_S), LONGEST_S))
