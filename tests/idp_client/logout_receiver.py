"""An application's endpoint for logout tokens, on loopback."""

import queue
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs

WAIT_S = 5.0


@dataclass(kw_only=True)
class Receiver:
    """An endpoint that logout tokens are delivered to (OIDC Back-Channel Logout 1.0 §2.5)."""

    url: str
    _delivered: queue.Queue[tuple[str, str]] = field(
        default_factory=queue.Queue[tuple[str, str]], repr=False
    )

    def token(self) -> str:
        """Return the next logout token; it was sent as a form. Raises queue.Empty after 5 s."""
        content_type, body = self._delivered.get(timeout=WAIT_S)
        assert content_type.startswith("application/x-www-form-urlencoded")
        return parse_qs(body)["logout_token"][0]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waits to be looked at."""
        return self._delivered.empty()

    def forget(self) -> None:
        """Throw away what waits."""
        while not self._delivered.empty():
            self._delivered.get_nowait()

    def deliver(self, content_type: str, body: str) -> None:
        """Keep what a request brought."""
        self._delivered.put((content_type, body))


@contextmanager
def receiving() -> Generator[Receiver]:
    """Listen for logout tokens on loopback."""

    class Handler(BaseHTTPRequestHandler):
        """Takes what the provider delivers."""

        def do_POST(self) -> None:
            """Keep the token and say 204."""
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            endpoint.deliver(self.headers["Content-Type"], body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 as inherited
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint = Receiver(url=f"http://127.0.0.1:{server.server_port}/auth/backchannel-logout")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join(WAIT_S)
