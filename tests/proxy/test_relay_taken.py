"""Chunks that pass in the moment they come, past the task that reads: as if it had read them."""

from dataclasses import dataclass

import pytest
from starlette.types import Receive, Scope, Send

from bff.connection import Connection
from fakes.proxy.answer import Spoken
from fakes.served_line import ServedLine
from proxy.errors import TurnStopped
from proxy.relay import Bounds, Manner, Relay
from proxy.request import REQUEST_ID, read_request
from proxy.streams import Stream
from trust.wire.call import Broken, Taken

POST = b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
FAILURE = b'data: {"error": "Traceback: secret", "error_type": "ValueError"}\n\n'


@dataclass(kw_only=True, eq=False)
class Offering(Spoken):
    """An answer of which `passed` chunks went past its reader."""

    offers: bool = True
    passed: int = 0

    async def read(self, within_s: float | None = None, taken: Taken | None = None) -> bytes | None:
        """Return what is said next, unless it is taken."""
        chunk = await super().read(within_s)
        while self.offers and chunk and taken is not None and taken(chunk):
            self.passed += 1
            chunk = await super().read(within_s)
        return chunk


class Streamed:
    """A relay behind our server's connection, and what leaves."""

    def __init__(self, upstream: Offering, *, answer_bytes: int = 1_000_000) -> None:
        self.upstream = upstream
        self.stream = Stream()
        self._bounds = Bounds(idle_s=60, total_s=60, answer_bytes=answer_bytes)
        self.line = ServedLine(Connection, self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what the agent says."""
        scope[REQUEST_ID] = "1"
        request = read_request(scope, receive, send)
        manner = Manner(headers={}, begins_early=False, bounds=self._bounds)
        await Relay(request, self.stream, manner).run(self.upstream.invoke)

    async def says(self, *chunks: bytes) -> None:
        """Let the agent say something."""
        self.upstream.say(*chunks)
        await self.line.settled()

    async def ends(self) -> bytes:
        """Let the agent end; return the body that left."""
        self.upstream.end()
        await self.line.settled()
        return self.body

    @property
    def body(self) -> bytes:
        """The body that left so far, in its chunks."""
        return self.line.sent.partition(b"\r\n\r\n")[2]


async def streamed(upstream: Offering, **options: int) -> Streamed:
    """Return a stream of which the first event is there."""
    running = Streamed(upstream, **options)
    await running.line.says(POST)
    await running.says(b"data: 0\n\n")
    return running


async def test_an_event_passes_without_anybody_being_woken() -> None:
    running = await streamed(Offering())
    await running.says(b"data: 1\n\n", b"data: 2\n\n")

    assert running.upstream.passed == 2
    assert await running.ends() == (
        b"9\r\ndata: 0\n\n\r\n9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n"
    )


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param((b"data: 1\n\n", b"data: 2\n\n"), id="events"),
        pytest.param((b"data: 1", b"\n", b"\ndata", b": 2\n\n"), id="pieces"),
        pytest.param((b"data: 1\n\n", FAILURE, b"data: 2\n\n"), id="a failure"),
        pytest.param((b"data: 1\n\n" + FAILURE,), id="a failure behind an event"),
        pytest.param((FAILURE[:9], FAILURE[9:]), id="a failure in pieces"),
        pytest.param((b"data: " + b"x" * 500 + b"\n\n",), id="too much"),
        pytest.param((b"data: x\n", b"data: " + b"x" * 500 + b"\n\n"), id="too much in an event"),
        pytest.param((b"data: %b\n\n" % (b"x" * 90),) * 5, id="too much in all"),
        pytest.param((b"data: half",), id="no end"),
    ],
)
@pytest.mark.parametrize("breaks", [False, True])
async def test_what_passes_is_what_would_have_been_read(
    chunks: tuple[bytes, ...], *, breaks: bool
) -> None:
    bodies: list[bytes] = []
    for upstream in (Offering(offers=False), Offering()):
        running = await streamed(upstream, answer_bytes=400)
        await running.says(*chunks)
        if breaks:
            upstream.fail(Broken("reset"))
        bodies.append(await running.ends())
        assert upstream.closed.is_set()
        assert not running.line.state.tasks

    assert bodies[0] == bodies[1]
    assert b"secret" not in bodies[1]


async def test_a_browser_that_takes_nothing_slows_the_agent() -> None:
    running = await streamed(Offering())
    running.line.protocol.pause_writing()
    before = running.body
    await running.says(b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n")

    assert running.body == before
    assert running.upstream.passed == 0
    assert running.upstream.queue.qsize() == 2

    running.line.protocol.resume_writing()
    await running.line.settled()
    assert (await running.ends()).count(b"data: ") == 4


async def test_nothing_passes_after_a_cut() -> None:
    running = await streamed(Offering())
    before = running.body
    running.upstream.say(b"data: after the cut\n\n")
    running.stream.end(TurnStopped("stopped"))
    await running.line.settled()

    assert b"after the cut" not in running.body
    assert b"event: error" in running.body[len(before) :]
    assert running.upstream.closed.is_set()


async def test_nothing_passes_to_a_browser_that_has_gone() -> None:
    running = await streamed(Offering())
    await running.line.hangs_up()
    before = running.body
    await running.says(b"data: 1\n\n", b"data: 2\n\n")

    assert running.upstream.passed == 0
    assert await running.ends() == before


async def test_an_answer_that_is_no_stream_is_read() -> None:
    upstream = Offering(headers={"content-type": "image/png", "content-length": "9"})
    running = Streamed(upstream)
    await running.line.says(POST)
    await running.says(b"one", b"two")
    await running.says(b"six")

    assert await running.ends() == b"onetwosix"
    assert upstream.passed == 0
