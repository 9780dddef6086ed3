"""A Gatehouse behind its own server on loopback, in the test's loop, and a client before it."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import uvicorn

from bff.connection import Connection
from bff.serve import Server
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.house import House


@dataclass(frozen=True, kw_only=True)
class Served:
    """The server's address, the server, and its end."""

    origin: str
    server: Server
    done: "asyncio.Future[None]"

    async def stop(self) -> None:
        """Do what SIGTERM does, and wait for the end."""
        self.server.should_exit = True
        async with asyncio.timeout(WAIT_S):
            await asyncio.shield(self.done)


@asynccontextmanager
async def served(house: House) -> AsyncGenerator[Served]:
    """Serve a house."""
    config = uvicorn.Config(
        house.app, http=Connection, ws="none", access_log=False, timeout_graceful_shutdown=1
    )
    server = Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        done = asyncio.ensure_future(server.serve([listening]))
        async with asyncio.timeout(WAIT_S):
            while not server.started:
                await asyncio.sleep(0.001)
        running = Served(origin=f"http://127.0.0.1:{port}", server=server, done=done)
        try:
            yield running
        finally:
            if not done.done():
                await running.stop()


@asynccontextmanager
async def asking(
    running: Served, browser: Browser, agent: str = "hello", body: bytes = b'{"prompt": "hi"}'
) -> AsyncGenerator[httpx.Response]:
    """Send a message over HTTP and leave its answer open."""
    headers = dict([*FETCH, *browser.cookies()])
    # trust_env off: a proxy of this machine's environment has no business here.
    async with (
        httpx.AsyncClient(timeout=WAIT_S, trust_env=False) as client,
        client.stream(
            "POST",
            f"{running.origin}/api/agents/{agent}/invocations",
            headers=headers,
            content=body,
        ) as response,
    ):
        yield response
