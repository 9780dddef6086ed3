"""An invocation arrives once, whatever its connection suffers; twice only if it was told to wait.

The upstream counts what arrived. It answers, breaks off, closes behind an answer or a moment later,
says something nobody asked for, or tells to come again, as a generator of numbers has it.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from fakes.clock import StoppedClock
from fakes.proxy.turn import turn
from fakes.wire.calls import body_of
from fakes.wire.scripted import WAIT_S
from proxy.errors import AgentBusy, AgentFailed, AgentUnreachable
from proxy.invocation import DataPlane
from proxy.runtime import Runtime
from trust.secret import Secret
from trust.wire.call import Broken
from trust.wire.client import LeanWire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
CONFLICT = b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n"

INVOCATIONS, AT_ONCE = 600, 20
MOMENT_S = 0.002

_SESSION = re.compile(rb"\r\n[^:\r]*-runtime-session-id: (?P<of>[^\r]+)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(kw_only=True)
class Upstream:
    """What arrived, by session, and which sessions were told to come again."""

    numbers: random.Random
    arrived: Counter[str] = field(default_factory=Counter[str])
    told_to_wait: Counter[str] = field(default_factory=Counter[str])


class Fickle(asyncio.Protocol):
    """One connection to it."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it, or not."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._upstream.numbers.random() < 0.02:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Count a request as soon as its head is here: what an agent might act upon."""
        self._unread += data
        head, found, rest = self._unread.partition(b"\r\n\r\n")
        length, session = _LENGTH.search(head), _SESSION.search(head)
        if not found:
            return
        assert length is not None
        assert session is not None
        if len(rest) < int(length[1]):
            if self._upstream.numbers.random() < 0.2:
                self._transport.abort()
            return
        self._unread = b""
        self._act(session["of"].decode())

    def _act(self, session: str) -> None:
        upstream, transport = self._upstream, self._transport
        upstream.arrived[session] += 1
        deed = upstream.numbers.choices(range(len(self._deeds)), weights=self._weights)[0]
        if deed == 0:
            upstream.told_to_wait[session] += 1
        self._deeds[deed](self, transport)

    def _later(self, deed: Callable[..., None], *arguments: bytes) -> None:
        moment = self._upstream.numbers.random() * MOMENT_S
        asyncio.get_running_loop().call_later(moment, deed, *arguments)

    def _answers_and_then(self, deed: Callable[..., None], *arguments: bytes) -> None:
        self._transport.write(OK)
        self._later(deed, *arguments)

    def _half(self, transport: asyncio.Transport) -> None:
        transport.write(OK[: self._upstream.numbers.randrange(len(OK))])
        transport.abort()

    _deeds = (
        lambda _, t: t.write(CONFLICT),
        lambda _, t: t.write(OK),
        lambda _, t: t.abort(),
        lambda _, t: t.close(),
        _half,
        lambda _, t: t.writelines([OK, POISON]),
        lambda self, t: self._answers_and_then(t.close),
        lambda self, t: self._answers_and_then(t.abort),
        lambda self, t: self._answers_and_then(t.write, LATE),
    )
    _weights = (6, 60, 5, 5, 5, 4, 5, 5, 5)


@asynccontextmanager
async def running(numbers: random.Random) -> AsyncGenerator[tuple[Upstream, Runtime]]:
    """Run an upstream, and the runtime that invokes it."""
    upstream, loop = Upstream(numbers=numbers), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Fickle(upstream), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    plane = DataPlane(endpoint=f"http://127.0.0.1:{port}", region="us-east-1")
    # Nothing here speaks TLS.
    wire = LeanWire(None)  # type: ignore[arg-type] # never looked at
    runtime = Runtime(wire=wire, plane=plane, clock=StoppedClock(), pause=_at_once)
    try:
        yield upstream, runtime
    finally:
        await wire.close()
        server.close()


async def _at_once(_: float) -> None:
    await asyncio.sleep(0)


async def invoked(runtime: Runtime, session: str, size: int) -> str:
    """Invoke a turn of its own session; return what came of it."""
    plain = turn(data=None)
    chat = replace(plain.chat, runtime_session=Secret(session))
    try:
        answer = await runtime.invoke(plain._replace(chat=chat), bytes(size))
    except (AgentBusy, AgentFailed, AgentUnreachable) as error:
        return error.code
    try:
        return (await body_of(answer)).decode()
    except Broken:
        return "broken"
    finally:
        answer.close()


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_invocation_arrives_twice_unless_it_was_told_to_wait(seed: int) -> None:
    numbers = random.Random(seed)  # noqa: S311 the same faults each time
    came: dict[str, str] = {}

    async with running(numbers) as (upstream, runtime), asyncio.timeout(4 * WAIT_S):

        async def one_after_the_other(who: int) -> None:
            for number in range(INVOCATIONS // AT_ONCE):
                session = f"session-{who}-{number}".ljust(40, "x")
                came[session] = await invoked(runtime, session, numbers.choice([1, 1000, 200_000]))

        await asyncio.gather(*map(one_after_the_other, range(AT_ONCE)))

    assert len(came) == INVOCATIONS
    for session, count in upstream.arrived.items():
        assert count <= 1 + min(1, upstream.told_to_wait[session]), came[session]
    # "Nothing of it has left" is only said where that is so.
    unreachable = {session for session, what in came.items() if what == "agent_unreachable"}
    assert not unreachable & {s for s in upstream.arrived if not upstream.told_to_wait[s]}
    # Nobody was told a good answer that was not theirs, and most were told one.
    assert set(came.values()) <= {"ok", "broken", "agent_failed", "agent_busy", "agent_unreachable"}
    good = {session for session, what in came.items() if what == "ok"}
    assert good <= upstream.arrived.keys()
    assert len(good) > INVOCATIONS / 2
