"""Starting an agent's program and waiting until it is healthy."""

import asyncio
from dataclasses import dataclass
from typing import IO

from devstack.aws.agentcore.http import Container
from devstack.aws.agentcore.process import AgentProcess, started
from devstack.aws.agentcore.runtime import Runtime
from devstack.aws.agentcore.sessions import NotStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """Starts processes that are handed out only when they answer `/ping`."""

    container: Container
    start_s: float
    log: IO[bytes] | int
    """Where what the programs print goes."""

    async def __call__(self, runtime: Runtime) -> AgentProcess | NotStarted:
        """Return a healthy process, or why there is none."""
        environment = await runtime.environment()
        try:
            process = started(runtime.command, environment, log=self.log)
        except OSError as error:
            return NotStarted(reason=f"The agent's program cannot be started: {error}.")
        healthy = False
        try:
            async with asyncio.timeout(self.start_s):
                healthy = await self.container.ready(process)
        except TimeoutError:
            return NotStarted(
                reason="Runtime initialization time exceeded. "
                f"Please make sure that initialization completes in {self.start_s:g}s."
            )
        finally:
            # Also when the wait is cancelled: nobody else knows of the process yet.
            if not healthy:
                process.kill()
        if healthy:
            return process
        return NotStarted(
            reason="The agent's program ended with exit code "
            f"{process.handle.returncode} before it was healthy. Its output tells why."
        )
