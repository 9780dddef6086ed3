"""How far a long answer has come, as AG-UI steps."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ag_ui.core import StepFinishedEvent, StepStartedEvent

from agent_host.stream import Tell


class Steps:
    """Tells steps as they begin and end; several may be open at once, each under its own name."""

    def __init__(self, tell: Tell) -> None:
        """Tell by `tell`."""
        self._tell = tell

    @asynccontextmanager
    async def step(self, name: str) -> AsyncGenerator[None]:
        """Tell that a step begins, and that it is over, however it went."""
        await self._tell(StepStartedEvent(step_name=name))
        try:
            yield
        finally:
            await self._tell(StepFinishedEvent(step_name=name))
