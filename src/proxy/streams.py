"""The open answers of this process: counted per person, stopped by chat, drained at the end."""

import asyncio
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from proxy.errors import ServerRestarting, TooManyStreams, TurnStopped
from trust.errors import TrustError
from trust.session.record import Owner
from trust.store.table import Key


@dataclass(slots=True, kw_only=True, eq=False)
class Stream:
    """One open answer; `cut` is set when it has to end, `why` says for what."""

    chat: Key | None = None
    """Whose answer it is, once that is known."""
    cut: asyncio.Event = field(default_factory=asyncio.Event)
    why: TrustError | None = None

    def end(self, why: TrustError) -> None:
        """Make the stream end; the first reason counts."""
        if self.why is None:
            self.why = why
        self.cut.set()


class Streams:
    """All open answers of the process."""

    def __init__(self, *, per_subject: int) -> None:
        self._per_subject = per_subject
        self._open: set[Stream] = set()
        self._counts: Counter[Owner] = Counter()
        self._draining = False
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def opened(self, owner: Owner) -> Generator[Stream]:
        """Count a stream in, and out again. Raises TooManyStreams, ServerRestarting."""
        if self._draining:
            raise ServerRestarting("no new streams while draining")
        if self._counts[owner] >= self._per_subject:
            raise TooManyStreams(f"{self._per_subject} streams are open")
        stream = Stream()
        self._open.add(stream)
        self._counts[owner] += 1
        self._idle.clear()
        try:
            yield stream
        finally:
            self._open.discard(stream)
            self._counts[owner] -= 1
            # A counter that keeps its zeros would remember everybody who was ever here.
            self._counts += Counter()
            if not self._open:
                self._idle.set()

    def stop(self, chat: Key) -> int:
        """End the chat's streams in this process; return how many there were."""
        found = [stream for stream in self._open if stream.chat == chat]
        for stream in found:
            stream.end(TurnStopped("stopped by the person"))
        return len(found)

    async def drain(self, grace_s: float) -> None:
        """Take no new streams, let the open ones end for `grace_s` seconds, then end them."""
        self._draining = True
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._idle.wait()
        for stream in list(self._open):
            stream.end(ServerRestarting("the process is going down"))
