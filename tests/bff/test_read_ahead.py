"""What a message asks the store for is asked for at once, however far away the store is."""

import asyncio
from pathlib import Path

import pytest

from fakes.proxy.asgi import WAIT_S, Exchange
from fakes.proxy.browser import Browser
from fakes.proxy.house import REGISTRY, House
from trust.session.ids import hash_of, parse_ticket
from trust.session.record import session_key

LASTING = """
[agents.lasting]
title = "Lasting"
protocol = "AGUI"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/lasting-k1L2m3N4o5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-lasting"
tenants = ["acme"]
detach = true
"""
A_WHILE_S = 90

ANOTHER_CHAT = "01K4XG7S3E6C3K2M9V0T5B8N1Q"


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    """Remember as a server does, and have an agent whose turns outlive their browser."""
    place = tmp_path / "with-lasting.toml"
    place.write_text(REGISTRY + LASTING)
    return {"BFF_REGISTRY": f"file:{place}", "BFF_SESSION_CACHE": "1s"}


async def begun(browser: Browser, agent: str) -> str:
    """Begin a chat; return its id."""
    chat_id = (await browser.say(agent, b"{}")).header("chat-id")
    assert chat_id is not None
    return chat_id


def asked(house: House, browser: Browser, agent: str, chat_id: str) -> Exchange:
    """Return the next message of somebody who has thought for a while."""
    house.clock.advance(A_WHILE_S)
    return browser.invocation(agent, headers=[("Chat-Id", chat_id)])


async def ways_to_the_store(house: House, message: Exchange) -> int:
    """Send a message; return how often it waited for the store before its agent, or nobody, had it.

    What waits at the same moment waits once.
    """
    house.table.far = far = list["asyncio.Future[None]"]()
    before, ways = len(house.runtime.invocations), 0
    async with asyncio.timeout(WAIT_S):
        sending = asyncio.ensure_future(house.app(message.scope, message.receive, message.send))
        while True:
            for _ in range(300):
                await asyncio.sleep(0)
            if len(house.runtime.invocations) > before or sending.done():
                break
            ways += bool(far)
            _let_go(far)
        house.table.far = None
        _let_go(far)
        await sending
    return ways


def _let_go(far: "list[asyncio.Future[None]]") -> None:
    while far:
        far.pop().set_result(None)


@pytest.mark.parametrize(("agent", "ways"), [("hello", 1), ("lasting", 3)])
async def test_a_message_of_somebody_who_was_here_waits_for_the_store_once(
    house: House, alice: Browser, agent: str, ways: int
) -> None:
    """One after the other it would be eight times.

    An agent's whose turns are kept, twice more: whether it was told to stop before, and meanwhile.
    """
    chat_id = await begun(alice, agent)

    message = asked(house, alice, agent, chat_id)

    assert await ways_to_the_store(house, message) == ways
    assert message.answer.status == 200


async def test_no_message_waits_for_the_note_that_its_person_is_at_work(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(alice, "hello")
    message = asked(house, alice, "hello", chat_id)
    house.table.held = held = asyncio.Event()

    async with asyncio.timeout(WAIT_S):
        sending = asyncio.ensure_future(house.app(message.scope, message.receive, message.send))
        while len(house.runtime.invocations) < 2:
            await asyncio.sleep(0)
        held.set()
        await sending

    assert message.answer.status == 200


async def test_who_was_logged_out_elsewhere_is_refused_whatever_was_read_ahead(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(alice, "hello")
    ticket = parse_ticket(str(alice.ticket))
    assert ticket is not None
    owner = house.gate.ledger.owner(ticket.tenant, ticket.subject)
    message = asked(house, alice, "hello", chat_id)

    await house.table.delete(session_key(owner, hash_of(ticket.id)))

    # Beside the count of its address, and once more: nobody remembers a refusal.
    assert await ways_to_the_store(house, message) == 2
    assert message.answer.status == 401
    assert len(house.runtime.invocations) == 1
    # Nor is anything read ahead for that cookie again: else whoever has it asks for much in vain.
    again, before = asked(house, alice, "hello", ANOTHER_CHAT), house.table.reads
    # One after the other: its address is counted, its session is read.
    assert await ways_to_the_store(house, again) == 2
    assert again.answer.status == 401
    assert house.table.reads == before + 1


async def test_a_chat_that_is_gone_is_said_by_whoever_asks_for_it(
    house: House, alice: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(alice, "hello")

    message = asked(house, alice, "hello", ANOTHER_CHAT)

    assert await ways_to_the_store(house, message) <= 2
    assert message.answer.status == 404
    assert {record.name for record in caplog.records} == {"gatehouse"}


async def test_of_somebody_who_was_never_here_only_the_session_is_read(
    house: House, alice: Browser
) -> None:
    """Else whoever makes cookies up has the store asked several times for each."""
    chat_id = await begun(alice, "hello")
    forged = f"{str(alice.ticket)[:-43]}{'A' * 43}".encode()
    message = asked(house, alice, "hello", chat_id)
    message.scope["headers"] = [
        (name, value.replace(str(alice.ticket).encode(), forged))
        for name, value in message.scope["headers"]
    ]
    before = house.table.reads

    assert await ways_to_the_store(house, message) == 2
    assert message.answer.status == 401
    assert house.table.reads == before + 1
