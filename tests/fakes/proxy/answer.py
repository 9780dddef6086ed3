"""An upstream's answer in memory, which a test speaks chunk by chunk."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from fakes.proxy.asgi import WAIT_S
from trust.wire.call import Answer, Outgoing, Taken

EVENTS: Mapping[str, str] = {"content-type": "text/event-stream"}


@dataclass(kw_only=True, eq=False)
class Spoken:
    """`asked` counts how often a next chunk was wanted, `patience` says how long each time.

    Clear `open` to hold the head back.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: dict(EVENTS))
    refusal: Exception | None = None
    asked: int = 0
    ended: bool = False
    patience: list[float | None] = field(default_factory=list[float | None])
    silences: int = 0
    silent: asyncio.Condition = field(default_factory=asyncio.Condition)
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

    async def silent_for(self, count: int) -> None:
        """Wait until nothing came so many times."""
        async with asyncio.timeout(WAIT_S), self.silent:
            await self.silent.wait_for(lambda: self.silences >= count)

    async def invoke(self) -> "Spoken":
        """Open the answer."""
        self.entered.set()
        try:
            await self.open.wait()
        except BaseException:
            self.close()
            raise
        if self.refusal is not None:
            self.close()
            raise self.refusal
        return self

    async def read(self, within_s: float | None = None, taken: Taken | None = None) -> bytes | None:
        """Return what is said next; None if nothing is for a while. Offers nothing to anybody."""
        del taken
        self.asked += 1
        self.patience.append(within_s)
        try:
            async with asyncio.timeout(within_s):
                item = await self.queue.get()
        except TimeoutError:
            async with self.silent:
                self.silences += 1
                self.silent.notify_all()
            return None
        if isinstance(item, Exception):
            raise item
        return item or b""

    def close(self) -> None:
        """Note that nobody reads on."""
        self.closed.set()


@dataclass(kw_only=True, eq=False)
class Upstreams:
    """The port `Wire`: one prepared answer after the other, and every call that was made."""

    answers: list[Spoken]
    calls: list[Outgoing] = field(default_factory=list[Outgoing])

    async def open(self, call: Outgoing) -> Answer:
        """Answer a call with what was prepared for it."""
        self.calls.append(call)
        return await self.answers.pop(0).invoke()

    async def close(self) -> None:
        """Nothing is held open."""
