"""AgentCore's data plane on loopback, which answers what a test tells it to."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from fakes.proxy.wire import Call, Headers

Play = Callable[[Call], Awaitable[None]]

EVENTS = (("Content-Type", "text/event-stream"),)
JSON = (("Content-Type", "application/json"),)


def says(*frames: bytes, headers: Headers = EVENTS) -> Play:
    """Answer with these chunks, and end."""

    async def play(call: Call) -> None:
        call.begin(headers=headers)
        for frame in frames:
            call.chunk(frame)
        call.end()

    return play


def answers(body: bytes, *, status: int = 200, headers: Headers = JSON) -> Play:
    """Answer at once."""

    async def play(call: Call) -> None:
        call.respond(status, headers, body)

    return play


def refuses(status: int, *, kind: str = "SomeException", headers: Headers = ()) -> Play:
    """Answer with an error as AWS writes it; its text is nobody's business."""

    async def play(call: Call) -> None:
        body = b'{"message": "upstream-secret-text arn:aws:iam::123456789012:role/hidden"}'
        call.respond(status, [("x-amzn-ErrorType", kind), *headers, *JSON], body)

    return play


async def hangs(_: Call) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def drops(call: Call) -> None:
    """Tear the connection down after the request has come."""
    call.drop()


@dataclass(kw_only=True, eq=False)
class Conversation:
    """An answer that a test speaks line by line."""

    headers: Headers = EVENTS
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    call: Call | None = None

    async def play(self, call: Call) -> None:
        """Begin, and leave the rest to the test."""
        call.begin(headers=self.headers)
        self.call = call
        self.arrived.set()
        await call.gone.wait()

    async def speaker(self) -> Call:
        """Wait for the call and return it."""
        async with asyncio.timeout(5):
            await self.arrived.wait()
        assert self.call is not None
        return self.call


@dataclass(kw_only=True, eq=False)
class FakeRuntime:
    """What was asked of the runtime. `script`: the next answers; then always `default`."""

    script: list[Play] = field(default_factory=list[Play])
    default: Play = field(default_factory=lambda: says(b"data: hello\n\n"))
    stop: Play = field(default_factory=lambda: answers(b"{}"))
    invocations: list[Call] = field(default_factory=list[Call])
    stops: list[Call] = field(default_factory=list[Call])
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, call: Call) -> None:
        """Answer a call."""
        if call.path.endswith("/stopruntimesession"):
            self.stops.append(call)
            self.stopped.set()
            await self.stop(call)
            return
        self.invocations.append(call)
        play = self.script.pop(0) if self.script else self.default
        await play(call)

    @property
    def sessions(self) -> Sequence[str]:
        """The runtime session ids of all calls."""
        calls = [*self.invocations, *self.stops]
        name = "x-amzn-bedrock-agentcore-runtime-session-id"
        return [found for call in calls if (found := call.header(name))]
