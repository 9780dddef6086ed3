"""Every way in which a socket ends, and what either side is told of it."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send
from websockets.asyncio.server import ServerConnection

from fakes.proxy.asgi import WAIT_S
from fakes.proxy.browser import ORIGIN, Browser
from fakes.websocket.house import SocketHouse
from fakes.websocket.page import Page
from fakes.websocket.questions import VOICE, closed, code_of
from proxy.errors import ServerRestarting
from proxy.websocket.app import SocketBounds
from proxy.websocket.handover import as_request


async def test_a_browser_that_leaves_takes_the_agent_s_side_along(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice) as socket:
        other = await socket_house.agent.met()
        await socket.close(4001, "not for the agent")
    await socket_house.agent.left()

    assert (other.close_code, other.close_reason) == (4001, "")


async def test_an_agent_that_leaves_ends_the_browser_s_side_without_its_words(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice) as socket:
        other = await socket_house.agent.met()
        await other.send("last words")
        closing = asyncio.ensure_future(other.close(4002, "secret text of the agent"))
        assert await socket.recv() == "last words"
        assert await closed(socket) == (4002, "")
        await closing


async def test_an_agent_that_breaks_off_has_failed(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice) as socket:
        (await socket_house.agent.met()).transport.abort()

        assert await closed(socket) == (1011, "agent_failed")


async def test_a_message_too_long_for_us_ends_it_from_either_side(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice) as socket:
        await socket.send(b"x" * (1024 * 1024 + 1))
        assert (await closed(socket))[0] == 1009
    await socket_house.agent.left()
    async with socket_house.talk(alice) as socket:
        await (await socket_house.agent.met(2)).send(b"x" * (1024 * 1024 + 1))
        assert await closed(socket) == (1011, "agent_failed")


async def test_a_stop_ends_it(socket_house: SocketHouse, alice: Browser) -> None:
    async with socket_house.talk(alice) as socket:
        other = await socket_house.agent.met()
        assert socket.response is not None
        chat = socket.response.headers["chat-id"]
        answer = await alice.fetch("POST", f"/api/chats/{chat}/stop")

        assert await closed(socket) == (1000, "turn_stopped")

    assert answer.status == 204
    await socket_house.agent.left()
    assert other.close_code == 1001


async def test_a_revoked_session_s_socket_is_cut(socket_house: SocketHouse, alice: Browser) -> None:
    async with socket_house.talk(alice) as socket:
        other = await socket_house.agent.met()
        sending = asyncio.ensure_future(_chatter(other))
        await alice.fetch("POST", "/auth/logout")

        assert await closed(socket) == (4401, "session_revoked")
        sending.cancel()
        await asyncio.wait({sending})


async def _chatter(other: ServerConnection) -> None:
    """Say something every now and then: a socket that is in use is cut no later."""
    while True:
        await other.send("still talking")
        await asyncio.sleep(0.01)


async def test_a_process_that_goes_down_says_so_and_takes_nobody_new(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice) as socket:
        await socket_house.agent.met()
        await socket_house.house.gate.turns.streams.drain(0)

        assert await closed(socket) == (1012, ServerRestarting.code)

    response = await socket_house.refusal(alice)
    assert (response.status_code, code_of(response)) == (503, "server_restarting")


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        (SocketBounds(idle_s=0.05, total_s=WAIT_S), (1001, "socket_idle")),
        (SocketBounds(idle_s=WAIT_S, total_s=0.3), (1001, "agent_timeout")),
    ],
    ids=["silent", "long"],
)
async def test_a_socket_has_its_longest_times(
    socket_house: SocketHouse, alice: Browser, told: tuple[int, str]
) -> None:
    async with socket_house.talk(alice) as socket:
        assert await closed(socket) == told
    await socket_house.agent.left()


async def test_a_browser_that_is_torn_off_leaves_nothing_behind(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice) as socket:
        await socket_house.agent.met()
        socket.transport.abort()
    await socket_house.agent.left()

    async with asyncio.timeout(WAIT_S):
        while socket_house.house.gate.turns.streams.open:
            await asyncio.sleep(0.001)


def handshake(browser: Browser, page: Page) -> tuple[Scope, Receive, Send]:
    """Return a handshake at the ASGI interface."""
    headers = [("Origin", ORIGIN), *browser.cookies()]
    scope: Scope = {
        "type": "websocket",
        "path": VOICE,
        "query_string": b"announce=1",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        "subprotocols": [],
    }
    page.said.put_nowait({"type": "websocket.connect"})
    return as_request(scope, page.receive, page.send)


async def test_a_browser_that_is_gone_when_the_agent_is_there_leaves_nothing_behind(
    socket_house: SocketHouse, alice: Browser
) -> None:
    page = Page(gone=True)

    await socket_house.sockets(*handshake(alice, page))

    await socket_house.agent.left()
    assert page.sent == []
    assert not socket_house.house.gate.turns.streams.open


async def test_a_server_that_gives_up_on_us_leaves_nothing_behind(
    socket_house: SocketHouse, alice: Browser
) -> None:
    page = Page()
    task = asyncio.ensure_future(socket_house.sockets(*handshake(alice, page)))
    await page.heard(1)

    task.cancel()
    await asyncio.wait({task})

    assert task.cancelled()
    await socket_house.agent.left()
    assert not socket_house.house.gate.turns.streams.open
