"""Our own HTTP/1.1 client: kept-alive connections by origin, no redirects, cookies or decoding.

It exists because it is under every streamed call: docs/adr/0018 has the figures. TLS is always
verified; no proxy named in the environment sees a signed call.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Mapping

from trust.clock import Clock, SystemClock
from trust.wire.call import Answer, Broken, Outgoing, Taken, Unreachable
from trust.wire.channel import Channel
from trust.wire.connection import Connection
from trust.wire.framing import Origin, destination, head_of, kept_s
from trust.wire.tls import unconnected

CONNECT_TIMEOUT_S = 5.0
"""How long connecting may take, name look-up and TLS handshake included."""

MOST_IDLE = 1024
"""Idle connections that are kept of one origin. Not far below what may be busy at once: of what is
above, each call pays for a handshake, which takes as much as the call itself, or twice that."""

IDLE_S = 20.0
"""How long one is kept: less than the time after which load balancers close theirs (60 s)."""

KEPT_MARGIN_S = 1.0
"""How much sooner than its peer says (`Keep-Alive: timeout=5`) one is let go: a call that is sent
while the peer closes is lost, and may not be repeated."""

SWEPT_EVERY_S = 5.0
"""How often those are let go whose time is over, and which nobody has asked for since."""

_MACHINES = SystemClock()


class LeanWire:
    """Calls over connections that are kept open between them."""

    def __init__(
        self, tls: ssl.SSLContext, *, idle_s: float = IDLE_S, clock: Clock = _MACHINES
    ) -> None:
        self._tls = tls
        self._idle_s = idle_s
        self._clock = clock
        self._idle: dict[Origin, deque[Connection]] = {}
        self._open: set[Connection] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False

    async def open(self, call: Outgoing) -> Answer:
        """As `trust.wire.call.Wire.open`."""
        place = destination(call.url)
        head = head_of(call, place)
        kept = None if call.anew else self._kept(place.origin)
        connection = kept or await self._connected(place.origin)
        try:
            connection.send(call.method, head, call.body)
            await connection.head()
        except BaseException:
            connection.abort()
            raise
        return LeanAnswer(self, place.origin, connection)

    async def close(self) -> None:
        """Close all connections."""
        self._closed = True
        self._idle.clear()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self._open):
            connection.abort()

    def _kept(self, origin: Origin) -> Connection | None:
        """Return a connection that was left by the last exchange and is still good.

        One that the peer has closed meanwhile is known by what the socket has to tell, before a
        byte of the call has left: so a call is never repeated, and hardly ever lost to a close.
        """
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            transport = connection.transport
            if connection.usable and transport is not None and not transport.is_closing():
                if connection.is_good(now=self._clock.now()) and not connection.has_news():
                    return connection
                connection.abort()
        return None

    async def _connected(self, origin: Origin) -> Connection:
        connection = Connection(asyncio.get_running_loop(), self._open.discard)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._connect(connection, origin)
        except (OSError, TimeoutError, ValueError) as error:
            # ssl.SSLError is an OSError. ValueError: a name that no name look-up takes.
            raise Unreachable(unconnected(error)) from error
        if self._closed or connection.transport is None:
            connection.abort()
            raise Unreachable("closed")
        self._open.add(connection)
        return connection

    async def _connect(self, connection: Connection, origin: Origin) -> None:
        """Raise OSError, TimeoutError, ValueError."""
        loop = asyncio.get_running_loop()
        if not origin.tls:
            await loop.create_connection(lambda: connection, origin.host, origin.port)
            return
        channel = Channel(connection, self._tls, origin.host)
        transport, _ = await loop.create_connection(lambda: channel, origin.host, origin.port)
        try:
            await channel.secured()
        except BaseException:
            transport.abort()
            raise

    def free(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end; drop any other."""
        idle = self._idle.get(origin)
        if idle is None:
            idle = self._idle[origin] = deque()
        if self._closed or not connection.reusable or len(idle) >= MOST_IDLE:
            connection.abort()
            return
        may_idle_s = self._may_idle_s(connection.headers.get("keep-alive"))
        connection.keep(may_idle_s, now=self._clock.now())
        idle.append(connection)
        if self._sweeper is None:
            self._sweep_later()

    def _sweep_later(self) -> None:
        self._sweeper = asyncio.get_running_loop().call_later(SWEPT_EVERY_S, self._sweep)

    def _sweep(self) -> None:
        """Let go of what is kept in vain, after a rush above all; go on while anything is kept."""
        self._sweeper = None
        now = self._clock.now()
        for idle in self._idle.values():
            for connection in list(idle):
                if not (connection.usable and connection.is_good(now=now)):
                    idle.remove(connection)
                    connection.abort()
        if any(self._idle.values()):
            self._sweep_later()

    def _may_idle_s(self, keep_alive: str | None) -> float:
        said_s = None if keep_alive is None else kept_s(keep_alive)
        return self._idle_s if said_s is None else min(self._idle_s, said_s - KEPT_MARGIN_S)


class LeanAnswer:
    """An answer on its connection."""

    __slots__ = ("_connection", "_origin", "_wire", "headers", "status")

    def __init__(self, wire: LeanWire, origin: Origin, connection: Connection) -> None:
        self._wire = wire
        self._origin = origin
        self._connection: Connection | None = connection
        self.status: int = connection.status
        self.headers: Mapping[str, str] = connection.headers

    @property
    def ended(self) -> bool:
        """As `trust.wire.call.Answer.ended`."""
        return self._connection is None or self._connection.ended

    def read(
        self, within_s: float | None = None, taken: Taken | None = None
    ) -> Awaitable[bytes | None]:
        """As `trust.wire.call.Answer.read`."""
        connection = self._connection
        if connection is None:
            # It may be another answer's by now.
            raise Broken("read after its end")
        return connection.read(within_s, taken)

    def close(self) -> None:
        """As `trust.wire.call.Answer.close`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._wire.free(self._origin, connection)
