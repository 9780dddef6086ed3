"""What is written down of a chat when a turn of it is over."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fakes.proxy.asgi import WAIT_S, Exchange
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.house import REGISTRY, TOOLS, House
from fakes.proxy.rpc import call
from fakes.proxy.runtime import JSON, Conversation, answers
from trust.chat.chats import TOUCH_EVERY_S
from trust.chat.record import chat_key
from trust.session.ids import parse_ticket
from trust.session.record import Owner

NAMED_BY_THE_SERVER = "7f3c9a52-1f0e-4a7c-9d1b-2f9a6f0c1b7e"


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    """Have an agent that speaks MCP beside the others."""
    place = tmp_path / "with-tools.toml"
    place.write_text(REGISTRY + TOOLS)
    return {"BFF_REGISTRY": f"file:{place}"}


async def begun(browser: Browser) -> str:
    """Begin a chat in which nothing was said yet; return its id."""
    chat_id = (await browser.say("hello", b"{}")).header("chat-id")
    assert chat_id is not None
    return chat_id


async def listed(browser: Browser) -> list[dict[str, Any]]:
    """Return a person's chats."""
    chats: list[dict[str, Any]] = (await browser.fetch("GET", "/api/chats")).json["chats"]
    return chats


def owner_in(house: House, browser: Browser) -> Owner:
    """Return who is logged in, as the store knows them."""
    ticket = parse_ticket(str(browser.ticket))
    assert ticket is not None
    return house.gate.ledger.owner(ticket.tenant, ticket.subject)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A turn whose answer has begun, and is still to end."""

    sent: Exchange
    talk: Conversation
    task: "asyncio.Task[None]"

    async def ends(self) -> None:
        """Let the agent end its answer, and everything be done that is done then."""
        (await self.talk.speaker()).end()
        await self.over()

    async def over(self) -> None:
        """Wait until the turn is over."""
        async with asyncio.timeout(WAIT_S):
            await self.task


async def turn(house: House, browser: Browser, chat_id: str) -> Turn:
    """Begin a turn a second later, and wait until its answer has begun."""
    house.clock.advance(1)
    talk = Conversation()
    house.runtime.script = [talk.play]
    body = b'{"prompt": "water the plants"}'
    sent = browser.invocation("hello", body, headers=[("Chat-Id", chat_id)])
    task = asyncio.ensure_future(house.app(sent.scope, sent.receive, sent.send))
    (await talk.speaker()).chunk(b"data: hello\n\n")
    async with asyncio.timeout(WAIT_S):
        await sent.begun()
    return Turn(sent=sent, talk=talk, task=task)


async def test_title_and_time_are_written_down_when_the_turn_is_over(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(alice)
    (before,) = await listed(alice)

    going_on = await turn(house, alice, chat_id)
    assert await listed(alice) == [before]
    await going_on.ends()

    (after,) = await listed(alice)
    assert (before["title"], after["title"]) == ("", "water the plants")
    assert after["updated_at"] == before["updated_at"] + 1


async def test_a_turn_in_which_nothing_was_asked_moves_no_chat(
    house: House, alice: Browser
) -> None:
    chat_id = (await alice.say("hello")).header("chat-id") or ""
    (before,) = await listed(alice)

    house.clock.advance(TOUCH_EVERY_S)
    answer = await alice.say("hello", b"{}", headers=[("Chat-Id", chat_id)])

    assert answer.status == 200
    assert await listed(alice) == [before]


async def test_a_store_that_fails_then_fails_no_turn(house: House, alice: Browser) -> None:
    chat_id = await begun(alice)
    (before,) = await listed(alice)

    going_on = await turn(house, alice, chat_id)
    house.table.failing_puts = 1
    await going_on.ends()

    assert house.table.failing_puts == 0
    assert going_on.sent.answer.status == 200
    assert going_on.sent.answer.body == b"data: hello\n\n"
    assert len(house.canary.events("chat.not_noted")) == 1
    assert await listed(alice) == [before]


async def test_a_chat_that_was_forgotten_meanwhile_stays_forgotten(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(alice)

    going_on = await turn(house, alice, chat_id)
    gone = await alice.fetch("DELETE", f"/api/chats/{chat_id}")
    await going_on.over()

    assert gone.status == 204
    assert await listed(alice) == []


async def test_a_chat_that_was_forgotten_by_another_process_stays_forgotten(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(alice)

    going_on = await turn(house, alice, chat_id)
    await house.table.delete(chat_key(owner_in(house, alice), chat_id))
    await going_on.ends()

    assert going_on.sent.answer.status == 200
    assert await listed(alice) == []
    assert len(house.canary.events("chat.gone")) == 1


async def written(house: House, browser: Browser, chat_id: str) -> int:
    """Return how often a chat has been written down."""
    item = await house.table.get(chat_key(owner_in(house, browser), chat_id), now=house.clock.now())
    assert item is not None
    return item.version


async def test_of_turns_that_are_over_within_a_second_one_is_written_down(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(alice)
    turns = [await turn(house, alice, chat_id), await turn(house, alice, chat_id)]
    before = await written(house, alice, chat_id)

    for going_on in turns:
        await going_on.ends()

    assert await written(house, alice, chat_id) == before + 1


async def test_of_turns_that_are_over_at_the_same_moment_one_is_written_down(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(alice)
    turns = [await turn(house, alice, chat_id), await turn(house, alice, chat_id)]
    house.table.held = held = asyncio.Event()

    for going_on in turns:
        (await going_on.talk.speaker()).end()
    async with asyncio.timeout(WAIT_S):
        # One waits for the store. The other has nothing to write beside it, and is over.
        over, _ = await asyncio.wait(
            {going_on.task for going_on in turns}, return_when=asyncio.FIRST_COMPLETED
        )
        held.set()
        await asyncio.gather(*(going_on.task for going_on in turns))

    assert len(over) == 1


class TestRemembered:
    """A chat that a process does not ask the store for, as it was asked a moment ago."""

    @pytest.fixture
    def settings_changes(self) -> dict[str, str]:
        return {"BFF_SESSION_CACHE": "1s"}

    async def test_does_not_come_back_either(self, house: House, alice: Browser) -> None:
        chat_id = await begun(alice)

        going_on = await turn(house, alice, chat_id)
        await house.table.delete(chat_key(owner_in(house, alice), chat_id))
        await going_on.ends()

        assert going_on.sent.answer.status == 200
        assert await listed(alice) == []
        assert house.canary.events("chat.not_noted") == []


async def rpc(browser: Browser, body: bytes, *headers: tuple[str, str]) -> str | None:
    """Send a message of MCP; return the session that the answer names."""
    accept = ("Accept", "application/json, text/event-stream")
    said = [*FETCH, ("Content-Type", "application/json"), accept, *headers]
    path = "/api/agents/tools/invocations"
    answer = await browser.fetch("POST", path, headers=said, body=body)
    assert answer.status == 200
    return answer.header("mcp-session-id")


async def test_the_session_of_an_mcp_server_does_not_become_the_chats_own(
    house: House, alice: Browser
) -> None:
    result = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {}}).encode()
    named = answers(result, headers=(*JSON, ("Mcp-Session-Id", NAMED_BY_THE_SERVER)))
    house.runtime.script = [named, answers(result)]
    session = await rpc(alice, call("initialize", params={}))
    assert session is not None
    chats, owner = house.gate.turns.chats, owner_in(house, alice)
    (before,) = await chats.of(owner, now=house.clock.now())
    house.clock.advance(1)

    await rpc(alice, call("tools/call", params={"name": "add"}), ("Mcp-Session-Id", session))

    (after,) = await chats.of(owner, now=house.clock.now())
    assert after.updated_at == before.updated_at + 1
    assert after.runtime_session.reveal() == before.runtime_session.reveal()
    called = house.runtime.invocations[1]
    assert called.header("mcp-session-id") == NAMED_BY_THE_SERVER
