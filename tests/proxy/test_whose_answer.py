"""Whose answer it is: whatever happens at once, nobody gets a byte of what somebody else asked.

Several browsers ask over one wire, each several things ahead; the agent tears answers, and says
more than it announced; browsers go, pause, are stopped and cancelled at any turn of the event loop.
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from bff.connection import Connection
from fakes.served_line import ServedLine
from fakes.wire.authority import Authority
from fakes.wire.line import Line, TlsLine
from fakes.wire.scripted import WAIT_S, Peer, scripted, turns
from proxy.errors import TurnStopped
from proxy.relay import BodyBroken, Bounds, Manner, Relay
from proxy.request import REQUEST_ID, read_request
from proxy.streams import Stream
from trust.wire.call import Answer, Outgoing
from trust.wire.client import LeanWire

POISON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\npoison"
BOUNDS = Bounds(idle_s=WAIT_S, total_s=WAIT_S, answer_bytes=1_000_000)
MANNER = Manner(headers={}, begins_early=False, bounds=BOUNDS)
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


class Behind(Enum):
    """What comes behind the end of an answer."""

    NOTHING = 0
    AN_ANSWER = 1
    A_PART = 2
    """A part of a TLS record, of which the rest comes with the next call."""
    THE_END = 3
    A_TEAR = 4
    """Before its end."""


class Fate(Enum):
    """What becomes of a browser."""

    STAYS = 0
    GOES = 1
    PAUSES = 2
    IS_STOPPED = 3
    IS_CANCELLED = 4


@dataclass(frozen=True, kw_only=True)
class Said:
    """How the agent answers one request."""

    pieces: int
    pause: int
    is_chunked: bool
    is_events: bool
    is_busy: bool
    behind: Behind

    def body(self, number: int) -> list[bytes]:
        """Return the pieces of its body."""
        frame = b"data: <%d>\n\n" if self.is_events else b"[<%d>]"
        return [frame % number] * self.pieces

    def head(self, number: int) -> bytes:
        """Return its head."""
        kind = b"text/event-stream" if self.is_events else b"application/json"
        length = sum(map(len, self.body(number)))
        framing = (
            b"Transfer-Encoding: chunked" if self.is_chunked else b"Content-Length: %d" % length
        )
        return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\n%b\r\n\r\n" % (kind, framing)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What one browser asks ahead, and what becomes of it after how many turns."""

    asked: list[Said]
    fate: Fate
    after: int


said = st.builds(
    Said,
    pieces=st.integers(1, 4),
    pause=st.integers(0, 4),
    is_chunked=st.booleans(),
    is_events=st.booleans(),
    is_busy=st.booleans(),
    behind=st.sampled_from(Behind),
)
asking = st.builds(
    Asking,
    asked=st.lists(said, min_size=1, max_size=4),
    fate=st.sampled_from(Fate),
    after=st.integers(0, 80),
)


@dataclass(kw_only=True)
class Agent:
    """Answers each request as it is told to."""

    answers: Sequence[Said]
    was_busy: set[int] = field(default_factory=set[int])

    async def __call__(self, peer: Peer) -> None:
        """Play it on one connection."""
        rest = b""
        while True:
            number = int((await peer.request()).split(b" ")[1].strip(b"/"))
            if rest:
                # Whoever gets it has asked over a connection on which a part of it was already.
                await Line.send(peer.line, rest)
            answer = self.answers[number]
            if answer.is_busy and number not in self.was_busy:
                self.was_busy.add(number)
                await peer.say(b"HTTP/1.1 409 Busy\r\nContent-Length: 6\r\n\r\npoison")
                continue
            rest = await self._answered(peer, answer, number)
            if answer.behind in {Behind.THE_END, Behind.A_TEAR}:
                return

    async def _answered(self, peer: Peer, answer: Said, number: int) -> bytes:
        await peer.say(answer.head(number))
        *first, last = answer.body(number)
        for piece in first:
            await peer.say(_framed(answer, piece))
            await turns(answer.pause)
        if answer.behind is Behind.A_TEAR:
            return b""
        end = _framed(answer, last) + (b"0\r\n\r\n" if answer.is_chunked else b"")
        if answer.behind is Behind.A_PART and isinstance(peer.line, TlsLine):
            whole, record = peer.line.sealed(end), peer.line.sealed(POISON)
            await Line.send(peer.line, whole + record[:30])
            return record[30:]
        await peer.say(end + (POISON if answer.behind is Behind.AN_ANSWER else b""))
        return b""


def _framed(answer: Said, piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece) if answer.is_chunked else piece


