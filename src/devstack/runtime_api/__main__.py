"""`python -m devstack.runtime_api --port 8443 --sandboxes 2`: Gatehouse's functions, locally.

API Gateway on loopback, in front of as many sandboxes, each a Runtime API and a process of
`python -m proxy.lambda_stream` with this process's environment and the key of the function's own
role; `--handler` names its application. With `--whole-api` the authorizer and the function of the
JSON routes run as well, one sandbox each, and requests find their way as in AWS.
A line `{"ready": true, …}` on standard output says that it serves.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace

import uvicorn
from starlette.types import ASGIApp

from devstack.runtime_api.api import Api
from devstack.runtime_api.functions import AUTHORIZER, JSON, STREAM, Function
from devstack.runtime_api.gateway import Gateway
from devstack.runtime_api.sandboxes import Sandboxes
from devstack.runtime_api.server import LOOPBACK
from devstack.runtime_api.whole import Borrow

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


async def serve(port: int, app: ASGIApp) -> None:
    """Serve until a signal."""
    config = uvicorn.Config(
        app,
        host=LOOPBACK,
        port=port,
        lifespan="off",
        loop="asyncio",
        log_level="error",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    await _Announcing(config).serve()


async def started(
    function: Function, environment: Mapping[str, str], stack: AsyncExitStack, *, sandboxes: int
) -> Borrow:
    """Start a function; return what lends its sandboxes. They end with `stack`."""
    pool = Sandboxes(function.runtime)
    for _ in range(sandboxes):
        await stack.enter_async_context(pool.running(function.environment(environment)))
    return pool.borrowed


async def serve_stream(chosen: argparse.Namespace, environment: Mapping[str, str]) -> None:
    """Serve the streaming function alone, at every path."""
    function = replace(STREAM, handler=chosen.handler)
    async with AsyncExitStack() as stack:
        stream = await started(function, environment, stack, sandboxes=chosen.sandboxes)
        await serve(chosen.port, Gateway(stream))


async def serve_api(chosen: argparse.Namespace, environment: Mapping[str, str]) -> None:
    """Serve all three functions."""
    async with AsyncExitStack() as stack:
        api = Api(
            authorizer=await started(AUTHORIZER, environment, stack, sandboxes=1),
            json=await started(JSON, environment, stack, sandboxes=1),
            stream=Gateway(await started(STREAM, environment, stack, sandboxes=chosen.sandboxes)),
        )
        await serve(chosen.port, api)


def main(argv: list[str]) -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="devstack.runtime_api", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--sandboxes", type=int, default=2, help="how many that stream (2)")
    parser.add_argument("--handler", default=STREAM.handler, help="the application (%(default)s)")
    parser.add_argument("--whole-api", action="store_true", help="all three functions")
    chosen = parser.parse_args(argv)
    serving = serve_api if chosen.whole_api else serve_stream
    asyncio.run(serving(chosen, os.environ))  # noqa: TID251 the program's entry


if __name__ == "__main__":
    main(sys.argv[1:])
