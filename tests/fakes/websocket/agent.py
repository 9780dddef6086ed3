"""An agent with a WebSocket, in the test's loop: what it was asked, and what it says, by hand."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from fakes.proxy.asgi import WAIT_S

SILENT = logging.Logger("silent", level=logging.CRITICAL + 1)  # noqa: LOG001 no part of any log


@dataclass(kw_only=True, eq=False)
class FakeAgent:
    """Every connection that was made to it, the first one at the beginning."""

    origin: str = ""
    connections: list[ServerConnection] = field(default_factory=list[ServerConnection])
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    open: int = 0

    async def serve(self, connection: ServerConnection) -> None:
        """Keep a connection until it is closed."""
        async with self.news:
            self.connections.append(connection)
            self.open += 1
            self.news.notify_all()
        await connection.wait_closed()
        async with self.news:
            self.open -= 1
            self.news.notify_all()

    async def met(self, count: int = 1) -> ServerConnection:
        """Wait until so many connections were made; return the last of them."""
        async with asyncio.timeout(WAIT_S), self.news:
            await self.news.wait_for(lambda: len(self.connections) >= count)
        return self.connections[count - 1]

    async def left(self) -> None:
        """Wait until nobody is connected any more."""
        async with asyncio.timeout(WAIT_S), self.news:
            await self.news.wait_for(lambda: bool(self.connections) and not self.open)

    def header(self, name: str) -> str | None:
        """Return a header of the last handshake."""
        request = self.connections[-1].request
        assert request is not None
        found = request.headers.get_all(name)
        assert len(found) <= 1, f"{name} came {len(found)} times"
        return found[0] if found else None


@asynccontextmanager
async def agent(
    subprotocols: Sequence[str] = (), *, max_queue: int | None = 16
) -> AsyncGenerator[FakeAgent]:
    """Serve an agent on loopback. `max_queue`: how many frames it takes that nobody reads."""
    fake = FakeAgent()

    def choose(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        return next((name for name in offered if name in subprotocols), None)

    async with serve(
        fake.serve,
        "127.0.0.1",
        0,
        select_subprotocol=choose,
        # Headers of handshakes are secrets, and the tests look for those in every log.
        logger=SILENT,
        compression=None,
        max_size=None,
        max_queue=max_queue,
        # Whether anybody is there is for the other side to ask, in these tests.
        ping_interval=None,
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        fake.origin = f"http://127.0.0.1:{port}"
        yield fake
