"""Fetching a key set from a server that is not always kind."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from authorizer.http import MAX_BYTES, TOTAL_S, fetch
from fakes.clock import StoppedClock
from trust.session.errors import ProviderUnavailable

DOCUMENT = b'{"keys": []}'


class Server(BaseHTTPRequestHandler):
    """Answers by what the path asks for."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer."""
        self.asked.append(self.path)
        getattr(self, f"answer_{self.path.strip('/')}")()

    def answer_jwks(self) -> None:
        """Give the document."""
        self._begin(200, {"Content-Length": str(len(DOCUMENT))})
        self.wfile.write(DOCUMENT)

    def answer_moved(self) -> None:
        """Send to somewhere else."""
        self._begin(302, {"Location": "/jwks", "Content-Length": "0"})

    def answer_absent(self) -> None:
        """Have nothing."""
        self._begin(404, {"Content-Length": "0"})

    def answer_broken(self) -> None:
        """Fail."""
        self._begin(500, {"Content-Length": "0"})

    def answer_huge(self) -> None:
        """Never stop, as far as the client listens."""
        self._begin(200, {})
        self.wfile.write(b"x" * (MAX_BYTES + 1))

    def answer_short(self) -> None:
        """Close in the middle of a chunk."""
        self._begin(200, {"Transfer-Encoding": "chunked"})
        self.wfile.write(b"ff\r\nshort")

    def answer_garbage(self) -> None:
        """Speak no HTTP."""
        self.wfile.write(b"garbage\r\n\r\n")

    def _begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be silent."""


@pytest.fixture
def server() -> Iterator[str]:
    """Return the address of a server on loopback."""
    Server.asked.clear()
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_the_document_is_fetched(server: str) -> None:
    assert fetch(f"{server}/jwks", StoppedClock()) == DOCUMENT


def test_a_redirect_is_not_followed(server: str) -> None:
    with pytest.raises(ProviderUnavailable):
        fetch(f"{server}/moved", StoppedClock())

    assert Server.asked == ["/moved"]


@pytest.mark.parametrize("path", ["absent", "broken", "huge", "short", "garbage"])
def test_an_answer_that_is_none_makes_the_keys_unavailable(server: str, path: str) -> None:
    with pytest.raises(ProviderUnavailable):
        fetch(f"{server}/{path}", StoppedClock())


def test_nobody_there_makes_the_keys_unavailable() -> None:
    with pytest.raises(ProviderUnavailable):
        fetch("http://127.0.0.1:9/jwks", StoppedClock())


class Racing(StoppedClock):
    """A clock by which every look at it costs more than a body may."""

    def monotonic(self) -> float:
        """Return a time that has moved on."""
        self.advance(TOTAL_S + 1)
        return super().monotonic()


def test_a_body_that_drips_is_given_up(server: str) -> None:
    with pytest.raises(ProviderUnavailable, match="too slow"):
        fetch(f"{server}/jwks", Racing())


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "data:,x", "x", "http://[x", "http://a/\0"]
)
def test_nothing_but_http_is_opened(url: str) -> None:
    with pytest.raises(ProviderUnavailable):
        fetch(url, StoppedClock())


def test_a_proxy_named_in_the_environment_does_not_come_between(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert fetch(f"{server}/jwks", StoppedClock()) == DOCUMENT