class House:
    """Relays to the agent what any browser asks."""

    def __init__(self, wire: LeanWire, origin: str) -> None:
        self._wire = wire
        self._origin = origin
        self.streams: dict[int, Stream] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        number = int(scope["path"].strip("/"))
        scope[REQUEST_ID] = str(number)
        stream = self.streams[number] = Stream()
        relay = Relay(read_request(scope, receive, send), stream, MANNER)
        try:
            await relay.run(self._invoke(number))
        except BodyBroken:
            return
        finally:
            del self.streams[number]

    def stop(self, numbers: Collection[int]) -> None:
        """Stop what is being answered of these."""
        for number in self.streams.keys() & set(numbers):
            self.streams[number].end(TurnStopped("stopped"))

    def _invoke(self, number: int) -> Callable[[], Awaitable[Answer]]:
        call = Outgoing(method="POST", url=f"{self._origin}{number}", headers={}, body=b"{}")

        async def invoke() -> Answer:
            answer = await self._wire.open(call)
            if answer.status == 409:
                answer.close()
                await asyncio.sleep(0)
                answer = await self._wire.open(call)
            return answer

        return invoke


class Browser:
    """One connection, on which several things are asked at once."""

    def __init__(self, house: House, wish: Asking, first: int) -> None:
        self._house, self._wish = house, wish
        self.numbers = range(first, first + len(wish.asked))
        self.line = ServedLine(Connection, house)

    async def lives(self) -> None:
        """Ask, and come to whatever end there is."""
        line, wish = self.line, self._wish
        line.protocol.data_received(
            b"".join(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % at for at in self.numbers)
        )
        await turns(wish.after)
        await self._fares()
        # A task that is cancelled before its first step is not told to be over.
        while not all(task.done() for task in line.state.tasks):
            await asyncio.sleep(0.0005)

    async def _fares(self) -> None:
        line = self.line
        match self._wish.fate:
            case Fate.GOES:
                await line.hangs_up()
            case Fate.PAUSES:
                line.protocol.pause_writing()
                await turns(self._wish.after)
                line.protocol.resume_writing()
            case Fate.IS_STOPPED:
                self._house.stop(self.numbers)
            case Fate.IS_CANCELLED:
                for task in list(line.state.tasks):
                    task.cancel()
            case Fate.STAYS:
                pass

    def got_nobody_elses(self) -> None:
        """Check what came: in order, each answer its own."""
        sent = self.line.sent
        answers = re.split(rb"(?=HTTP/1\.1 \d)", sent)[1:]
        assert b"poison" not in sent
        for number, answer in zip(self.numbers, answers, strict=False):
            assert set(re.findall(rb"<(\d+)>", answer)) <= {b"%d" % number}
            assert b"x-request-id: %d\r\n" % number in answer or b"Internal Server Error" in answer
        assert len(answers) <= len(self.numbers)

    def got_all(self) -> None:
        """Check that all came that was not torn, if nothing became of the browser."""
        answers = re.split(rb"(?=HTTP/1\.1 \d)", self.line.sent)[1:]
        if self._wish.fate not in {Fate.STAYS, Fate.PAUSES}:
            return
        for number, answer, asked in zip(self.numbers, answers, self._wish.asked, strict=False):
            if asked.behind is not Behind.A_TEAR:
                assert answer.count(b"<%d>" % number) == asked.pieces


async def day(wishes: Sequence[Asking], shown: ssl.SSLContext | None, wire: LeanWire) -> None:
    """Let all browsers ask at once."""
    answers = [said for wish in wishes for said in wish.asked]
    async with scripted(Agent(answers=answers), tls=shown) as server, asyncio.timeout(WAIT_S):
        house, first = House(wire, server.url), 0
        browsers: list[Browser] = []
        for wish in wishes:
            browsers.append(Browser(house, wish, first))
            first += len(wish.asked)
        await asyncio.gather(*(browser.lives() for browser in browsers))
        await wire.close()
    for browser in browsers:
        browser.got_nobody_elses()
        browser.got_all()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that the wire believes."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("loop", LOOPS, ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("is_sealed", [False, True], ids=["plain", "TLS"])
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(wishes=st.lists(asking, min_size=1, max_size=4))
def test_nobody_gets_a_byte_of_what_somebody_else_asked(
    authority: Authority,
    loop: Callable[[], asyncio.AbstractEventLoop],
    wishes: Sequence[Asking],
    *,
    is_sealed: bool,
) -> None:
    shown, believed = authority.good() if is_sealed else None, authority.believers()

    async def run() -> None:
        await day(wishes, shown, LeanWire(believed))

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(run())
