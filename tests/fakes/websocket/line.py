"""An agent's WebSocket at the port: what it says, what it heard, and how it was closed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from fakes.proxy.asgi import WAIT_S
from proxy.websocket.line import Handshake, Line, LineClosed, WebSocketMessage


@dataclass(kw_only=True, eq=False)
class FakeLine:
    """`taking`: clear it and nothing more is taken. `codes`: every close, in order."""

    subprotocol: str | None = None
    says: "asyncio.Queue[WebSocketMessage | LineClosed]" = field(
        default_factory=asyncio.Queue[WebSocketMessage | LineClosed]
    )
    heard: list[WebSocketMessage] = field(default_factory=list[WebSocketMessage])
    codes: list[int] = field(default_factory=list[int])
    taking: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    ended: LineClosed | None = None

    def __post_init__(self) -> None:
        self.taking.set()

    def leave(self, code: int | None) -> None:
        """Close it from the agent's side."""
        self.says.put_nowait(LineClosed(code))

    async def receive(self) -> WebSocketMessage:
        """Return what the agent says next. Raises LineClosed."""
        said = await self.says.get()
        if isinstance(said, LineClosed):
            self.ended = said
            raise said
        return said

    async def send(self, message: WebSocketMessage) -> None:
        """Take a message. Raises LineClosed."""
        await self.taking.wait()
        if self.ended is not None:
            raise self.ended
        async with self.news:
            self.heard.append(message)
            self.news.notify_all()

    async def hears(self, count: int) -> list[WebSocketMessage]:
        """Wait until so many messages have come."""
        async with asyncio.timeout(WAIT_S), self.news:
            await self.news.wait_for(lambda: len(self.heard) >= count)
        return self.heard

    async def close(self, code: int) -> None:
        """Note how it was closed."""
        self.codes.append(code)


@dataclass(kw_only=True, eq=False)
class FakeDialer:
    """Answers handshakes with what is next, or with a line of its own; clear `open` to wait."""

    answers: list[Line | Exception] = field(default_factory=list[Line | Exception])
    asked: list[Handshake] = field(default_factory=list[Handshake])
    open_: asyncio.Event = field(default_factory=asyncio.Event)
    when_asked: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.open_.set()

    async def open(self, handshake: Handshake) -> Line:
        """Answer the next handshake."""
        self.asked.append(handshake)
        self.when_asked()
        await self.open_.wait()
        answer = self.answers.pop(0) if self.answers else FakeLine()
        if isinstance(answer, Exception):
            raise answer
        return answer
