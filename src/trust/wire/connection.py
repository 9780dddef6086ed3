"""One connection to a peer, one exchange at a time.

What arrives is held until it is read, and beyond `HELD_BYTES` the peer is not read from: a slow
reader slows the peer.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from trust.clock import NumericDate
from trust.wire.answer_parser import AnswerParser
from trust.wire.call import Broken, Taken
from trust.wire.channel import TORN
from trust.wire.sockets import left_below, news_of

HELD_BYTES = 65_536
"""Unread bytes of an answer beyond which its peer has to wait."""

OFFERED_BYTES = 8_192
"""How much is offered to whoever takes bytes as they come. Of what is longer more is on its way, in
further records of TLS: gathered for whoever reads, it leaves by fewer and larger writes."""


class Connection(AnswerParser, asyncio.Protocol):
    """A connection; whoever made it asks `usable` before each exchange."""

    __slots__ = (
        "_alarm",
        "_alarm_at",
        "_failure",
        "_good_until",
        "_good_until_wall",
        "_loop",
        "_news_of",
        "_on_lost",
        "_paused",
        "_sent_much",
        "_silent_at",
        "_taken",
        "_waiter",
        "_was_silent",
        "_within_s",
        "transport",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, on_lost: Callable[..., None]) -> None:
        self._loop = loop
        self._on_lost = on_lost
        self.transport: asyncio.Transport | None = None
        self._good_until = self._good_until_wall = 0.0
        self._news_of: Callable[[], bool] | None = None
        self._paused = self._sent_much = False
        self._waiter: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = self._silent_at = 0.0
        self._was_silent = False
        self._within_s: float | None = None
        self._taken: Taken | None = None
        self._failure: Broken | None = None
        super().__init__()

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
            # Nobody read what came with the end, in the same records: the next answer would never
            # be read from the network.
            and not self._paused
            # An early answer: the peer has not taken the whole call yet. What it has not, it may
            # take for the next call, or be about to reset.
            and transport.get_write_buffer_size() == 0
            and not (self._sent_much and left_below(transport))
            # A reader that was woken but has had no turn yet would wake up to the next answer.
            and self._waiter is None
        )

    def keep(self, seconds: float, *, now: NumericDate) -> None:
        """Count it as good for so long, from now."""
        self._good_until, self._good_until_wall = self._loop.time() + seconds, now + seconds

    def is_good(self, *, now: NumericDate) -> bool:
        """Return whether it may be used still, as far as its time goes.

        By both clocks: that of the event loop stands still while Lambda has frozen the process. The
        end of a connection in that time is heard of by nobody, and a call over it would be lost.
        """
        # The wall clock's seconds are whole: of the last of them, all may be still to come.
        return self._good_until >= self._loop.time() and self._good_until_wall + 1 > now

    def has_news(self) -> bool:
        """Return whether there is something to tell already, of one that is kept.

        At the socket, or above it: of what came behind an answer TLS gives out nothing before the
        record is complete, and the rest of it would be the answer to the next call.
        """
        transport = cast("asyncio.Transport", self.transport)
        if self._news_of is None:
            # Now, since a stream that is a connection's first may last for an hour without it.
            self._news_of = news_of(transport)
        return self._news_of() or bool(transport.get_extra_info(TORN))

    @property
    def ended(self) -> bool:
        """Whether the answer is complete, and all of it has been read."""
        return self._complete and not self._chunks

    def send(self, method: str, head: bytes, body: bytes) -> None:
        """Begin an exchange."""
        self._begin(method)
        # Any: by its type there may be none; who asks `usable` before knows better.
        transport: Any = self.transport
        self._sent_much = len(body) > HELD_BYTES
        if self._sent_much:
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

    async def read(self, within_s: float | None = None, taken: Taken | None = None) -> bytes | None:
        """As `trust.wire.call.Answer.read`."""
        self._within_s = within_s
        if within_s is not None and not self._chunks:
            self._silent_at, self._was_silent = self._loop.time() + within_s, False
        while not self._chunks:
            if self._complete:
                return b""
            if self._failure is not None:
                raise self._failure
            if within_s is not None and (self._alarm is None or self._silent_at < self._alarm_at):
                self._set_alarm()
            # Not in a function of its own: it would be one more thing that each waiting stream has.
            self._waiter = waiter = self._loop.create_future()
            self._taken = taken
            try:
                await waiter
            finally:
                # Nothing is offered to whoever does not wait here: the next answer on this
                # connection may be another person's.
                self._waiter = self._taken = None
            # Bytes alone break no silence: they may be framing, such as the next chunk's size.
            if within_s is not None and self._was_silent and not self._has_something:
                return None
        chunk = self._joined()
        self._let_go()
        return chunk

    def _joined(self) -> bytes:
        """Return what is held, in one piece."""
        chunks = self._chunks
        if len(chunks) > 1:
            chunks[:] = [b"".join(chunks)]
        return chunks[0]

    def _let_go(self) -> None:
        """Let go of what is held: somebody has it."""
        self._chunks.clear()
        self._held = 0
        if self._paused:
            self._flow(paused=False)

    def abort(self) -> None:
        """Drop the connection, and what waits to be sent or read."""
        self._chunks.clear()
        # Whoever still reads must not take what was cleared for the end.
        self._complete = False
        self._drop("closed by us")

    @property
    def _has_something(self) -> bool:
        return bool(self._chunks) or self._complete or self._failure is not None

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
            self._was_silent = True
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
        if waiter is not None and not (waiter.done() or self._is_taken()):
            waiter.set_result(None)

    def _is_taken(self) -> bool:
        """Offer what is held; return whether it was taken, so that nobody need be woken for it."""
        # The last of an answer is for whoever reads: with its end it may leave in one piece.
        chunks = self._chunks
        if self._taken is None or self._complete or not 0 < self._held <= OFFERED_BYTES:
            return False
        if not self._taken(chunks[0] if len(chunks) == 1 else self._joined()):
            return False
        self._let_go()
        if self._within_s is not None:
            self._silent_at = self._loop.time() + self._within_s
        return True

    def _hold(self) -> None:
        if not (self._complete or self._paused):
            self._flow(paused=True)

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
