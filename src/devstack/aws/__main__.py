"""`python -m devstack.aws`: run the local AWS until it is told to stop.

One line of JSON on standard output says that it serves: `{"ready": true, "url": …}`, with the key
pair of the BFF's role if none was given in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"""

import asyncio
import json
import logging
import os
import secrets
import socket
import sys
from pathlib import Path

import uvicorn

from devstack.aws.app import App
from devstack.aws.arguments import Usage, arguments, settings_from
from devstack.aws.listening import LOOPBACK, listening_socket, url_of
from trust.clock import SystemClock

DRAIN_S = 1
"""How long open answers may go on after SIGTERM, in seconds."""


class _Announcing(uvicorn.Server):
    """A server that says when it serves."""

    def __init__(self, config: uvicorn.Config, *, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the sockets, then say so."""
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(self._announcement + "\n")
            sys.stdout.flush()


class _QuietAboutCuts(logging.Filter):
    """Drops uvicorn's complaint about answers that are cut on purpose (a stopped session)."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "without completing response" not in record.getMessage()


def _listening(port: int) -> socket.socket:
    try:
        return listening_socket(port)
    except OSError as error:
        raise Usage(
            f"port {port} of {LOOPBACK} cannot be listened on: {error.strerror}."
        ) from error


def _make(folder: Path | None) -> None:
    try:
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Usage(f"the folder {folder} cannot be made: {error.strerror}.") from error


def main(argv: list[str]) -> int:
    """Run; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_QuietAboutCuts())
    try:
        chosen = arguments(argv)
        _make(chosen.state)
        listening = _listening(chosen.port)
        url = url_of(listening)
        settings, announcement = settings_from(
            chosen,
            os.environ,  # noqa: TID251 the program's entry
            url=url,
            entropy=secrets.token_bytes,
        )
    except Usage as mistake:
        sys.stderr.write(f"devstack.aws: {mistake}\n")
        return 2
    config = uvicorn.Config(
        App(settings, clock=SystemClock(), entropy=secrets.token_bytes),
        lifespan="on",
        # Child processes are started here; uvloop would add nothing to a development tool.
        loop="asyncio",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = _Announcing(
        config, announcement=json.dumps({"ready": True, "url": url, **announcement})
    )
    asyncio.run(server.serve(sockets=[listening]))
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
