"""The fake control plane over HTTP, for the bridge as its own process and for boto3."""

import json
import socket
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from fakes.agentcore_control.model import operation, output_shape, routed
from fakes.agentcore_control.world import ApiError, Dropped, World

_WAIT_S = 10.0


@contextmanager
def serving(world: World) -> Generator[str]:
    """Serve the world on a free port; yield its URL."""
    turn = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer in one piece, at once: else each waits 40 ms for the client's acknowledgement.
        disable_nagle_algorithm = True
        wbufsize = -1

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            try:
                name, members = routed(self.command, self.path, json.loads(body or b"{}"))
                with turn:
                    answer = world.call(name, members)
            except ApiError as error:
                self._send(error.status, {"message": str(error)}, error.code)
            except Dropped:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
            else:
                status = int(operation(name).http["responseCode"])
                self._send(status, answer, "", has_body=output_shape(name) is not None)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815 as inherited

        def _send(self, status: int, members: Any, code: str, *, has_body: bool = True) -> None:
            has_body = has_body and status != 204
            content = json.dumps(members, default=_time).encode() if has_body else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if code:
                self.send_header("x-amzn-errortype", code)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 as inherited
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(_WAIT_S)


def _time(value: object) -> str:
    # Both of the model's formats of time are read from this one.
    assert isinstance(value, datetime)
    return value.isoformat()
