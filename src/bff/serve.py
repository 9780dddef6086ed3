"""Serving with uvicorn, and stopping without tearing answers in two."""

import socket
from functools import partial

import uvicorn

from bff.acceptor import Acceptor
from bff.app import Gatehouse
from bff.connection import Connection
from bff.websockets import SocketConnection
from proxy.websocket.line import MAX_MESSAGE_BYTES, PING_EVERY_S
from trust import log
from trust.errors import SettingsError
from trust.memory import close_memory

DRAIN_MARGIN_S = 5
"""Time that uvicorn gives connections after our own drain has told them the end."""


KEEP_ALIVE_S = 130
"""How long a connection may be idle between two requests: longer than the load balancer before us
keeps one (`idle_timeout` in infra/modules/agentcore-bff/network.tf). A call that it sends while we
close is lost, and its browser gets a 502."""


class Server(uvicorn.Server):
    """uvicorn, with the streams drained before the connections are closed (design part 10)."""

    fault: SettingsError | None = None
    """Why it did not start."""
    acceptors: tuple[Acceptor, ...] = ()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the application first: what is wrong with its settings is told, and no traceback.

        Opened once, here: a wrapped secret id, for one, is good for a single login.
        """
        gatehouse = self.config.app
        if isinstance(gatehouse, Gatehouse):
            try:
                await gatehouse.begin()
            except SettingsError as error:
                self.fault, self.should_exit = error, True
                return
        await super().startup(sockets)
        accepted = partial(Connection, self.config, self.server_state, self.lifespan.state)
        self.acceptors = tuple(
            Acceptor(listening, accepted) for server in self.servers for listening in server.sockets
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End open streams in good order, then everything else."""
        gatehouse = self.config.app
        if isinstance(gatehouse, Gatehouse):
            gate = gatehouse.late.opened
            if gate is not None:
                await gate.turns.streams.drain(gate.settings.stream_drain.total_seconds())
        for acceptor in self.acceptors:
            acceptor.close()
        await super().shutdown(sockets)


def serve(*, host: str, port: int, proxy_ips: str) -> int:
    """Serve until a signal; return the exit code. Raises SettingsError."""
    from bff.main import app

    closed = close_memory()
    if not (closed.no_core_file and closed.not_dumpable):
        log.event(
            "process.memory_open",
            no_core_file=closed.no_core_file,
            not_dumpable=closed.not_dumpable,
        )
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="auto",
        http=Connection,
        ws=SocketConnection,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PING_EVERY_S,
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(proxy_ips),
        forwarded_allow_ips=proxy_ips or None,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_MARGIN_S,
    )
    server = Server(config)
    server.run()
    if server.fault is not None:
        raise server.fault
    return 0 if server.started else 1
