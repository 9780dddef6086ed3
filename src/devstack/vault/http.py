"""The local Vault on a port of loopback: HTTP/1.1, one thread for each connection.

Not the server of the local AWS, since that cannot break a connection in the middle of an answer.
"""

import socket
import struct
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from devstack.aws.listening import LOOPBACK
from devstack.aws.wire import Pairs, WireRequest
from devstack.vault.gateway import Delivery, Gateway

MAX_BODY_BYTES = 32 * 1024 * 1024
"""Vault's own default, `max_request_size`."""
_STOP_S = 5.0
_NO_LINGER = struct.pack("ii", 1, 0)
"""Closing sends a reset at once, as of a process that was killed."""


class VaultServer(ThreadingHTTPServer):
    """Serves a gateway until `stop`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, gateway: Gateway) -> None:
        self.gateway = gateway
        self.stopping = Event()
        self._open: set[socket.socket] = set()
        super().__init__((LOOPBACK, port), _Exchange)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember a connection, so that none outlives the server."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that ends."""
        self._open.discard(request)
        super().shutdown_request(request)

    def serve(self) -> None:
        """Serve until `stop`, waiting for connections alone: `serve_forever` wakes at times."""
        while not self.stopping.is_set():
            self.handle_request()

    def stop(self) -> None:
        """Take nobody any more, and cut what is open."""
        self.stopping.set()
        # One more connection, for `serve` to see that.
        socket.create_connection((LOOPBACK, self.server_port), _STOP_S).close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave; tests make them."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: VaultServer  # pyright: ignore[reportIncompatibleVariableOverride] it is always one

    def __getattr__(self, name: str) -> Callable[[], None]:
        # Every method of HTTP is looked up as `do_…`; LIST is one of Vault's own.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not length.isdigit():
            self._say(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > MAX_BODY_BYTES:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._deliver(self.server.gateway.answer(self._read(int(length)), peer=self._peer))

    @property
    def _peer(self) -> str:
        return str(self.client_address[0])

    def _read(self, length: int) -> WireRequest:
        path, _, query = self.path.partition("?")
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        body = self.rfile.read(length)
        return WireRequest(method=self.command, path=path, query=query, headers=headers, body=body)

    def _deliver(self, delivery: Delivery) -> None:
        if delivery.hang_s:
            self.server.stopping.wait(delivery.hang_s)
        answer = delivery.answer
        if answer is None:
            self._cut()
            return
        body = b"" if self.command == "HEAD" else answer.body
        self._send(answer.status, answer.headers, body[: delivery.sent_bytes], len(answer.body))
        if delivery.sent_bytes is not None:
            self._cut()

    def _say(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send(status, (("connection", "close"),), b"", 0)

    def _send(self, status: int, headers: Pairs, body: bytes, length: int) -> None:
        lines = [f"HTTP/1.1 {status} {_phrase(status)}", f"content-length: {length}"]
        lines += [f"{name}: {value}" for name, value in headers]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        # In one piece: two would wait for each other's acknowledgement.
        self.wfile.write(head + body)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 as inherited
        """Write nothing: paths may name secrets."""


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"


@contextmanager
def serving(gateway: Gateway, *, port: int = 0) -> Generator[VaultServer]:
    """Serve in a thread of its own. Raises OSError if the port cannot be had."""
    server = VaultServer(port, gateway)
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(_STOP_S)
        server.server_close()
