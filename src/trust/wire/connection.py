"""One connection to a peer, one exchange at a time: asyncio's protocol over llhttp's parser.

What arrives is held until it is read, and beyond `HELD_BYTES` the peer is not read from: a slow
reader slows the peer. Nothing is parsed behind the end of an answer: bytes that nobody asked for
make the connection unusable, so that they can never pass for the next answer. The answer before
them stands: whether they come along with it is a matter of luck.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from httptools import HttpParserError, HttpResponseParser

from trust.wire.call import Broken
from trust.wire.framing import Body, body_of, has_controls, joined
from trust.wire.sockets import news_of

HELD_BYTES = 65_536
"""Unread bytes of an answer beyond which its peer has to wait."""

HEAD_BYTES = 65_536
"""Longest head of an answer, and longest framing around a body beyond what its chunks explain."""

MOST_HEADERS = 128
MOST_INTERIM = 8
"""Interim answers (1xx) before a final one."""

FRAMING_FACTOR = 16
"""Bytes of framing that one byte of a body may cost: a chunk of one byte has five."""

_CONTINUE, _SWITCHING, _FINAL = 100, 101, 200
_VERSIONS = frozenset({"1.0", "1.1"})


class Connection(asyncio.Protocol):
    """A connection; whoever made it asks `usable` before each exchange."""

    __slots__ = (
        "_alarm",
        "_alarm_at",
        "_body",
        "_chunks",
        "_complete",
        "_failure",
        "_fed",
        "_given",
        "_good_until",
        "_held",
        "_interim",
        "_keeps_alive",
        "_loop",
        "_method",
        "_news_of",
        "_on_lost",
        "_parser",
        "_paused",
        "_raw",
        "_silent_at",
        "_waiter",
        "headers",
        "status",
        "transport",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, on_lost: Callable[..., None]) -> None:
        self._loop = loop
        self._on_lost = on_lost
        self.transport: asyncio.Transport | None = None
        self._good_until = 0.0
        self._news_of: Callable[[], bool] | None = None
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = self._silent_at = 0.0
        self._failure: Broken | None = None
        self._complete = True
        self._parser = HttpResponseParser(self)
        self._reset()

    # What the owner does.

    @property
    def usable(self) -> bool:
        """Whether another exchange may begin: the last is complete, and the peer still there."""
        return self.transport is not None and self._complete and self._failure is None

    @property
    def reusable(self) -> bool:
        """Whether the connection may be kept after this exchange."""
        transport = self.transport
        return (
            self.usable
            and transport is not None
            and self._keeps_alive
            # An early answer: the peer has not taken the whole call yet.
            and transport.get_write_buffer_size() == 0
            # A reader that was woken but has had no turn yet would wake up to the next answer.
            and self._waiter is None
        )

    def keep(self, seconds: float) -> None:
        """Count it as good for so long, from now."""
        self._good_until = self._loop.time() + seconds

    def is_good(self) -> bool:
        """Return whether it may be used still, as far as its time goes."""
        return self._good_until >= self._loop.time()

    def has_news(self) -> bool:
        """Return whether the socket has something to tell already, of one that is kept."""
        if self._news_of is None:
            # Now, since a stream that is a connection's first may last for an hour without it.
            self._news_of = news_of(cast("asyncio.Transport", self.transport))
        return self._news_of()

    @property
    def ended(self) -> bool:
        """Whether the answer is complete, and all of it has been read."""
        return self._complete and not self._chunks

    def send(self, method: str, head: bytes, body: bytes) -> None:
        """Begin an exchange."""
        self._complete = False
        self._method = method
        self._reset()
        # Any: by its type there may be none; who asks `usable` before knows better.
        transport: Any = self.transport
        if len(body) > HELD_BYTES:
            transport.write(head)
            transport.write(body)
        else:
            transport.write(head + body)

    async def head(self) -> None:
        """Wait for the final head: `status` and `headers` are set then. Raises Broken."""
        while self._body is None:
            if self._failure is not None:
                raise self._failure
            # As in `read`.
            self._waiter = waiter = self._loop.create_future()
            try:
                await waiter
            finally:
                self._waiter = None

    async def read(self, within_s: float | None = None) -> bytes | None:
        """As `trust.wire.call.Answer.read`."""
        if within_s is not None and not self._chunks:
            self._silent_at = self._loop.time() + within_s
        while not self._chunks:
            if self._complete:
                return b""
            if self._failure is not None:
                raise self._failure
            if within_s is not None and (self._alarm is None or self._silent_at < self._alarm_at):
                self._set_alarm()
            # Not in a function of its own: it would be one more thing that each waiting stream has.
            self._waiter = waiter = self._loop.create_future()
            try:
                await waiter
            finally:
                self._waiter = None
            if within_s is not None and self._is_silent():
                return None
        chunks = self._chunks
        chunk = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self._held = 0
        if self._paused:
            self._flow(paused=False)
        return chunk

    def abort(self) -> None:
        """Drop the connection, and what waits to be sent or read."""
        self._chunks.clear()
        # Whoever still reads must not take what was cleared for the end.
        self._complete = False
        self._drop("closed by us")

    def _reset(self) -> None:
        self._body: Body | None = None
        self.status = 0
        self.headers: dict[str, str] = {}
        self._raw: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []
        self._keeps_alive = False
        self._held = self._fed = self._given = self._interim = 0

    def _is_silent(self) -> bool:
        # Bytes alone break no silence: they may be framing, such as the size of the next chunk.
        quiet = not self._chunks and not self._complete and self._failure is None
        return quiet and self._loop.time() >= self._silent_at

    def _set_alarm(self) -> None:
        """Be woken when it has been silent for long enough.

        The alarm stays set when something comes: one for every chunk would be set and cancelled
        thousands of times for nothing.
        """
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = self._silent_at
        self._alarm = self._loop.call_at(self._alarm_at, self._alarmed)

    def _alarmed(self) -> None:
        self._alarm = None
        if self._waiter is None:
            return
        if self._loop.time() < self._silent_at:
            self._set_alarm()
        else:
            self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _flow(self, *, paused: bool) -> None:
        self._paused = paused
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if paused:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def _fail(self, why: str) -> None:
        if self._failure is None:
            self._failure = Broken(why)
        self._wake()

    def _drop(self, why: str) -> None:
        self._fail(why)
        if self.transport is not None:
            self.transport.abort()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take notice of the connection."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Parse what arrived; bytes that belong to no exchange end the connection."""
        if self._complete or self._failure is not None:
            self._drop("bytes that nobody asked for")
            return
        try:
            self._parse(data)
        except Broken as error:
            self._drop(str(error))
            return
        if self._held > HELD_BYTES:
            self._hold()
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _hold(self) -> None:
        if not (self._complete or self._paused):
            self._flow(paused=True)

    def _parse(self, data: bytes) -> None:
        if not self._fed and not data.startswith(b"H"):
            # The parser would skip line ends here. An answer is never asked for by them.
            raise Broken("no HTTP/1.1")
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            # Among others an upgrade that nobody asked for, and whatever a callback refused.
            cause = error.__context__
            raise cause if isinstance(cause, Broken) else Broken("no HTTP/1.1") from error
        if self._fed - self._given * FRAMING_FACTOR > HEAD_BYTES:
            raise Broken("more framing than content")

    def eof_received(self) -> bool:
        """End what was going on, and let the transport close: the peer has said its last word.

        Here already: the transport is not lost before it has sent what nobody may be taking.
        """
        self._ended(over=True)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """End what was going on: well only if the end of the connection is the body's."""
        self.transport = None
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._ended(over=exc is None)
        self._on_lost(self)

    def _ended(self, *, over: bool) -> None:
        if not self._complete:
            body = self._body
            # Ours is no end: what was dropped has a failure.
            over = over and self._failure is None
            if over and body is not None and body.until_close:
                self._complete = True
            else:
                self._fail("the connection ended in the middle of an answer")
        self._wake()

    # What the parser tells.

    def on_message_begin(self) -> None:
        """Refuse a second answer in what arrived with the first."""
        if self._complete:
            raise Broken("bytes behind the end of an answer")

    def on_status(self, reason: bytes) -> None:
        """Refuse controls in the reason: the parser does it in headers only."""
        if has_controls(reason.decode("latin-1")):
            raise Broken("a control inside of a head")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; of a trailer no notice is taken."""
        if self._body is not None:
            return
        raw = self._raw
        raw.append((name, value))
        # Their bytes are looked at when the head is complete; until then `_parse` has a bound.
        if len(raw) > MOST_HEADERS:
            raise Broken("a head without bounds")

    def on_headers_complete(self) -> None:
        """Take the head, unless it is an interim one (RFC 9110 §15.2)."""
        status, version = self._parser.get_status_code(), self._parser.get_http_version()
        if self._is_too_long():
            raise Broken("a head without bounds")
        headers = joined(self._raw)
        if version not in _VERSIONS:
            raise Broken("no HTTP/1.1")
        if _CONTINUE <= status < _FINAL:
            if status == _SWITCHING or "transfer-encoding" in headers:
                raise Broken("an upgrade, or a body of what has none")
            return
        self._body = body_of(self._method, status, version, headers)
        self.status, self.headers = status, headers
        # An answer may last for an hour: its head is not kept twice.
        self._raw = []
        if self._method == "HEAD":
            # The parser cannot be told: it would wait for the body that the headers speak of.
            self._body = Body(None, chunked=False)
            self._complete = True

    def _is_too_long(self) -> bool:
        """Return whether the head has too many bytes, of which most of what came may be."""
        return (
            self._fed > HEAD_BYTES
            and sum(len(name) + len(value) for name, value in self._raw) > HEAD_BYTES
        )

    def on_body(self, body: bytes) -> None:
        """Hold a piece of the body. Raises Broken for one of an answer that has none."""
        if self._body is None or self._complete:
            raise Broken("a body of what has none")
        self._chunks.append(body)
        self._held += len(body)
        self._given += len(body)

    def on_message_complete(self) -> None:
        """Note the end of the answer, or forget an interim one."""
        if self._body is not None:
            self._complete = True
            # Asked for here, since the parser forgets it with the message. Of an answer to HEAD it
            # has read a body that must not be.
            self._keeps_alive = self._method != "HEAD" and self._parser.should_keep_alive()
            return
        self._raw.clear()
        self._interim += 1
        if self._interim > MOST_INTERIM:
            raise Broken("interim answers without end")
