"""A browser's connection: uvicorn's HTTP/1.1, with our exchanges on it and one timer for all.

uvicorn sets a timer at the end of each answer and takes it back at the next request. Here it stays:
when its time comes, it looks whether the connection has been idle for so long.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import httptools

from bff.exchange import Exchange
from bff.flow import Flow, LateEvent
from bff.guarded import Guarded
from proxy.presence import PRESENCE
from proxy.whole import WHOLE

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

_NOBODY: Any = ()
"""A queue of nothing; a deque, which hardly any connection needs, has room for 64 at once."""


class Connection(Guarded):
    """A connection. Parsing, bodies, pipelining, upgrades and shutdown are uvicorn's own."""

    _idle_until = 0.0
    """When it has been idle for long enough, by the event loop's clock; 0 while it is not idle."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take notice of the connection."""
        made = cast("asyncio.Transport", transport)
        super().connection_made(made)
        self.flow = Flow(made)
        self.pipeline = _NOBODY

    def on_headers_complete(self) -> None:
        """Begin the exchange that a request asks for. Raises HeadRefused."""
        self.take_head()
        # Without a type: httptools has none that both type checkers read the same.
        parser: Any = self.parser
        scope: Any = self.scope
        if parser.should_upgrade() or self.limit_concurrency is not None or self.access_log:
            # What no call needs goes uvicorn's way, whole.
            self._make_room()
            super().on_headers_complete()
            return
        version = parser.get_http_version()
        if version != "1.1":
            scope["http_version"] = version
        scope["method"] = parser.get_method().decode("ascii")
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope["path"] = self.root_path + (unquote(path) if "%" in path else path)
        scope["raw_path"] = self.root_path.encode("ascii") + url.path
        scope["query_string"] = url.query or b""
        scope[PRESENCE] = self.flow
        news: Any = LateEvent()
        exchange = scope[WHOLE] = Exchange(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=news,
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        self._begin(exchange)

    def _begin(self, exchange: Exchange) -> None:
        """Begin now, or when the answers are sent that were asked for before."""
        # uvicorn's types know neither that the first has none before it nor what its app is.
        before: Any = self.cycle
        app = cast("ASGI3Application", self.app)  # pyright: ignore[reportUnknownMemberType] see above
        self.cycle = exchange
        if before is None or before.response_complete:
            self._start_asgi_task(exchange, app)
        else:
            self.flow.pause_reading()
            self._make_room()
            self.pipeline.appendleft((exchange, app))

    def _make_room(self) -> None:
        if self.pipeline is _NOBODY:
            self.pipeline = deque()

    def on_response_complete(self) -> None:
        """Go on with what was asked for meanwhile, or be idle."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_until = self.loop.time() + self.timeout_keep_alive
        if self.timeout_keep_alive_task is None:
            self._look_again()

    def _unset_keepalive_if_required(self) -> None:
        self._idle_until = 0.0

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if it has been idle for long enough."""
        self.timeout_keep_alive_task = None
        if not self._idle_until or self.transport.is_closing():
            return
        if self._idle_until <= self.loop.time():
            self.transport.close()
        else:
            self._look_again()

    def _look_again(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_at(
            self._idle_until, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """End what was going on."""
        super().connection_lost(exc)
        cast("Flow", self.flow).lost()
        if self.timeout_keep_alive_task is not None:
            # It would keep all of this for as long as an idle connection is kept.
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
