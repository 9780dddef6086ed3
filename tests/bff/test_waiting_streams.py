"""What a stream that only waits does not hold: it may be one of thousands, for an hour."""

import asyncio
import sys
from types import CoroutineType
from typing import Any

import pytest

from fakes.proxy.asgi import WAIT_S, others_run
from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.runtime import Conversation
from proxy import relay
from trust.chat.record import MAX_TITLE_CHARS


@pytest.mark.parametrize("agent", ["hello", "ledger"])
async def test_what_was_asked_is_not_held_while_the_answer_waits(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch, agent: str
) -> None:
    """Neither the body, which may be a megabyte of history, nor the headers."""
    monkeypatch.setattr(relay, "LISTEN_AFTER_S", 0.0)
    spoken = Conversation()
    house.runtime.script = [spoken.play]
    body = b'{"prompt": "%b"}' % (b"x" * 10_000)
    mine = sys.getrefcount(body)
    asking = alice.invocation(agent, body)
    answering = asyncio.ensure_future(house.app(asking.scope, asking.receive, asking.send))
    (await spoken.speaker()).chunk(b"data: 1\n\n")
    await asking.seen(1)
    async with asyncio.timeout(WAIT_S):
        while asking.scope["headers"]:
            await others_run()

    # The fake agent has a copy of it, which came over a socket.
    assert sys.getrefcount(body) == mine

    asking.leave()
    await answering


async def test_of_what_was_said_nothing_is_held_but_the_title(house: House, alice: Browser) -> None:
    spoken = Conversation()
    house.runtime.script = [spoken.play]
    asking = alice.invocation("hello", b'{"prompt": "%b"}' % (b"x" * 600))
    answering = asyncio.ensure_future(house.app(asking.scope, asking.receive, asking.send))
    (await spoken.speaker()).chunk(b"data: 1\n\n")
    await asking.seen(1)

    texts = [one for one in held_by(answering) if isinstance(one, str)]
    assert any(set(text) == {"x", "…"} for text in texts)
    assert max(len(text) for text in texts) <= MAX_TITLE_CHARS

    asking.leave()
    await answering


def held_by(task: "asyncio.Task[None]") -> list[object]:
    """Return what a task that waits has at hand, in all of its coroutines."""
    held: list[object] = []
    waiting: Any = task.get_coro()
    while isinstance(waiting, CoroutineType):
        frame: Any = waiting.cr_frame
        held += frame.f_locals.values()
        waiting = waiting.cr_await
    return held
