"""An agent's program: it serves on $HOST:$PORT (127.0.0.1:8080) until it is told to end."""

import logging
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uvicorn

from agent_host.app import Loading, create_app
from agent_host.log import event
from agent_host.settings import SettingsWrong, current_settings

if TYPE_CHECKING:
    from agent_host.definition import Define

DRAIN_S = 5
"""How long running answers may take to end after SIGTERM, in seconds."""


class Server(uvicorn.Server):
    """A server that tells running turns to end, instead of waiting for them."""

    def __init__(self, config: uvicorn.Config, loading: Loading) -> None:
        """Serve; `loading` knows the turns."""
        super().__init__(config)
        self._loading = loading

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more calls, and let the running ones come to their end."""
        self._loading.stop_all()
        await super().shutdown(sockets)


def serve(define: "Define") -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    try:
        settings = current_settings()
    except SettingsWrong as wrong:
        event("settings.wrong", problem=str(wrong))
        return 1
    # What libraries would log may quote a prompt or an exception with one in it.
    logging.disable(logging.CRITICAL)
    try:
        listening = socket.create_server((settings.host, settings.port))
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        event("port.unavailable", problem=f"cannot listen on {place}: {error.strerror}; set PORT")
        return 1
    event("agent.listening", host=settings.host, port=listening.getsockname()[1])
    loading = Loading(settings, define)
    app = create_app(loading, now=lambda: datetime.now(UTC))  # noqa: TID251 the outermost edge
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=DRAIN_S
    )
    Server(config, loading).run(sockets=[listening])
    return 0
