"""A hop in front of the BFF that notes what really came over the wire from a browser."""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

WAIT_S = 15.0

_ENDS_HERE = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A request as it came, names of headers in lower case, and the status of its answer."""

    method: str
    path: str
    headers: Mapping[str, str]
    status: int

    @property
    def cookies(self) -> list[tuple[str, str]]:
        """Its cookies, in order."""
        pairs = (part.strip().partition("=") for part in self.headers.get("cookie", "").split(";"))
        return [(name, value) for name, _, value in pairs if name]


@dataclass(kw_only=True)
class Wiretap:
    """Everything heard so far; `bff_port`: who is behind."""

    port: int
    bff_port: int = 0
    heard: list[Heard] = field(default_factory=list[Heard])
    news: Condition = field(default_factory=Condition)

    def note(self, heard: Heard) -> None:
        """Write a request down, once its answer is known."""
        with self.news:
            self.heard.append(heard)
            self.news.notify_all()

    def of_others(self) -> list[Heard]:
        """Return what pages of others have sent: of the app's own, the browser says whose it is."""
        ours = ("same-origin", "none")
        return [heard for heard in self.heard if heard.headers.get("sec-fetch-site") not in ours]

    def last(self, path: str) -> Heard:
        """Return the latest request for a path."""
        return [heard for heard in self.heard if heard.path == path][-1]

    def wait(self, wanted: Callable[[Heard], bool]) -> list[Heard]:
        """Return the requests that are wanted, once there is one. Raises AssertionError."""
        with self.news:
            found = self.news.wait_for(lambda: any(map(wanted, self.heard)), timeout=WAIT_S)
            assert found, f"nothing of the kind came: {self.heard}"
            return [*filter(wanted, self.heard)]


def _hop(tap: Wiretap) -> type[BaseHTTPRequestHandler]:
    class Hop(BaseHTTPRequestHandler):
        def passed_on(self) -> None:
            """Ask the BFF the same, and answer what it answers."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with closing(HTTPConnection("127.0.0.1", tap.bff_port, timeout=WAIT_S)) as behind:
                behind.putrequest(
                    self.command, self.path, skip_host=True, skip_accept_encoding=True
                )
                for name, value in self.headers.items():
                    behind.putheader(name, value)
                behind.endheaders(body)
                answer = behind.getresponse()
                content = answer.read()
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard = Heard(
                method=self.command, path=self.path, headers=headers, status=answer.status
            )
            tap.note(heard)
            # A page that closes takes no answer.
            with suppress(ConnectionError):
                self.answered(answer, content)

        def answered(self, answer: HTTPResponse, content: bytes) -> None:
            """Answer with the BFF's answer."""
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _ENDS_HERE:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing: what matters is noted."""

    # The names are http.server's.
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        setattr(Hop, f"do_{method}", Hop.passed_on)
    return Hop


@contextmanager
def wiretap() -> Generator[Wiretap]:
    """Listen; whoever starts the BFF says afterwards on which port."""
    tap = Wiretap(port=0)
    with ThreadingHTTPServer(("127.0.0.1", 0), _hop(tap)) as server:
        server.daemon_threads = True
        tap.port = server.server_address[1]
        serving = Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield tap
        finally:
            server.shutdown()
            serving.join()
