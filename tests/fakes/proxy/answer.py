"""An upstream's answer in memory, which a test speaks chunk by chunk."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from proxy.upstream import Answer, Outgoing

EVENTS: Mapping[str, str] = {"content-type": "text/event-stream"}


@dataclass(kw_only=True, eq=False)
class Spoken:
    """`asked` counts how often a next chunk was wanted. Clear `open` to hold the head back."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: dict(EVENTS))
    refusal: Exception | None = None
    asked: int = 0
    queue: asyncio.Queue[bytes | Exception | None] = field(
        default_factory=asyncio.Queue[bytes | Exception | None]
    )
    open: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def say(self, *chunks: bytes) -> None:
        """Have these chunks ready."""
        for chunk in chunks:
            self.queue.put_nowait(chunk)

    def end(self) -> None:
        """End the answer."""
        self.queue.put_nowait(None)

    def fail(self, error: Exception) -> None:
        """Break the answer off."""
        self.queue.put_nowait(error)

    @asynccontextmanager
    async def invoke(self) -> AsyncGenerator[Answer]:
        """Open the answer."""
        try:
            self.entered.set()
            await self.open.wait()
            if self.refusal is not None:
                raise self.refusal
            yield Answer(status=self.status, headers=self.headers, chunks=self._chunks())
        finally:
            self.closed.set()

    async def _chunks(self) -> AsyncIterator[bytes]:
        while True:
            self.asked += 1
            item = await self.queue.get()
            if isinstance(item, Exception):
                raise item
            if item is None:
                return
            yield item


@dataclass(kw_only=True, eq=False)
class Upstreams:
    """The port `Upstream`: one prepared answer after the other, and every call that was made."""

    answers: list[Spoken]
    calls: list[Outgoing] = field(default_factory=list[Outgoing])

    @asynccontextmanager
    async def open(self, call: Outgoing) -> AsyncGenerator[Answer]:
        """Answer a call with what was prepared for it."""
        self.calls.append(call)
        async with self.answers.pop(0).invoke() as answer:
            yield answer

    async def close(self) -> None:
        """Nothing is held open."""
