"""A relay at work between a spoken answer and a browser."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bff.flow import Flow
from fakes.login import ALICE
from fakes.proxy.answer import Spoken
from fakes.proxy.asgi import WAIT_S, Exchange, exchange
from proxy.presence import PRESENCE
from proxy.relay import Bounds, Ending, Manner, Relay
from proxy.request import read_request
from proxy.streams import Stream
from trust.chat.record import chat_key

CHAT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@dataclass(kw_only=True, eq=False)
class Relaying:
    """Both sides of a relay, and the relay itself."""

    upstream: Spoken
    browser: Exchange
    stream: Stream
    task: "asyncio.Future[Ending]"

    async def ending(self) -> Ending:
        """Wait for the end."""
        async with asyncio.timeout(WAIT_S):
            return await asyncio.shield(self.task)

    @property
    def body(self) -> bytes:
        """What the browser has got so far."""
        return b"".join(self.browser.pieces)


@dataclass(kw_only=True)
class Setting:
    """How a relay is set up."""

    upstream: Spoken = field(default_factory=Spoken)
    begins_early: bool = False
    idle_s: float = 60.0
    total_s: float = 60.0
    answer_bytes: int = 1_000_000
    flow: Flow | None = None
    """Of a server that tells by itself when the browser goes."""


@asynccontextmanager
async def relaying(setting: Setting | None = None) -> AsyncGenerator[Relaying]:
    """Start a relay; whatever is left of it at the end is cancelled."""
    chosen = setting or Setting()
    browser = exchange("POST", "/api/agents/hello/invocations", body=b"{}")
    stream = Stream()
    stream.chat = chat_key(ALICE, CHAT)
    bounds = Bounds(idle_s=chosen.idle_s, total_s=chosen.total_s, answer_bytes=chosen.answer_bytes)
    manner = Manner(headers={"chat-id": CHAT}, begins_early=chosen.begins_early, bounds=bounds)
    if chosen.flow is not None:
        browser.scope[PRESENCE] = chosen.flow
    request = read_request(browser.scope, browser.receive, browser.send)
    await browser.receive()
    relay = Relay(request, stream, manner)
    task = asyncio.ensure_future(relay.run(chosen.upstream.invoke))
    try:
        yield Relaying(upstream=chosen.upstream, browser=browser, stream=stream, task=task)
    finally:
        task.cancel()
        await asyncio.wait({task})
