"""What a message asks the store for is asked for at once, however far away the store is."""

import asyncio
from pathlib import Path

import pytest
from starlette.types import Message

from fakes.proxy.asgi import WAIT_S, Exchange, exchange, problem_of
from fakes.proxy.browser import FETCH, ORIGIN, Browser
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

[agents.voice]
title = "Voice"
protocol = "HTTP"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/voice-a1B2c3D4e5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-voice"
tenants = ["acme"]
websocket = true
"""
A_WHILE_S = 90
A_MOMENT_S = 2
"""Long enough for a session to be read anew, and in the minute in which its address was counted."""

READS = 4
"""Of the session, its tenant and its chat; and the last one whether that was told to stop."""

ANOTHER_CHAT = "01K4XG7S3E6C3K2M9V0T5B8N1Q"


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    """Remember as a server does, and have an agent whose turns outlive their browser."""
    place = tmp_path / "with-lasting.toml"
    place.write_text(REGISTRY + LASTING)
    return {"BFF_REGISTRY": f"file:{place}", "BFF_SESSION_CACHE": "1s"}


async def begun(house: House, browser: Browser, agent: str) -> str:
    """Begin a chat, and let its first turn be written down; return its id."""
    chat_id = (await browser.say(agent, b"{}")).header("chat-id")
    assert chat_id is not None
    async with asyncio.timeout(WAIT_S):
        while house.gate.turns.streams.open:
            await asyncio.sleep(0)
    return chat_id


def asked(
    house: House, browser: Browser, agent: str, chat_id: str, *, name: str | None = None
) -> Exchange:
    """Return the next message of somebody who has thought for a while."""
    house.clock.advance(A_WHILE_S)
    named = [] if name is None else [("Idempotency-Key", name)]
    return browser.invocation(agent, headers=[("Chat-Id", chat_id), *named])


class Handshake(Exchange):
    """A socket that is refused, in HTTP's words."""

    async def receive(self) -> Message:
        """Return that a socket is wanted; and its end, once that is refused."""
        if self.parts:
            self.parts.clear()
            return {"type": "websocket.connect"}
        if not self.ended:
            await self.left.wait()
        return {"type": "websocket.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a message."""
        await super().send({**message, "type": message["type"].removeprefix("websocket.")})


def handshake_of(browser: Browser, target: str, *, origin: str = ORIGIN) -> Exchange:
    """Return the handshake of a socket."""
    scope = exchange("GET", target, headers=[("Origin", origin), *browser.cookies()]).scope
    denial: dict[str, object] = {"websocket.http.response": {}}
    return Handshake(
        scope={**scope, "type": "websocket", "subprotocols": [], "extensions": denial}, parts=[b""]
    )


async def comes_through(house: House, message: Exchange, *, ways: int) -> bool:
    """Send a message; tell whether its agent had it, or it was answered, so many ways to the store
    and back later.

    What waits at the same moment waits once.
    """
    house.table.far = far = list["asyncio.Future[None]"]()
    before = len(house.runtime.invocations)
    sending = asyncio.ensure_future(house.app(message.scope, message.receive, message.send))
    try:
        async with asyncio.timeout(WAIT_S):
            while len(house.runtime.invocations) == before and not sending.done():
                for _ in range(300):
                    await asyncio.sleep(0)
                if far and ways:
                    _let_go(far)
                    ways -= 1
    except TimeoutError:
        return False
    finally:
        house.table.far = None
        _let_go(far)
        await sending
    return True


def _let_go(far: "list[asyncio.Future[None]]") -> None:
    while far:
        way = far.pop()
        # Nobody may be left who waits: the turn is over before it is known that nobody stopped it.
        if not way.done():
            way.set_result(None)


@pytest.mark.parametrize(("agent", "ways"), [("hello", 1), ("lasting", 2)])
async def test_a_message_of_somebody_who_was_here_waits_for_the_store_once(
    house: House, alice: Browser, agent: str, ways: int
) -> None:
    """One after the other it would be eight times.

    An agent's whose turns are kept, once more: whether its chat was told to stop.
    """
    chat_id = await begun(house, alice, agent)

    message = asked(house, alice, agent, chat_id)

    assert await comes_through(house, message, ways=ways)
    assert message.answer.status == 200


async def test_a_stop_is_looked_for_while_the_name_of_the_message_is_written_down(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(house, alice, "lasting")
    message = asked(house, alice, "lasting", chat_id, name="one")
    house.table.held = held = asyncio.Event()
    before = house.table.reads

    async with asyncio.timeout(WAIT_S):
        sending = asyncio.ensure_future(house.app(message.scope, message.receive, message.send))
        # While nothing can be written.
        while house.table.reads < before + READS:
            await asyncio.sleep(0)
        held.set()
        await sending

    assert message.answer.status == 200


@pytest.mark.parametrize("after_s", [A_WHILE_S, A_MOMENT_S])
async def test_a_handshake_of_somebody_who_was_here_waits_for_the_store_once(
    house: House, alice: Browser, after_s: int
) -> None:
    chat_id = await begun(house, alice, "voice")
    house.clock.advance(after_s)

    handshake = handshake_of(alice, f"/api/agents/voice/ws?chat={chat_id}")

    assert await comes_through(house, handshake, ways=1)
    # Nothing of it was refused before it came to the agent, who speaks no WebSocket here.
    assert handshake.answer.json["code"] == "agent_failed"


async def test_the_way_back_to_an_answer_waits_once_for_whose_it_is(
    house: House, alice: Browser
) -> None:
    """One after the other it would be seven times."""
    chat_id = await begun(house, alice, "lasting")
    house.clock.advance(A_WHILE_S)

    back = exchange(
        "GET", f"/api/chats/{chat_id}/stream?running=1", headers=[*alice.cookies(), *FETCH]
    )

    # Its address is counted first, and at the end it looks for the turn, in two steps.
    assert await comes_through(house, back, ways=4)
    assert problem_of(back.answer)["code"] == "stream_unknown"


async def test_what_the_browser_policy_refuses_has_nothing_read(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(house, alice, "hello")
    message = asked(house, alice, "hello", chat_id)
    message.scope["headers"] = [
        (name, b"same-site" if name.lower() == b"sec-fetch-site" else value)
        for name, value in message.scope["headers"]
    ]
    target = f"/api/agents/voice/ws?chat={chat_id}"
    handshake = handshake_of(alice, target, origin="https://evil.example")
    before = house.table.reads

    for one in (message, handshake):
        # Its address is counted anew, too.
        house.clock.advance(A_WHILE_S)
        assert await comes_through(house, one, ways=1)

    assert [message.answer.status, handshake.answer.status] == [403, 403]
    assert house.table.reads == before


async def test_no_message_waits_for_the_note_that_its_person_is_at_work(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(house, alice, "hello")
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
    chat_id = await begun(house, alice, "hello")
    ticket = parse_ticket(str(alice.ticket))
    assert ticket is not None
    owner = house.gate.ledger.owner(ticket.tenant, ticket.subject)
    message = asked(house, alice, "hello", chat_id)

    await house.table.delete(session_key(owner, hash_of(ticket.id)))

    # Beside the count of its address, and once more: nobody remembers a refusal.
    assert await comes_through(house, message, ways=2)
    assert message.answer.status == 401
    assert len(house.runtime.invocations) == 1
    # Nor is anything read ahead for that cookie again: else whoever has it asks for much in vain.
    again, before = asked(house, alice, "hello", ANOTHER_CHAT), house.table.reads
    # One after the other: its address is counted, its session is read.
    assert await comes_through(house, again, ways=2)
    assert again.answer.status == 401
    assert house.table.reads == before + 1


async def test_a_chat_that_is_gone_is_said_by_whoever_asks_for_it(
    house: House, alice: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(house, alice, "hello")

    message = asked(house, alice, "hello", ANOTHER_CHAT)

    assert await comes_through(house, message, ways=2)
    assert message.answer.status == 404
    assert {record.name for record in caplog.records} == {"gatehouse"}


async def test_of_somebody_who_was_never_here_only_the_session_is_read(
    house: House, alice: Browser
) -> None:
    """Else whoever makes cookies up has the store asked several times for each."""
    chat_id = await begun(house, alice, "hello")
    forged = f"{str(alice.ticket)[:-43]}{'A' * 43}".encode()
    message = asked(house, alice, "hello", chat_id)
    message.scope["headers"] = [
        (name, value.replace(str(alice.ticket).encode(), forged))
        for name, value in message.scope["headers"]
    ]
    before = house.table.reads

    assert await comes_through(house, message, ways=2)
    assert message.answer.status == 401
    assert house.table.reads == before + 1
