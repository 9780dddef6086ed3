"""Answers over real HTTP: from the runtime on loopback, through uvicorn, to a client."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from fakes.proxy.asgi import WAIT_S
from fakes.proxy.browser import Browser
from fakes.proxy.events import parse
from fakes.proxy.house import House
from fakes.proxy.runtime import JSON, Conversation, hangs
from fakes.proxy.served import Served, asking, served
from fakes.proxy.wire import Call
from proxy import relay, watch


@pytest.fixture
async def running(house: House) -> AsyncIterator[Served]:
    async with served(house) as started:
        yield started


@pytest.fixture
def spoken(house: House) -> Conversation:
    """Return the answer to the next message, which the test speaks."""
    conversation = Conversation()
    house.runtime.script = [conversation.play]
    return conversation


async def test_each_chunk_is_there_before_the_next_is_spoken(
    running: Served, alice: Browser, spoken: Conversation
) -> None:
    async with asking(running, alice) as answer:
        speaker = await spoken.speaker()
        chunks = answer.aiter_raw()
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["x-accel-buffering"] == "no"
        for number in range(20):
            said = b"data: %d\n\n" % number
            speaker.chunk(said)
            async with asyncio.timeout(WAIT_S):
                assert await anext(chunks) == said
        speaker.end()
        assert [chunk async for chunk in chunks] == []


async def test_the_head_is_there_before_anything_is_said(
    running: Served, alice: Browser, spoken: Conversation
) -> None:
    async with asyncio.timeout(WAIT_S), asking(running, alice) as answer:
        assert answer.status_code == 200
        assert len(answer.headers["chat-id"]) == 26
        assert spoken.call is not None


async def test_an_agent_that_is_slow_to_start_is_begun_for(
    running: Served, alice: Browser, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SLOW_START_S", 0.01)
    house.runtime.script = [hangs]
    async with asyncio.timeout(WAIT_S), asking(running, alice) as answer:
        assert await anext(answer.aiter_raw()) == b": keep-alive\n\n"


async def test_a_client_that_goes_away_closes_the_agents_answer_and_stops_its_turn(
    running: Served, alice: Browser, house: House, spoken: Conversation
) -> None:
    async with asking(running, alice):
        speaker = await spoken.speaker()
    async with asyncio.timeout(WAIT_S):
        await speaker.gone.wait()
        await house.runtime.stopped.wait()

    (stop,) = house.runtime.stops
    assert stop.header("x-amzn-bedrock-agentcore-runtime-session-id") == speaker.header(
        "x-amzn-bedrock-agentcore-runtime-session-id"
    )
    assert stop.body == b"{}"


async def test_the_turn_of_an_agent_that_may_go_on_is_not_stopped(
    alice: Browser, house: House, spoken: Conversation
) -> None:
    sent = alice.invocation("ledger")
    turn = asyncio.ensure_future(house.app(sent.scope, sent.receive, sent.send))
    speaker = await spoken.speaker()
    await sent.begun()
    sent.leave()
    async with asyncio.timeout(WAIT_S):
        await speaker.gone.wait()
        # Whatever would be stopped is stopped by now.
        await turn

    assert '"how": "browser_gone"' in house.canary.events("turn.ended")[0]
    assert house.runtime.stops == []


async def test_a_stop_that_fails_is_written_down(
    running: Served, alice: Browser, house: House, spoken: Conversation
) -> None:
    from fakes.proxy.runtime import refuses

    house.runtime.stop = refuses(500)
    async with asking(running, alice):
        await spoken.speaker()
    async with asyncio.timeout(WAIT_S):
        while not house.canary.events("chat.stop_failed"):
            await asyncio.sleep(0)


@pytest.mark.parametrize("how", ["logout", "other instance"])
async def test_a_revoked_session_cuts_its_stream(
    running: Served,
    alice: Browser,
    house: House,
    spoken: Conversation,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    monkeypatch.setattr(watch, "EVERY_S", 0.01)
    async with asking(running, alice) as answer:
        speaker = await spoken.speaker()
        speaker.chunk(b"data: one\n\n")
        chunks = answer.aiter_raw()
        first = await anext(chunks)
        if how == "logout":
            await alice.fetch("POST", "/auth/logout")
        else:
            session = await house.gate.admission.identify([alice.cookies()[0][1]])
            await house.gate.ledger.end(session.owner, session.id_hash)
        async with asyncio.timeout(WAIT_S):
            rest = b"".join([chunk async for chunk in chunks])
            await speaker.gone.wait()

    last = parse(first + rest)[-1]
    assert (last.type, last.json["code"]) == ("error", "session_revoked")
    assert last.json["request_id"] == answer.headers["x-request-id"]


async def test_a_json_answer_that_breaks_is_seen_to_be_broken(
    running: Served, alice: Browser, spoken: Conversation
) -> None:
    spoken.headers = JSON

    async def half() -> Call:
        speaker = await spoken.speaker()
        speaker.chunk(b'{"half": ')
        return speaker

    speaking = asyncio.ensure_future(half())
    async with asking(running, alice, "ledger") as answer:
        chunks = answer.aiter_raw()
        assert await anext(chunks) == b'{"half": '
        (await speaking).drop()

        with pytest.raises(httpx.RemoteProtocolError):
            await anext(chunks)


class TestGoingDown:
    """A process that is told to end."""

    @pytest.fixture
    def settings_changes(self) -> dict[str, str]:
        return {"BFF_STREAM_DRAIN": "50ms"}

    async def test_ends_open_streams_with_a_word(
        self, running: Served, alice: Browser, spoken: Conversation
    ) -> None:
        async with asking(running, alice) as answer:
            speaker = await spoken.speaker()
            speaker.chunk(b"data: one\n\n")
            chunks = answer.aiter_raw()
            first = await anext(chunks)
            stopping = asyncio.ensure_future(running.stop())
            async with asyncio.timeout(WAIT_S):
                rest = b"".join([chunk async for chunk in chunks])
                await stopping

        last = parse(first + rest)[-1]
        assert (last.type, last.json["code"]) == ("error", "server_restarting")

    async def test_waits_for_nothing_when_nothing_is_open(self, running: Served) -> None:
        await running.stop()

        assert running.server.started


async def test_a_stream_that_ends_in_time_is_not_cut(
    running: Served, alice: Browser, spoken: Conversation
) -> None:
    async with asking(running, alice) as answer:
        speaker = await spoken.speaker()
        stopping = asyncio.ensure_future(running.stop())
        speaker.chunk(b"data: last words\n\n")
        speaker.end()
        async with asyncio.timeout(WAIT_S):
            body = b"".join([chunk async for chunk in answer.aiter_raw()])
            await stopping

    assert body == b"data: last words\n\n"


async def test_a_person_who_watches_a_long_answer_is_not_idle(
    running: Served,
    alice: Browser,
    house: House,
    spoken: Conversation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "EVERY_S", 0.001)
    async with asking(running, alice) as answer:
        speaker = await spoken.speaker()
        chunks = answer.aiter_raw()
        # Two thirds of the time after which a session that is not used ends, and once more.
        for number in range(2):
            house.clock.advance(1200)
            reads = house.table.reads
            async with asyncio.timeout(WAIT_S):
                while house.table.reads < reads + 3 and not speaker.gone.is_set():
                    await asyncio.sleep(0)
            speaker.chunk(b"data: %d\n\n" % number)
            assert await anext(chunks) == b"data: %d\n\n" % number
