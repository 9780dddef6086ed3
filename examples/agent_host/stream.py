"""Sending AG-UI events as server-sent events, and noticing when nobody listens any more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from ag_ui.core import BaseEvent
from ag_ui.encoder import EventEncoder
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Tell = Callable[[BaseEvent], Awaitable[None]]


class Run(Protocol):
    """What produces the events of one run."""

    async def produce(self, tell: Tell) -> None:
        """Tell all events; returns when the run is over, however it went."""
        ...

    def stop(self) -> None:
        """End the run soon: what it tells from now on is heard by nobody."""
        ...


class EventStream(Response):
    """An answer that grows as the run goes on."""

    media_type = "text/event-stream"

    def __init__(self, run: Run) -> None:
        """Prepare the answer; the run begins when the answer is sent."""
        super().__init__(headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._run = run
        self._encoder = EventEncoder()
        self._heard = True

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; a client that goes away ends the run."""
        await send(
            {"type": "http.response.start", "status": 200, "headers": self.raw_headers},
        )

        async def tell(event: BaseEvent) -> None:
            if self._heard:
                frame = self._encoder.encode(event).encode()
                await send({"type": "http.response.body", "body": frame, "more_body": True})

        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._watch(receive))
            try:
                await self._run.produce(tell)
            finally:
                watch.cancel()
        if self._heard:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._heard = False
        # Not cancelled: the run comes to its end by itself, so that what was said is kept.
        self._run.stop()
