"""The way to agents over the library `websockets`."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import Event
from websockets.typing import Subprotocol

from proxy.errors import AgentFailed, AgentTimeout, AgentUnreachable
from proxy.websocket import line
from proxy.websocket.controls import Controls
from proxy.websocket.line import Handshake, HandshakeRefused, Line, LineClosed, WebSocketMessage
from trust.wire.tls import unconnected

_SILENT = logging.Logger("websockets", level=logging.CRITICAL + 1)  # noqa: LOG001 nobody finds it by a name, to turn it on
"""At DEBUG the library writes down every header of a handshake, signatures and grants as well."""

_CHARACTERS = line.FRAME_BYTES // 4
"""How many characters fit into a frame for certain: UTF-8 takes four bytes at most."""


_CONTROLS = frozenset({Opcode.PING, Opcode.PONG})


class _Connection(ClientConnection):
    """A connection that ends soon after its close frames, also where the peer keeps it open.

    By itself the library waits for that without end as long as nobody sends. Nor does it mind how
    often it is pinged by who takes none of its pongs.
    """

    _ending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self._controls = Controls()

    def process_event(self, event: Event) -> None:
        """Take a frame; end with a peer that sends too many pings or pongs."""
        is_control = isinstance(event, Frame) and event.opcode in _CONTROLS
        if is_control and not self._controls.lets(self.loop.time()):
            self.transport.abort()
        else:
            super().process_event(event)

    def data_received(self, data: bytes) -> None:
        """Read what came, and note when the connection has to be over."""
        super().data_received(data)
        if self.close_deadline is not None and self._ending is None:
            self._ending = self.loop.call_at(self.close_deadline, self.transport.abort)


class _Straight(connect):
    """A connection to the address that was named, and to no other."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Follow nobody: a signed handshake is for one host alone."""
        return exc


class WebsocketsDialer:
    """Opens a connection of its own for each line."""

    def __init__(self, *, tls: Callable[[], ssl.SSLContext]) -> None:
        """`tls`: returns whom to believe; asked at the first `wss:` handshake, and only then."""
        self._trusted = tls
        self._tls: ssl.SSLContext | None = None

    async def open(self, handshake: Handshake) -> Line:
        """Open a line. Raises HandshakeRefused, AgentUnreachable, AgentTimeout, AgentFailed."""
        try:
            return _WebsocketsLine(await self._connection(handshake))
        except InvalidStatus as error:
            response = error.response
            headers = {name.lower(): value for name, value in response.headers.raw_items()}
            raise HandshakeRefused(response.status_code, headers) from error
        except TimeoutError as error:
            raise AgentTimeout("the handshake took too long") from error
        except OSError as error:
            raise AgentUnreachable(unconnected(error)) from error
        except (WebSocketException, EOFError, ValueError) as error:
            raise AgentFailed(type(error).__name__) from error

    async def _connection(self, handshake: Handshake) -> ClientConnection:
        secure = handshake.url.startswith("wss:")
        if secure and self._tls is None:
            self._tls = self._trusted()
        return await _Straight(
            handshake.url,
            additional_headers=dict(handshake.headers),
            subprotocols=[Subprotocol(name) for name in handshake.subprotocols] or None,
            ssl=self._tls if secure else None,
            # A proxy named in the environment must not see signed calls.
            proxy=None,
            # What is compressed together can be guessed by its length (CRIME), and takes memory.
            compression=None,
            user_agent_header=None,
            open_timeout=line.OPEN_TIMEOUT_S,
            # Of its own the library would give up an agent whose pong waits behind what a slow
            # browser has not taken yet: `receive` pings, once there is nothing before it.
            ping_interval=None,
            close_timeout=line.CLOSE_TIMEOUT_S,
            max_size=line.MAX_MESSAGE_BYTES,
            # One frame is held; with the next the network has to wait.
            max_queue=1,
            write_limit=line.FRAME_BYTES,
            logger=_SILENT,
            create_connection=_Connection,
        )


class _WebsocketsLine:
    """An open connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @property
    def subprotocol(self) -> str | None:
        """The one that the agent chose."""
        return self._connection.subprotocol

    async def receive(self) -> WebSocketMessage:
        """Return the next message; ping a peer that is silent. Raises LineClosed."""
        pong: asyncio.Future[float] | None = None
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(line.PING_EVERY_S):
                        return await self._connection.recv()
                pong = await self._asked(pong)
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def _asked(self, pong: asyncio.Future[float] | None) -> asyncio.Future[float] | None:
        """Ask a silent peer whether it is there, if it has answered the last time."""
        if pong is not None and not pong.done():
            self._connection.transport.abort()
            return pong
        with suppress(TimeoutError):
            async with asyncio.timeout(line.PING_EVERY_S):
                return asyncio.ensure_future(await self._connection.ping())
        # It takes nothing at the moment; whether it is there will be seen.
        return None

    async def send(self, message: WebSocketMessage) -> None:
        """Send a message, in frames that AgentCore takes. Raises LineClosed."""
        frames = list(_frames(message))
        try:
            await self._connection.send(frames if len(frames) > 1 else message)
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def close(self, code: int) -> None:
        """Close it, without waiting for a peer that takes nothing, the close frame neither.

        The library begins to count its time only once the frame has left.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(line.CLOSE_TIMEOUT_S):
                await self._connection.close(code)
        self._connection.transport.abort()


def _frames(message: WebSocketMessage) -> Iterator[WebSocketMessage]:
    size = _CHARACTERS if isinstance(message, str) else line.FRAME_BYTES
    for start in range(0, len(message), size):
        yield message[start : start + size]


def _closed(error: ConnectionClosed) -> LineClosed:
    """Return the close that the agent sent; ours, or none at all, is none of theirs."""
    return LineClosed(error.rcvd.code if error.rcvd is not None else None)
