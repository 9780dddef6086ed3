"""An agent that does not answer in `BFF_STREAM_IDLE`; how much time passes, a test says."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from fakes.loop_time import LoopTime, stopped
from fakes.proxy.asgi import Answer, Exchange, problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.events import parse
from fakes.proxy.house import House
from fakes.proxy.runtime import hangs
from proxy import relay


@pytest.fixture
def settings_changes() -> dict[str, str]:
    return {"BFF_STREAM_IDLE": "20s"}


@pytest.fixture
async def time(alice: Browser, monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    del alice
    # From the login on: until then others may take the time that they need.
    return stopped(monkeypatch)


@asynccontextmanager
async def unanswered(house: House, sent: Exchange) -> AsyncGenerator[Exchange]:
    """Send a message whose agent hangs, and wait for the answer's end at the end of the block."""
    house.runtime.script = [hangs]
    task = asyncio.ensure_future(house.app(sent.scope, sent.receive, sent.send))
    while not house.runtime.invocations and not task.done():
        await asyncio.sleep(0)
    yield sent
    await task


async def passes(time: LoopTime, seconds: float) -> None:
    """Let time pass in steps: what is put off is put off from the moment in which it is said."""
    for _ in range(10):
        await time.passes(seconds / 10)


def given_up(answer: Answer) -> bool:
    """Tell whether an answer says by its status that the agent took too long."""
    return (answer.status, problem_of(answer)["code"]) == (504, "agent_timeout")


async def test_silence_before_a_stream_is_begun_for_it_is_a_504(
    house: House, alice: Browser, time: LoopTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SLOW_START_S", 21.0)
    async with unanswered(house, alice.invocation("hello")) as sent:
        await passes(time, 19)
        assert not sent.messages
        await passes(time, 2)

    assert given_up(sent.answer)
    assert len(house.runtime.invocations) == 1


async def test_silence_is_an_error_frame_once_the_stream_has_begun(
    house: House, alice: Browser, time: LoopTime
) -> None:
    async with unanswered(house, alice.invocation("hello")) as sent:
        await passes(time, relay.SLOW_START_S + 1)
        assert await sent.begun() == 200
        await passes(time, 20)

    assert parse(sent.answer.body)[-1].json["code"] == "agent_timeout"


async def test_silence_of_an_agent_without_events_stays_a_504(
    house: House, alice: Browser, time: LoopTime
) -> None:
    async with unanswered(house, alice.invocation("ledger")) as sent:
        await passes(time, 21)

    assert given_up(sent.answer)


async def test_silence_of_an_agent_that_was_asked_for_json_stays_a_504(
    house: House, alice: Browser, time: LoopTime
) -> None:
    asked = alice.invocation("hello", headers=[("Accept", "application/json")])
    async with unanswered(house, asked) as sent:
        await passes(time, 21)

    assert given_up(sent.answer)
