"""What stands against a socket is told by a status, before the handshake is answered."""

import asyncio
from pathlib import Path

import pytest

from fakes.proxy.asgi import WAIT_S
from fakes.proxy.browser import Browser
from fakes.proxy.provider.people import BOB, CAROL
from fakes.proxy.wire import Call, serving
from fakes.websocket.hostile import CLOSE, TEXT, accept, frame
from fakes.websocket.house import SocketHouse, open_sockets
from fakes.websocket.questions import VOICE, closed, code_of, events


async def test_without_a_login_there_is_no_socket(socket_house: SocketHouse) -> None:
    response = await socket_house.refusal(socket_house.house.browser())

    assert (response.status_code, code_of(response)) == (401, "not_logged_in")
    assert "set-cookie" not in response.headers
    assert socket_house.agent.connections == []


async def test_the_cookie_of_a_session_that_has_ended_is_taken_from_the_browser(
    socket_house: SocketHouse, alice: Browser
) -> None:
    cookies = alice.cookies()
    await alice.fetch("POST", "/auth/logout")

    response = await socket_house.refusal(socket_house.house.browser(), headers=cookies)

    assert (response.status_code, code_of(response)) == (401, "not_logged_in")
    assert "__Host-Http-session=" in response.headers["set-cookie"]
    assert socket_house.agent.connections == []


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        (VOICE.replace("voice", "hello"), 404, "websocket_unsupported"),
        (VOICE.replace("voice", "tools"), 404, "websocket_unsupported"),
        (VOICE.replace("voice", "peer"), 404, "websocket_unsupported"),
        (VOICE.replace("voice", "nobody"), 404, "agent_unknown"),
        (VOICE.replace("voice", "intercom"), 404, "agent_unknown"),
        ("/api/agents/voice/ws/", 404, "agent_unknown"),
        ("/api/agents/voice/ws/shells", 404, "agent_unknown"),
        ("/api/agents//ws", 404, "agent_unknown"),
        ("/api/agents/voice%2Fx/ws", 404, "agent_unknown"),
        ("/api/agents/a/b/ws", 404, "agent_unknown"),
        ("/", 404, "agent_unknown"),
        (f"{VOICE}?chat=01ARZ3NDEKTSV4RRFFQ69G5FAV", 404, "chat_unknown"),
        (f"{VOICE}?chat=", 404, "chat_unknown"),
        (f"{VOICE}?{'&'.join('abcdefghi')}", 404, "chat_unknown"),
    ],
)
async def test_what_is_not_there_for_the_tenant_is_refused_by_a_status(
    socket_house: SocketHouse, alice: Browser, target: str, status: int, code: str
) -> None:
    response = await socket_house.refusal(alice, target)

    assert (response.status_code, code_of(response)) == (status, code)
    assert socket_house.agent.connections == []


async def test_a_chat_that_is_named_twice_or_is_somebody_else_s_is_not_there(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice) as socket:
        assert socket.response is not None
        chat = socket.response.headers["chat-id"]
    assert (
        code_of(await socket_house.refusal(alice, f"{VOICE}?chat={chat}&chat={chat}"))
        == "chat_unknown"
    )
    for person in (BOB, CAROL):
        other = socket_house.house.browser()
        await other.login(person)

        assert code_of(await socket_house.refusal(other, f"{VOICE}?chat={chat}")) == "chat_unknown"
    assert len(socket_house.agent.connections) == 1


