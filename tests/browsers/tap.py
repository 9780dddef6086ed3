"""A hop in front of a server that passes every byte on as it comes, and notes what a browser says.

Unlike `journeys.wiretap`, it lets an answer grow and a WebSocket talk; and it speaks TLS, since not
every engine keeps a Secure cookie of a page without it.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Queue
from threading import Thread
from typing import Any

import httptools

from journeys.wiretap import Heard, Wiretap

_CHUNK_BYTES = 1 << 16
_STARTS_WITHIN_S = 10.0

_Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(kw_only=True)
class _Half:
    """What httptools calls while it reads one direction of a connection."""

    path: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def on_message_begin(self) -> None:
        """Forget the message before this one."""
        self.path, self.headers = "", {}

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request's target."""
        self.path += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")


class _Requests(_Half):
    """Requests that have no answer yet, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.parser = httptools.HttpRequestParser(self)
        self.waiting: deque[tuple[str, str, dict[str, str]]] = deque()

    def on_headers_complete(self) -> None:
        """Note a request."""
        method = self.parser.get_method().decode("latin-1")
        self.waiting.append((method, self.path, self.headers))


class _Answers(_Half):
    """Heads of answers: each belongs to the oldest request."""

    def __init__(self, requests: _Requests, tap: Wiretap) -> None:
        super().__init__()
        self.parser = httptools.HttpResponseParser(self)
        self._requests = requests
        self._tap = tap

    def on_headers_complete(self) -> None:
        """Note the request with the status of its answer."""
        method, path, headers = self._requests.waiting.popleft()
        status = self.parser.get_status_code()
        self._tap.note(Heard(method=method, path=path, headers=headers, status=status))


class _Ears:
    """Listens to both directions of a connection for as long as it is HTTP."""

    def __init__(self, tap: Wiretap) -> None:
        requests = _Requests()
        self.asked: httptools.HttpRequestParser | None = requests.parser
        self.answered: httptools.HttpResponseParser | None = _Answers(requests, tap).parser

    def hear_request(self, chunk: bytes) -> None:
        """Take what the browser sends."""
        if self.asked:
            self.asked = _fed(self.asked, chunk)

    def hear_answer(self, chunk: bytes) -> None:
        """Take what the server sends."""
        if self.answered:
            self.answered = _fed(self.answered, chunk)


def _fed(parser: Any, chunk: bytes) -> Any:
    try:
        parser.feed_data(chunk)
    except httptools.HttpParserUpgrade:
        return None
    return parser


@contextmanager
def tapped(context: ssl.SSLContext | None = None) -> Generator[Wiretap]:
    """Listen; whoever starts the server behind says afterwards on which port (`bff_port`)."""
    tap, started = Wiretap(port=0), Queue[Callable[[], object]]()

    async def serve() -> None:
        async def met(*browser: Any) -> None:
            with suppress(OSError):
                await _passed_on(tap, browser)

        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        server = await asyncio.start_server(met, "127.0.0.1", 0, ssl=context)
        tap.port = server.sockets[0].getsockname()[1]
        started.put(lambda: loop.call_soon_threadsafe(ended.set))
        await ended.wait()
        server.close()

    serving = Thread(target=lambda: asyncio.run(serve()), daemon=True)
    serving.start()
    end = started.get(timeout=_STARTS_WITHIN_S)
    try:
        yield tap
    finally:
        end()
        serving.join()


async def _passed_on(tap: Wiretap, browser: _Ends) -> None:
    ears = _Ears(tap)
    server = await asyncio.open_connection("127.0.0.1", tap.bff_port)
    ways = [
        asyncio.ensure_future(_piped(browser, server, ears.hear_request)),
        asyncio.ensure_future(_piped(server, browser, ears.hear_answer)),
    ]
    try:
        # Whoever ends one direction of a connection ends both: a page that leaves is gone.
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        server[1].close()
        browser[1].close()


async def _piped(source: _Ends, target: _Ends, hear: Callable[[bytes], None]) -> None:
    while chunk := await source[0].read(_CHUNK_BYTES):
        hear(chunk)
        target[1].write(chunk)
        await target[1].drain()
