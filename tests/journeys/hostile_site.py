"""Somebody else's web site on this machine: every path is an empty page, for scripts to run in."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

PAGE = b"<!doctype html><meta charset=utf-8><title>Elsewhere</title><body></body>"


class _Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with the page; `?cookie=…` comes back as a Set-Cookie header each."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        for line in parse_qs(urlsplit(self.path).query).get("cookie", []):
            self.send_header("Set-Cookie", line)
        self.end_headers()
        # A page that closes takes no answer.
        with suppress(ConnectionError):
            self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Say nothing: a test's output is for its own faults."""


@contextmanager
def hostile_site() -> Generator[int]:
    """Serve on every name of this machine; give the port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        serving = Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            serving.join()
