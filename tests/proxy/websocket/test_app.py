"""A socket from the browser's handshake on, over uvicorn and a real WebSocket behind it."""

import json
from urllib.parse import parse_qs, urlsplit

from fakes.proxy.browser import Browser
from fakes.proxy.provider.people import CAROL
from fakes.websocket.house import SocketHouse
from fakes.websocket.questions import GRANT, SESSION_ID, VOICE
from trust.grant.session_policy import Extra, caller_policy


async def test_browser_and_agent_talk_to_each_other(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice) as socket:
        other = await socket_house.agent.met()
        for message in ("hello", b"\x00\xff"):
            await socket.send(message)
            assert await other.recv() == message
            await other.send(message)
            assert await socket.recv() == message
        await socket.send(["a message ", "in pieces"])
        assert await other.recv() == "a message in pieces"
    await socket_house.agent.left()


async def test_the_handshake_with_the_agent_is_signed_for_this_chat_and_tenant(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice, headers=[(SESSION_ID, "mine"), ("X-Other", "y")]):
        await socket_house.agent.met()
        header = socket_house.agent.header
        request = socket_house.agent.connections[-1].request

    assert request is not None
    address = urlsplit(request.path)
    assert address.path.endswith("runtime%2Fvoice-a1B2c3D4e5/ws")
    assert parse_qs(address.query) == {"qualifier": ["DEFAULT"]}
    assert str(header("Authorization")).startswith("AWS4-HMAC-SHA256 Credential=ASIA")
    assert len(str(header(SESSION_ID))) > 40
    assert header(GRANT)
    assert [header(name) for name in ("Cookie", "Origin", "X-Other", "User-Agent")] == [None] * 4


async def test_the_grant_allows_the_socket(socket_house: SocketHouse, alice: Browser) -> None:
    async with socket_house.talk(alice):
        pass

    arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/voice-a1B2c3D4e5"
    policies = [request.policy for request in socket_house.house.vendor.requests]
    assert caller_policy(arn, Extra.WEBSOCKET) in policies


async def test_the_person_s_token_proves_an_agent_that_wants_it(
    socket_house: SocketHouse,
) -> None:
    carol = socket_house.house.browser()
    await carol.login(CAROL)

    async with socket_house.talk(carol, "/api/agents/intercom/ws"):
        await socket_house.agent.met()
        assert str(socket_house.agent.header("Authorization")).startswith("Bearer ")


async def test_a_chat_goes_on_over_the_next_socket(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice) as socket:
        await socket_house.agent.met()
        first = socket_house.agent.header(SESSION_ID)
        assert socket.response is not None
        chat = socket.response.headers["chat-id"]
    async with socket_house.talk(alice, f"{VOICE}?chat={chat}") as socket:
        await socket_house.agent.met(2)
        assert socket_house.agent.header(SESSION_ID) == first
        assert socket.response is not None
        assert socket.response.headers["chat-id"] == chat
    async with socket_house.talk(alice):
        await socket_house.agent.met(3)
        assert socket_house.agent.header(SESSION_ID) != first


async def test_a_page_that_asks_for_it_is_told_the_chat_before_anything_else(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice, f"{VOICE}?announce=1") as socket:
        other = await socket_house.agent.met()
        await other.send("the agent's first word")
        assert socket.response is not None
        told = {"type": "gatehouse.chat", "chat_id": socket.response.headers["chat-id"]}

        assert json.loads(await socket.recv()) == told
        assert await socket.recv() == "the agent's first word"


async def test_the_agent_chooses_among_the_subprotocols_that_pass(
    socket_house: SocketHouse, alice: Browser
) -> None:
    offered = ["base64UrlBearerAuthorization.abc", "mcp"]

    async with socket_house.talk(alice, subprotocols=offered) as socket:
        assert socket.subprotocol == "mcp"

    assert socket_house.agent.header("Sec-WebSocket-Protocol") == "mcp"


async def test_no_answer_may_be_kept_and_nothing_is_compressed(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice) as socket:
        assert socket.response is not None
        headers = socket.response.headers

    assert headers["cache-control"] == "no-store"
    assert "sec-websocket-extensions" not in headers
    assert len(headers["x-request-id"]) == 16
