"""A browser's connection: its requests answered one after the other.

In the place of uvicorn's own (its setting `http`), for what a call and a connection cost
(docs/adr/0033); sockets (but see `bff/acceptor.py`), signals, start and end of the process are
uvicorn's.
"""

import asyncio
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.server import ServerState

from bff.exchange import Exchange
from bff.flow import Flow
from bff.framed import fields
from bff.guarded import Guarded, HeadRefused
from proxy.presence import PRESENCE
from proxy.whole import WHOLE

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from uvicorn import Config

HELD_BYTES = 65_536
"""Unread bytes of a body beyond which its browser has to wait."""

MOST_WAITING = 100
"""Requests that wait for the answers before them. Reading goes on whenever a body is asked for, or
somebody listens: without a bound, whoever asks faster than is answered would have all kept."""

_VERSIONS = ("1.1", "1.0")

_SHORT = 256
"""Bytes of a target that are remembered; of longer ones there are too many."""


class Connection(Guarded):
    """A connection, of the class that uvicorn makes one of for each that it accepts."""

    __slots__ = (
        "_answered",
        "_app_state",
        "_asked",
        "_client",
        "_config",
        "_flow",
        "_queue",
        "_scheme",
        "_server",
        "_state",
    )

    def __init__(
        self,
        config: "Config",
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(_loop or asyncio.get_running_loop())
        self._config = config
        self._state = server_state
        self._app_state = app_state
        self._asked: Exchange | None = None
        """The last that was asked for; its body may still be coming."""
        self._answered: Exchange | None = None
        """The one whose answer is due."""
        self._queue: deque[Exchange] | None = None
        """What was asked before that was answered; hardly any connection needs one."""

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take notice of the connection."""
        super().connection_made(transport)
        self._flow = Flow(self.transport)
        self._state.connections.add(cast("Any", self))
        self._server = _address(transport.get_extra_info("sockname"))
        self._client = _address(transport.get_extra_info("peername"))
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"

    def connection_lost(self, exc: Exception | None) -> None:
        """End what was going on."""
        super().connection_lost(exc)
        self._state.connections.discard(cast("Any", self))
        for exchange in (self._answered, self._asked, *(self._queue or ())):
            if exchange is not None:
                exchange.lost()
        self._flow.lost()

    def pause_writing(self) -> None:
        """Let wait whoever sends: the browser takes nothing."""
        super().pause_writing()
        self._flow.pause_writing()

    def resume_writing(self) -> None:
        """Let them go on."""
        super().resume_writing()
        self._flow.resume_writing()

    # What the server tells.

    def shutdown(self) -> None:
        """End the connection, after the answer that is due."""
        if self._asked is None or self._asked.is_complete:
            self.close()
        else:
            self._asked.keep_alive = False

    # What arrives.

    def ask(self, parser: Any) -> None:
        """As `Guarded.ask`."""
        if parser.should_upgrade() and self._is_for_socket():
            if self._answered is not None:
                raise HeadRefused("an upgrade in the middle of an answer")
            self._asked = None
            return
        version: str = parser.get_http_version()
        if version not in _VERSIONS:
            # The parser knows 0.9 and 2.0, too; an answer as ours is none to them. RTSP and ICE it
            # reads in the same way and does not tell from HTTP: so they are answered as HTTP is.
            raise HeadRefused("a version that is not spoken here")
        target = _target(self.url)
        root = self._config.root_path
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": self._config.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self._server,
            "client": self._client,
            "scheme": self._scheme,
            "root_path": root,
            "headers": self.headers,
            "state": self._app_state.copy(),
            "method": parser.get_method().decode("ascii"),
            "path": root + target.path,
            "raw_path": root.encode("ascii") + target.raw,
            "query_string": target.query,
            PRESENCE: self._flow,
        }
        if self._queue is not None and len(self._queue) >= MOST_WAITING:
            raise HeadRefused("many more requests than answers")
        exchange = scope[WHOLE] = Exchange(
            scope,
            self,
            self._flow,
            keep_alive=version != "1.0" and parser.should_keep_alive(),
            # HTTP/1.0 knows no interim answers (RFC 9110 §10.1.1).
            expects=self.expects and version != "1.0",
        )
        self._asked = exchange
        if self._answered is None:
            self._answer(exchange)
            return
        if not self._flow.has_listener:
            self._flow.pause_reading()
        if self._queue is None:
            self._queue = deque()
        self._queue.append(exchange)

    def take(self, body: bytes) -> None:
        """As `Guarded.take`."""
        exchange = self._asked
        if exchange is None:
            return
        if exchange.is_complete:
            # Answered before it was all here; whoever still sends is not idle.
            self._within(self._config.timeout_keep_alive)
        elif exchange.take(body) > HELD_BYTES:
            self._flow.pause_reading()

    def end(self) -> None:
        """As `Guarded.end`."""
        if self._asked is not None:
            self._asked.end()

    @property
    def awaits_body(self) -> bool:
        """As `Guarded.awaits_body`."""
        return self._asked is not None and self._asked.more_body

    def end_with_answers(self) -> bool:
        """As `Guarded.end_with_answers`; to one whose body is torn there will be none."""
        asked = self._asked
        if asked is not None and asked.more_body and not asked.is_complete:
            if asked is self._answered:
                asked.lost()
                if asked.is_begun:
                    self.close()
                return asked.is_begun
            if self._queue:
                self._queue.pop()
            asked = self._asked = self._queue[-1] if self._queue else self._answered
        if asked is None or asked.is_complete:
            return False
        asked.keep_alive = False
        return True

    @property
    def everywhere(self) -> bytes:
        """As `Guarded.everywhere`."""
        return fields(tuple(self._state.default_headers))

    # What leaves.

    def _answer(self, exchange: Exchange) -> None:
        """Have it answered by the application."""
        state, limit = self._state, self._config.limit_concurrency
        self._answered = exchange
        config: Any = self._config
        app: ASGIApp = config.loaded_app
        if limit is not None and max(len(state.connections), len(state.tasks)) >= limit:
            app = cast("ASGIApp", service_unavailable)
        task = exchange.task = self.loop.create_task(exchange.run(app))
        state.tasks.add(task)

    def over(self, task: "asyncio.Task[None]") -> None:
        """As `bff.exchange.Line.over`."""
        self._state.tasks.discard(task)

    def answered(self) -> None:
        """As `bff.exchange.Line.answered`."""
        self._state.total_requests += 1
        self._answered = None
        if self.transport.is_closing():
            return
        self._flow.resume_reading()
        if self._queue:
            self._answer(self._queue.popleft())
        elif not self._in_head:
            self._within(self._config.timeout_keep_alive)

    # WebSockets.

    def _is_for_socket(self) -> bool:
        """Return whether the head asks for a WebSocket, and there is somebody to speak it."""
        headers = dict(self.headers)
        tokens = [token.strip() for token in headers.get(b"connection", b"").lower().split(b",")]
        is_asked = b"upgrade" in tokens and headers.get(b"upgrade", b"").lower() == b"websocket"
        return is_asked and self._config.ws_protocol_class is not None

    def hand_over(self) -> None:
        """As `Guarded.hand_over`: the head is told again to uvicorn's protocol for WebSockets."""
        kind = self._config.ws_protocol_class
        if self._asked is not None or kind is None:
            return
        self._state.connections.discard(cast("Any", self))
        method = self._parser.get_method()
        lines = [
            b"%b %b HTTP/1.1" % (method, self.url),
            *(b"%b: %b" % header for header in self.headers),
        ]
        protocol: Any = cast("Any", kind)(
            config=self._config, server_state=self._state, app_state=self._app_state
        )
        protocol.connection_made(self.transport)
        protocol.data_received(b"\r\n".join([*lines, b"", b""]))
        self.transport.set_protocol(protocol)
        self.let_go()


class Target(NamedTuple):
    """A request's target, taken apart."""

    path: str
    raw: bytes
    query: bytes


def _target(url: bytes) -> Target:
    """Take a target apart. Raises httptools.HttpParserInvalidURLError, UnicodeDecodeError."""
    # A query may hold a code, and is hardly ever the same again.
    return _parsed(url) if b"?" in url or len(url) > _SHORT else _known(url)


def _parsed(url: bytes) -> Target:
    parts: Any = httptools.parse_url(url)
    path = parts.path.decode("ascii")
    return Target(unquote(path) if "%" in path else path, parts.path, parts.query or b"")


_known = lru_cache(maxsize=1024)(_parsed)


def _address(info: Any) -> tuple[str, int | None] | None:
    """Return an address as ASGI has it; None for one that the system does not tell."""
    if isinstance(info, str):
        return info, None
    # Of IPv6 there are four.
    return (str(info[0]), int(info[1])) if info else None
