"""`python -m devstack.runtime_api --port 8443 --sandboxes 2`: a streaming function, locally.

API Gateway on loopback, in front of as many sandboxes, each a Runtime API and a process of
`python -m proxy.lambda_stream` with this process's environment; `--handler` names its application.
A line `{"ready": true, …}` on standard output says that it serves.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import uvicorn

from devstack.runtime_api.gateway import Gateway
from devstack.runtime_api.server import LOOPBACK, RuntimeApi
from trust.clock import SystemClock

DRAIN_S = 1


class _Announcing(uvicorn.Server):
    """A server that says when it serves."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the socket, then say so."""
        await super().startup(sockets)
        if self.started:
            url = f"http://{self.config.host}:{self.config.port}"
            sys.stdout.write(json.dumps({"ready": True, "url": url}) + "\n")
            sys.stdout.flush()


class Sandboxes:
    """The processes of the function, each lent to one invocation at a time."""

    def __init__(self) -> None:
        self._free: asyncio.Queue[RuntimeApi] = asyncio.Queue()

    @asynccontextmanager
    async def running(self, environment: Mapping[str, str]) -> AsyncGenerator[None]:
        """Run one more sandbox."""
        async with RuntimeApi(SystemClock()).served() as api:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "proxy.lambda_stream"),
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


async def serve(port: int, sandboxes: int, environment: Mapping[str, str]) -> None:
    """Serve until a signal."""
    pool = Sandboxes()
    async with AsyncExitStack() as stack:
        for _ in range(sandboxes):
            await stack.enter_async_context(pool.running(environment))
        config = uvicorn.Config(
            Gateway(pool.borrowed),
            host=LOOPBACK,
            port=port,
            lifespan="off",
            loop="asyncio",
            log_level="error",
            server_header=False,
            timeout_graceful_shutdown=DRAIN_S,
        )
        await _Announcing(config).serve()


def main(argv: list[str]) -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="devstack.runtime_api", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sandboxes", type=int, default=2)
    parser.add_argument("--handler", default="bff.streaming:app")
    chosen = parser.parse_args(argv)
    environment = {**os.environ, "_HANDLER": chosen.handler}  # noqa: TID251 the program's entry
    asyncio.run(serve(chosen.port, chosen.sandboxes, environment))


if __name__ == "__main__":
    main(sys.argv[1:])
