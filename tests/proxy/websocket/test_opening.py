"""Opening the agent's side: once, once more after 409, and not for a browser that has left."""

import asyncio

import pytest

from fakes.clock import StoppedClock
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.turn import PLANE, turn
from fakes.websocket.line import FakeDialer, FakeLine
from fakes.websocket.page import Page
from proxy.errors import AgentBusy, AgentFailed, AgentTimeout, AgentUnreachable, SessionRevoked
from proxy.runtime import RETRY_PAUSE_S, refusal_of
from proxy.streams import Stream
from proxy.websocket.browser import Browser, BrowserLeft
from proxy.websocket.line import HandshakeRefused, Line
from proxy.websocket.opening import LineOpener
from trust.errors import TrustError
from trust.grant.record import GrantDenied


class Opening:
    """An opener over a dialer that answers as a test says, and a browser that waits."""

    def __init__(self, *answers: Line | Exception) -> None:
        self.dialer = FakeDialer(answers=list(answers))
        self.page = Page()
        self.pauses: list[float] = []
        self.opener = LineOpener(
            dialer=self.dialer, plane=PLANE, clock=StoppedClock(), pause=self.pause
        )

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def opened(self) -> Line:
        async with asyncio.timeout(WAIT_S):
            return await self.opener.opened(
                turn(), ["mcp"], Browser(self.page.receive, self.page.send)
            )


async def test_a_line_is_asked_for_once() -> None:
    line = FakeLine()
    opening = Opening(line)

    assert await opening.opened() is line
    (asked,) = opening.dialer.asked
    assert asked.subprotocols == ("mcp",)
    assert opening.pauses == []


async def test_a_session_that_is_just_being_started_is_asked_once_more() -> None:
    line = FakeLine()
    opening = Opening(HandshakeRefused(409, {}), line)

    assert await opening.opened() is line
    (pause,) = opening.pauses
    assert 0 < pause <= RETRY_PAUSE_S


async def test_a_refusal_says_when_to_come_back_as_the_runtime_says_it() -> None:
    opening = Opening(HandshakeRefused(429, {"retry-after": "17"}))

    with pytest.raises(AgentBusy) as refused:
        await opening.opened()
    assert refused.value.retry_after == 17


async def test_twice_is_enough() -> None:
    opening = Opening(HandshakeRefused(409, {}), HandshakeRefused(409, {}), FakeLine())

    with pytest.raises(AgentBusy):
        await opening.opened()
    assert len(opening.dialer.asked) == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, AgentFailed),
        (302, AgentFailed),
        (400, AgentFailed),
        (401, GrantDenied),
        (402, AgentBusy),
        (403, GrantDenied),
        (404, AgentFailed),
        (424, AgentFailed),
        (429, AgentBusy),
        (500, AgentFailed),
        (503, AgentFailed),
        (504, AgentTimeout),
    ],
)
async def test_every_other_status_is_told_as_what_it_is(
    status: int, error: type[TrustError]
) -> None:
    opening = Opening(HandshakeRefused(status, {"x-amzn-errortype": "Some" + "x" * 200}))

    with pytest.raises(error) as refused:
        await opening.opened()

    assert len(opening.dialer.asked) == 1
    assert str(refused.value).startswith(f"{status} Some")
    assert len(str(refused.value)) < 100


def test_a_status_in_between_is_a_failure() -> None:
    assert isinstance(refusal_of(299, {}), AgentFailed)


async def test_what_the_dialer_raises_comes_through() -> None:
    with pytest.raises(AgentUnreachable):
        await Opening(AgentUnreachable("why")).opened()


async def test_a_browser_that_leaves_meanwhile_ends_it() -> None:
    opening = Opening()
    opening.dialer.open_.clear()
    opening.page.leave(1001)

    with pytest.raises(BrowserLeft) as left:
        await opening.opened()

    assert left.value.code == 1001


async def test_a_line_that_comes_when_the_browser_has_just_left_is_closed() -> None:
    line = FakeLine()
    opening = Opening(line)
    opening.page.leave(1000)

    with pytest.raises(BrowserLeft):
        await opening.opened()

    assert line.codes == [1001]


async def test_a_line_that_comes_when_the_stream_has_just_ended_is_closed() -> None:
    line, stream = FakeLine(), Stream()
    opening = Opening(line)
    opening.dialer.when_asked = lambda: stream.end(SessionRevoked("why"))

    with pytest.raises(SessionRevoked), stream.within(WAIT_S):
        await opening.opened()

    assert opening.dialer.answers == [], "the line was not there yet"
    assert line.codes == [1001]
