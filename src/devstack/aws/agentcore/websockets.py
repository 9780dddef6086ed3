"""WebSockets to an agent process: the container contract's `/ws`, on the port of `/invocations`."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from devstack.aws.agentcore.process import AgentProcess
from devstack.aws.wire import Pairs

OPEN_TIMEOUT_S = 10.0
MAX_MESSAGE_BYTES = 16 * 1024 * 1024

Data = str | bytes


class NoWebSocket(Exception):
    """The agent did not answer the handshake as one."""


class Closed(Exception):
    """The agent ended the connection; `code` is None if it broke."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Talk:
    """An open WebSocket to an agent process."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @property
    def subprotocol(self) -> str | None:
        """The one that the agent chose."""
        return self._connection.subprotocol

    async def receive(self) -> Data:
        """Return the agent's next message. Raises Closed."""
        try:
            return await self._connection.recv()
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def send(self, message: Data) -> None:
        """Send a message. Raises Closed."""
        try:
            await self._connection.send(message)
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def close(self, code: int) -> None:
        """Close the connection with a code."""
        await self._connection.close(code)


@contextlib.asynccontextmanager
async def talk(
    process: AgentProcess, *, headers: Pairs, subprotocols: Sequence[str]
) -> AsyncGenerator[Talk]:
    """Open a WebSocket to a process; leaving the context closes it. Raises NoWebSocket."""
    try:
        connection = await connect(
            f"ws://127.0.0.1:{process.port}/ws",
            additional_headers=list(headers),
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            # Neither proxies nor compression: the peer is our own process.
            proxy=None,
            compression=None,
            user_agent_header=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=1,
            max_size=MAX_MESSAGE_BYTES,
        )
    except (OSError, EOFError, WebSocketException) as error:
        raise NoWebSocket(type(error).__name__) from error
    try:
        yield Talk(connection)
    finally:
        await asyncio.shield(connection.close())


def _closed(error: ConnectionClosed) -> Closed:
    return Closed(error.rcvd.code if error.rcvd is not None else None)
