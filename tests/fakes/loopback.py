"""An HTTP server on loopback that answers as a test says, in threads of its own."""

import socket
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

WAIT_S = 10.0
"""How long anything on loopback may take before a test has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as it arrived; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Answer = Callable[[Call], Reply]


@contextmanager
def serving(answer: Answer) -> Generator[str]:
    """Serve `answer` on a free port; yield the URL without a slash at its end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            call = Call(
                method=self.command,
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length),
            )
            self._send(answer(call))

        do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 as http.server names them

        def _send(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            if "date" not in reply.headers:
                self.send_header("Date", self.date_time_string())
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 as inherited
            pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.stop()
            thread.join(WAIT_S)


class _Server(ThreadingHTTPServer):
    """Waits for connections alone: `serve_forever` wakes at times, and `shutdown` waits."""

    _stopping = False

    def serve(self) -> None:
        while not self._stopping:
            self.handle_request()

    def stop(self) -> None:
        self._stopping = True
        # One more connection, for it to see that.
        socket.create_connection(("127.0.0.1", self.server_port), WAIT_S).close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that was killed in mid-call is part of the tests.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
