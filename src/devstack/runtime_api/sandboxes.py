"""The processes of a function, each with a Runtime API of its own."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from devstack.runtime_api.server import RuntimeApi
from trust.clock import SystemClock


class Sandboxes:
    """The processes of one function, each lent to one invocation at a time."""

    def __init__(self, runtime: str) -> None:
        """`runtime`: the module that runs the handler."""
        self._runtime = runtime
        self._free: asyncio.Queue[RuntimeApi] = asyncio.Queue()

    @asynccontextmanager
    async def running(self, environment: Mapping[str, str]) -> AsyncGenerator[None]:
        """Run one more sandbox."""
        async with RuntimeApi(SystemClock()).served() as api:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self._runtime),
                env={**environment, "AWS_LAMBDA_RUNTIME_API": api.authority},
            )
            self._free.put_nowait(api)
            try:
                yield
            finally:
                if process.returncode is None:
                    process.terminate()
                await process.wait()

    @asynccontextmanager
    async def borrowed(self) -> AsyncGenerator[RuntimeApi]:
        """Lend a sandbox that does nothing else; wait for one."""
        api = await self._free.get()
        try:
            yield api
        finally:
            self._free.put_nowait(api)
