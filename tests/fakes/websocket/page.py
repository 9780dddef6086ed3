"""A browser's WebSocket at the ASGI interface: says what a test says, takes when a test lets it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Message

from fakes.proxy.asgi import WAIT_S


@dataclass(kw_only=True, eq=False)
class Page:
    """`taking`: clear it and nothing more is taken. `gone`: whether sending finds nobody there."""

    said: asyncio.Queue[Message] = field(default_factory=asyncio.Queue[Message])
    sent: list[Message] = field(default_factory=list[Message])
    taking: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    offered: int = 0
    gone: bool = False

    def __post_init__(self) -> None:
        self.taking.set()

    def say(self, message: str | bytes) -> None:
        """Say something."""
        kind = "text" if isinstance(message, str) else "bytes"
        self.said.put_nowait({"type": "websocket.receive", kind: message})

    def leave(self, code: int | None = 1000) -> None:
        """Close the socket."""
        self.said.put_nowait({"type": "websocket.disconnect", "code": code})

    async def receive(self) -> Message:
        """Return what was said next."""
        return await self.said.get()

    async def send(self, message: Message) -> None:
        """Take a message."""
        async with self.news:
            self.offered += 1
            self.news.notify_all()
        await self.taking.wait()
        if self.gone:
            raise OSError("nobody is there")
        async with self.news:
            self.sent.append(message)
            self.news.notify_all()

    async def heard(self, count: int) -> list[Any]:
        """Wait until so many messages have come; return their texts or bytes."""
        async with asyncio.timeout(WAIT_S), self.news:
            await self.news.wait_for(lambda: len(self.messages) >= count)
        return self.messages

    async def offers(self, count: int) -> None:
        """Wait until so much was offered, taken or not."""
        async with asyncio.timeout(WAIT_S), self.news:
            await self.news.wait_for(lambda: self.offered >= count)

    @property
    def messages(self) -> list[Any]:
        """What came so far."""
        return [
            message["text"] if "text" in message else message["bytes"]
            for message in self.sent
            if message["type"] == "websocket.send"
        ]

    @property
    def closed(self) -> tuple[int, str] | None:
        """Code and reason of the close that came, if one did."""
        found = [message for message in self.sent if message["type"] == "websocket.close"]
        assert len(found) <= 1, "closed twice"
        return (found[0]["code"], found[0]["reason"]) if found else None