async def test_sockets_are_counted_as_open_answers(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async with socket_house.talk(alice):
        async with socket_house.talk(alice):
            response = await socket_house.refusal(alice)
            assert (response.status_code, code_of(response)) == (429, "too_many_streams")
            assert response.headers["retry-after"] == "5"
        async with asyncio.timeout(WAIT_S):
            while len(socket_house.house.gate.turns.streams.open) > 1:
                await asyncio.sleep(0.001)
        async with socket_house.talk(alice):
            pass


async def test_a_call_too_many_of_a_session_opens_no_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_sockets(tmp_path, monkeypatch, {"BFF_LIMIT_CALLS": "3/1m"}) as opened:
        alice = opened.house.browser()
        await alice.login()
        for _ in range(3):
            async with opened.talk(alice):
                pass

        assert code_of(await opened.refusal(alice)) == "rate_limited"
        assert len(opened.agent.connections) == 3


async def test_a_browser_that_leaves_before_the_agent_is_there_leaves_nothing_behind(
    socket_house: SocketHouse, alice: Browser
) -> None:
    asked = asyncio.Event()

    async def answer(call: Call) -> None:
        asked.set()
        await call.gone.wait()

    async with serving(answer) as wire:
        socket_house.behind(wire.origin)
        opening = asyncio.ensure_future(opened(socket_house, alice))
        async with asyncio.timeout(WAIT_S):
            await asked.wait()
        opening.cancel()
        await asyncio.wait({opening})
        async with asyncio.timeout(WAIT_S):
            await wire.calls[0].gone.wait()
            while socket_house.house.gate.turns.streams.open:
                await asyncio.sleep(0.001)


async def opened(socket_house: SocketHouse, browser: Browser) -> None:
    """Open a socket and close it."""
    async with socket_house.talk(browser):
        pass


async def test_a_session_that_ends_before_the_agent_is_there_is_told_by_a_status(
    socket_house: SocketHouse, alice: Browser
) -> None:
    async def answer(call: Call) -> None:
        await alice.fetch("POST", "/auth/logout")
        await call.gone.wait()

    async with serving(answer) as wire:
        socket_house.behind(wire.origin)

        response = await socket_house.refusal(alice)

    assert (response.status_code, code_of(response)) == (401, "session_revoked")


@pytest.mark.parametrize(
    ("status", "told", "code"),
    [
        (200, 502, "agent_failed"),
        (302, 502, "agent_failed"),
        (403, 403, "agent_forbidden"),
        (429, 429, "agent_busy"),
        (500, 502, "agent_failed"),
    ],
)
async def test_what_the_data_plane_says_instead_of_a_socket_is_told_in_our_words(
    socket_house: SocketHouse, alice: Browser, status: int, told: int, code: str
) -> None:
    async def answer(call: Call) -> None:
        call.respond(status, [("Location", "http://127.0.0.1:1/")], b"secret text of theirs")

    async with serving(answer) as wire:
        socket_house.behind(wire.origin)

        response = await socket_house.refusal(alice)

    assert (response.status_code, code_of(response)) == (told, code)
    assert b"secret text" not in bytes(response.body or b"")
    assert "location" not in response.headers


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(frame(TEXT, b"\xff"), id="no text"),
        pytest.param(frame(0x3, b"secret"), id="no opcode"),
        pytest.param(frame(CLOSE, b"\x03"), id="no close code"),
        pytest.param(frame(TEXT, b"half", length=9), id="no end"),
    ],
)
async def test_an_agent_that_breaks_the_protocol_has_failed(
    socket_house: SocketHouse, alice: Browser, raw: bytes
) -> None:
    async def answer(call: Call) -> None:
        accept(call)
        call.send(raw)
        call.transport.close()

    async with serving(answer) as wire:
        socket_house.behind(wire.origin)
        async with socket_house.talk(alice) as socket:
            assert await closed(socket) == (1011, "agent_failed")


async def test_an_agent_that_cannot_be_reached_is_told_by_a_status(
    socket_house: SocketHouse, alice: Browser
) -> None:
    socket_house.behind("http://127.0.0.1:1")

    response = await socket_house.refusal(alice)

    assert (response.status_code, code_of(response)) == (502, "agent_unreachable")


async def test_a_refused_handshake_leaves_no_stream_behind(
    socket_house: SocketHouse, alice: Browser
) -> None:
    await socket_house.refusal(alice, f"{VOICE}?chat=x")

    assert not socket_house.house.gate.turns.streams.open


async def test_refusals_are_written_down_and_so_is_the_end(
    socket_house: SocketHouse, alice: Browser
) -> None:
    response = await socket_house.refusal(alice, VOICE.replace("voice", "hello"))
    async with socket_house.talk(alice) as socket:
        await socket_house.agent.met()
        await socket.close(1000)
    await socket_house.agent.left()
    async with asyncio.timeout(WAIT_S):
        while not (ends := events(socket_house, "socket.ended")):
            await asyncio.sleep(0.001)

    (refusal,) = events(socket_house, "socket.refused")
    assert refusal["request"] == response.headers["x-request-id"]
    assert refusal["code"] == "websocket_unsupported"
    (audited,) = [
        event
        for event in events(socket_house, "audit")
        if event.get("why") == "websocket_unsupported"
    ]
    assert (audited["deed"], audited["outcome"]) == ("request", "refused")
    (end,) = ends
    assert (end["how"], end["agent"], end["tenant"]) == ("browser_left", "voice", "acme")
