"""The relay of a WebSocket: both ways, one message at a time, until something ends both sides."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from fakes.proxy.asgi import WAIT_S, others_run
from fakes.websocket.line import FakeLine
from fakes.websocket.page import Page
from fakes.websocket.wire import LoopTime, time
from proxy.errors import SessionRevoked
from proxy.streams import Stream
from proxy.websocket.browser import Browser
from proxy.websocket.closing import Closing
from proxy.websocket.line import LineClosed
from proxy.websocket.relay import Counted, Ended, Ending, Relay
from trust.limit.limits import RateLimited

__all__ = ["time"]


@dataclass(kw_only=True)
class Running:
    """A relay that runs, and its two sides."""

    page: Page
    line: FakeLine
    stream: Stream
    task: "asyncio.Future[Ended]"

    async def ended(self) -> Ended:
        """Wait for the end."""
        async with asyncio.timeout(WAIT_S):
            return await asyncio.shield(self.task)


def at_once() -> None:
    """Count a message, of which there may be any number."""


@asynccontextmanager
async def relaying(
    *, counted: Counted = at_once, idle_s: float = WAIT_S
) -> AsyncGenerator[Running]:
    page, line, stream = Page(), FakeLine(), Stream()
    browser = Browser(page.receive, page.send)
    relay = Relay(browser, line, stream, counted=counted, idle_s=idle_s)

    async def run() -> Ended:
        with stream.within(3600):
            return await relay.run()

    task = asyncio.ensure_future(run())
    try:
        yield Running(page=page, line=line, stream=stream, task=task)
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_messages_go_both_ways_in_order_text_as_text_and_bytes_as_bytes() -> None:
    async with relaying() as running:
        for message in ("a", b"b", "", b""):
            running.page.say(message)
            running.line.says.put_nowait(message)

        assert await running.line.hears(4) == ["a", b"b", "", b""]
        assert await running.page.heard(4) == ["a", b"b", "", b""]


async def test_a_browser_that_leaves_is_told_to_the_agent_by_its_code() -> None:
    async with relaying() as running:
        running.page.say("last words")
        running.page.leave(4123)

        ended = await running.ended()

    assert running.line.heard == ["last words"]
    assert (ended.how, ended.agent) == (Ending.BROWSER_LEFT, 4123)


async def test_a_browser_that_is_gone_without_a_word_has_gone_away() -> None:
    async with relaying() as running:
        running.page.leave(None)

        ended = await running.ended()

    assert (ended.how, ended.agent) == (Ending.BROWSER_LEFT, 1001)


async def test_a_browser_that_is_gone_when_something_is_sent_has_left() -> None:
    async with relaying() as running:
        running.page.gone = True
        running.line.says.put_nowait("to nobody")

        ended = await running.ended()

    assert (ended.how, ended.agent) == (Ending.BROWSER_LEFT, 1001)


async def test_an_agent_that_leaves_has_its_last_words_passed_on() -> None:
    async with relaying() as running:
        running.line.says.put_nowait("last words")
        running.line.leave(4000)

        ended = await running.ended()

    assert running.page.messages == ["last words"]
    assert (ended.how, ended.browser) == (Ending.AGENT_LEFT, Closing(code=4000))


async def test_an_agent_that_is_gone_when_something_is_sent_has_left() -> None:
    async with relaying() as running:
        running.line.taking.clear()
        running.page.say("on its way")
        await others_run()
        running.line.leave(None)

        ended = await running.ended()

    assert (ended.how, ended.browser.code) == (Ending.AGENT_LEFT, 1011)


async def test_a_send_that_finds_the_agent_gone_ends_it_too() -> None:
    async with relaying() as running:
        running.line.ended = LineClosed(1000)
        running.page.say("too late")

        ended = await running.ended()

    assert (ended.how, ended.browser.code) == (Ending.AGENT_LEFT, 1000)


async def test_what_cannot_be_counted_at_once_waits_and_so_does_all_that_follows() -> None:
    counting: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    def later() -> Awaitable[None]:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        counting.put_nowait(mine)
        return mine

    async with relaying(counted=later) as running:
        running.page.say("one")
        running.page.say("two")
        running.line.says.put_nowait("the agent's needs no counting")
        assert await running.page.heard(1) == ["the agent's needs no counting"]
        await others_run()

        assert (counting.qsize(), running.line.heard) == (1, [])
        counting.get_nowait().set_result(None)
        assert await running.line.hears(1) == ["one"]
        await others_run()
        assert (counting.qsize(), running.line.heard) == (1, ["one"])
        counting.get_nowait().set_result(None)
        assert await running.line.hears(2) == ["one", "two"]


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
async def test_what_stands_against_a_message_ends_it_after_all_that_was_said_before(
    *, at_once: bool
) -> None:
    left = [None, None]

    async def too_many() -> None:
        raise RateLimited("calls", 7)

    def counted() -> Awaitable[None] | None:
        if left:
            return left.pop()
        if at_once:
            raise RateLimited("calls", 7)
        return too_many()

    async with relaying(counted=counted) as running:
        for number in range(4):
            running.page.say(str(number))

        with pytest.raises(RateLimited):
            await running.ended()

    assert running.line.heard == ["0", "1"]


async def test_a_message_whose_session_ended_while_it_was_counted_goes_nowhere() -> None:
    counted = asyncio.get_running_loop().create_future()
    async with relaying(counted=lambda: counted) as running:
        running.page.say("just in time?")
        await others_run()
        counted.set_result(None)
        running.stream.end(SessionRevoked("why"))

        with pytest.raises(SessionRevoked):
            await running.ended()

    assert running.line.heard == []


async def test_a_slow_browser_holds_up_the_agent_by_one_message() -> None:
    async with relaying() as running:
        running.page.taking.clear()
        for number in range(3):
            running.line.says.put_nowait(str(number))
        await running.page.offers(1)
        await others_run()

        assert running.line.says.qsize() == 2
        running.page.taking.set()
        assert await running.page.heard(3) == ["0", "1", "2"]


async def test_a_slow_agent_holds_up_the_browser_by_one_message() -> None:
    async with relaying() as running:
        running.line.taking.clear()
        for number in range(3):
            running.page.say(str(number))
        await others_run()

        assert running.page.said.qsize() == 2
        running.line.taking.set()
        assert await running.line.hears(3) == ["0", "1", "2"]


async def test_a_slow_side_does_not_hold_up_the_other_direction() -> None:
    async with relaying() as running:
        running.page.taking.clear()
        running.line.says.put_nowait("stuck")
        await running.page.offers(1)
        running.page.say("through")

        assert await running.line.hears(1) == ["through"]


async def test_a_cut_wins_over_messages_that_are_ready() -> None:
    async with relaying() as running:
        await others_run()
        running.page.say("after the revocation")
        running.line.says.put_nowait("after the revocation")
        running.stream.end(SessionRevoked("why"))

        with pytest.raises(SessionRevoked):
            await running.ended()

    assert (running.page.messages, running.line.heard) == ([], [])


async def test_a_cut_does_not_wait_for_a_browser_that_takes_nothing() -> None:
    async with relaying() as running:
        running.page.taking.clear()
        running.line.says.put_nowait("stuck")
        await running.page.offers(1)
        running.stream.end(SessionRevoked("why"))

        with pytest.raises(SessionRevoked):
            await running.ended()


async def test_silence_of_both_ends_it() -> None:
    async with relaying(idle_s=0.02) as running:
        ended = await running.ended()

    assert (ended.how, ended.browser) == (Ending.CUT, Closing(code=1001, reason="socket_idle"))
    assert ended.agent == 1001


@pytest.mark.parametrize("who", ["page", "line"])
async def test_either_side_breaks_the_silence(time: LoopTime, who: str) -> None:
    async with relaying(idle_s=10) as running:
        await time.passes(6)
        if who == "page":
            running.page.say("still here")
        else:
            running.line.says.put_nowait("still here")
        await time.passes(9)
        assert not running.task.done()
        await time.passes(2)

        assert running.task.done()
        assert running.task.result().browser == Closing(code=1001, reason="socket_idle")
