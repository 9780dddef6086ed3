"""Serving with uvicorn, and stopping without tearing answers in two."""

import socket

import uvicorn

from bff.app import Gatehouse
from proxy.websocket.line import MAX_MESSAGE_BYTES, PING_EVERY_S

DRAIN_MARGIN_S = 5
"""Time that uvicorn gives connections after our own drain has told them the end."""


class Server(uvicorn.Server):
    """uvicorn, with the streams drained before the connections are closed (design part 10)."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End open streams in good order, then everything else."""
        gatehouse = self.config.app
        if isinstance(gatehouse, Gatehouse):
            gate = await gatehouse.gate()
            await gate.turns.streams.drain(gate.settings.stream_drain.total_seconds())
        await super().shutdown(sockets)


def serve(*, host: str, port: int, proxy_ips: str) -> int:
    """Serve until a signal; return the exit code. Raises SettingsError from the application."""
    from bff.main import app

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="auto",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PING_EVERY_S,
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(proxy_ips),
        forwarded_allow_ips=proxy_ips or None,
        timeout_graceful_shutdown=DRAIN_MARGIN_S,
    )
    server = Server(config)
    server.run()
    return 0 if server.started else 1
