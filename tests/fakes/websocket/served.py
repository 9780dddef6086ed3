"""An ASGI application behind uvicorn on loopback, in the test's loop, as the product runs it."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from bff.connection import Connection
from bff.websockets import SocketConnection
from fakes.proxy.asgi import WAIT_S
from proxy.websocket.line import MAX_MESSAGE_BYTES


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncGenerator[str]:
    """Serve an application; return where, as `127.0.0.1:PORT`.

    Without uvicorn's own main loop, which looks every tenth of a second whether it is to end.
    """
    config = uvicorn.Config(
        app,
        http=Connection,
        ws=SocketConnection,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        await server.startup([listening])
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            await _ended(server)


async def _ended(server: uvicorn.Server) -> None:
    for one in server.servers:
        one.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    async with asyncio.timeout(WAIT_S):
        while server.server_state.connections or server.server_state.tasks:
            await asyncio.sleep(0)
