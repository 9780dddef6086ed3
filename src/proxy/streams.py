"""The open answers of this process: counted, stopped by chat, watched, drained at the end."""

import asyncio
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from proxy.errors import AgentTimeout, ServerRestarting, TooManyStreams, TurnStopped
from trust.errors import TrustError
from trust.session.record import Owner
from trust.span import Span
from trust.store.table import Key


class BrowserGone(Exception):
    """There is nobody left to pass anything on to."""


class Stream:
    """One open answer; `why` says for what it has to end, once it has.

    Whoever works for it does so inside of `within`, and is interrupted there.
    """

    __slots__ = ("answers", "chat", "cookies", "span", "why")

    def __init__(self, cookies: Sequence[str] = ()) -> None:
        self.cookies = tuple(cookies)
        """Whose session it hangs on; none: nobody's."""
        self.chat: Key | None = None
        """Whose answer it is, once that is known."""
        self.answers: str | int | None = None
        """The id of the JSON-RPC request that it answers, if it does."""
        self.why: TrustError | BrowserGone | None = None
        self.span: Span | None = None
        """The work for this stream that is interrupted when it has to end."""

    def end(self, why: TrustError | BrowserGone) -> None:
        """Make the stream end; the first reason counts."""
        if self.why is None:
            self.why = why
            if self.span is not None:
                self.span.cut()

    def within(self, seconds: float) -> "_Within":
        """Return a block that lasts until its end, `seconds`, or the end of the stream.

        Raises what ended the stream (TrustError, BrowserGone), or AgentTimeout. One at a time.
        """
        return _Within(self, seconds)


class _Within(Span):
    """A span that ends with its stream."""

    __slots__ = ("_stream",)

    def __init__(self, stream: Stream, seconds: float) -> None:
        super().__init__(seconds)
        self._stream = stream

    def __enter__(self) -> Self:
        stream = self._stream
        if stream.why is not None:
            raise stream.why
        stream.span = self
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stream = self._stream
        stream.span = None
        try:
            super().__exit__(kind, error, trace)
        except TimeoutError as timeout:
            raise stream.why or AgentTimeout("the longest duration of a stream") from timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """How many answers may be open in a process at once."""

    per_subject: int
    per_tenant: int
    total: int


class Streams:
    """All open answers of the process."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._open: set[Stream] = set()
        self._counts: dict[Hashable, int] = {}
        self._draining = False
        self._emptied: asyncio.Future[None] | None = None
        """Who drains waits for it; it is there only then."""
        self.on_open: Callable[[], None] = _nothing
        """Called for each stream that begins: whoever watches them learns that there are some."""

    @property
    def open(self) -> Collection[Stream]:
        """The streams that are open."""
        return self._open

    def opened(self, owner: Owner, cookies: Sequence[str] = ()) -> "Slot":
        """Return a block during which a stream is open.

        Raises TooManyStreams, ServerRestarting.
        """
        return Slot(self, owner, cookies)

    def count_in(self, owner: Owner, cookies: Sequence[str]) -> Stream:
        """Open a stream; whoever does so counts it out. Raises TooManyStreams, ServerRestarting."""
        if self._draining:
            raise ServerRestarting("no new streams while draining")
        counts, limits = self._counts, self._limits
        subjects, tenants = counts.get(owner, 0), counts.get(owner.tenant, 0)
        if subjects >= limits.per_subject:
            raise TooManyStreams(f"{subjects} streams of the subject are open")
        if tenants >= limits.per_tenant:
            raise TooManyStreams(f"{tenants} streams of the tenant are open")
        if len(self._open) >= limits.total:
            raise TooManyStreams(f"{len(self._open)} streams are open")
        counts[owner], counts[owner.tenant] = subjects + 1, tenants + 1
        stream = Stream(cookies)
        self._open.add(stream)
        self.on_open()
        return stream

    def count_out(self, owner: Owner, stream: Stream) -> None:
        """Close a stream."""
        self._open.discard(stream)
        for counted in (owner, owner.tenant):
            # A count that stays at zero would remember everybody who was ever here.
            if self._counts[counted] == 1:
                del self._counts[counted]
            else:
                self._counts[counted] -= 1
        # Once at most: who drains lets no new ones in.
        if self._emptied is not None and not self._open:
            self._emptied.set_result(None)

    def stop(self, chat: Key) -> int:
        """End the chat's streams in this process; return how many there were."""
        found = [stream for stream in self._open if stream.chat == chat]
        for stream in found:
            stream.end(TurnStopped("stopped by the person"))
        return len(found)

    def taken_back(self, chat: Key, request: str | int) -> None:
        """End the chat's streams that answer a request of which its client has taken leave."""
        for stream in [found for found in self._open if found.chat == chat]:
            if stream.answers == request:
                stream.end(TurnStopped("taken back by the client"))

    async def drain(self, grace_s: float) -> None:
        """Take no new streams, let the open ones end for `grace_s` seconds, then end them."""
        self._draining = True
        if self._open:
            self._emptied = self._emptied or asyncio.get_running_loop().create_future()
            await asyncio.wait({self._emptied}, timeout=grace_s)
        for stream in list(self._open):
            stream.end(ServerRestarting("the process is going down"))


class Slot:
    """A block during which a stream is open; a class and no generator, as every call enters one."""

    __slots__ = ("_cookies", "_is_ours", "_owner", "_streams", "stream")

    def __init__(self, streams: Streams, owner: Owner, cookies: Sequence[str]) -> None:
        self._streams = streams
        self._owner = owner
        self._cookies = cookies
        self._is_ours = True

    def handed_over(self) -> Callable[[], None]:
        """Leave the stream open at the end of the block; return what closes it then."""
        self._is_ours = False
        return partial(self._streams.count_out, self._owner, self.stream)

    def __enter__(self) -> Stream:
        self.stream = self._streams.count_in(self._owner, self._cookies)
        return self.stream

    def __exit__(self, *_: object) -> None:
        if self._is_ours:
            self._streams.count_out(self._owner, self.stream)


def _nothing() -> None:
    """Nobody watches."""
