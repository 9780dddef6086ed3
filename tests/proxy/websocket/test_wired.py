"""Sockets in the whole application: what every request passes first, a handshake passes as well."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.proxy.asgi import WAIT_S, problem_of
from fakes.websocket.house import SocketHouse, wired
from fakes.websocket.questions import VOICE, code_of, events


@pytest.fixture
async def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SocketHouse]:
    """Open a Gatehouse as it is served."""
    async with wired(tmp_path, monkeypatch, {}) as opened:
        yield opened


async def test_a_handshake_has_an_id_an_address_and_the_headers_of_every_answer(
    whole: SocketHouse,
) -> None:
    alice = whole.house.browser()
    await alice.login()

    async with whole.talk(alice) as socket:
        await (await whole.agent.met()).send("hello")
        assert await socket.recv() == "hello"
        assert socket.response is not None
        headers = socket.response.headers
    async with asyncio.timeout(WAIT_S):
        while not (ends := events(whole, "socket.ended")):
            await asyncio.sleep(0.001)

    assert headers["strict-transport-security"]
    assert headers["cache-control"] == "no-store"
    assert ends[0]["request"] == headers["x-request-id"]
    assert ends[0]["address"] == "127.0.0.1"


async def test_another_site_s_handshake_is_refused_and_written_down(whole: SocketHouse) -> None:
    alice = whole.house.browser()
    await alice.login()

    response = await whole.refusal(alice, origin="https://evil.example")

    assert (response.status_code, code_of(response)) == (403, "cross_site_request")
    assert response.headers["strict-transport-security"]
    (told,) = [event for event in events(whole, "audit") if event["deed"] == "request"]
    assert (told["why"], told["address"]) == ("cross_site_request", "127.0.0.1")


async def test_a_handshake_elsewhere_finds_nothing(whole: SocketHouse) -> None:
    alice = whole.house.browser()
    await alice.login()

    for target in ("/", "/auth/session", "/api/agents/voice/invocations", "/healthz"):
        assert (await whole.refusal(alice, target)).status_code == 404


async def test_the_path_without_a_handshake_is_no_route(whole: SocketHouse) -> None:
    alice = whole.house.browser()
    await alice.login()

    answer = await alice.fetch("GET", VOICE)

    assert (answer.status, problem_of(answer)["code"]) == (404, "not_found")


async def test_handshakes_of_an_address_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(tmp_path, monkeypatch, {"BFF_LIMIT_ADDRESS_CALLS": "2/1m"}) as opened:
        nobody = opened.house.browser()
        codes = [code_of(await opened.refusal(nobody)) for _ in range(3)]

    assert codes == ["not_logged_in", "not_logged_in", "rate_limited"]


async def test_a_store_that_is_down_is_told_by_a_status(whole: SocketHouse) -> None:
    alice = whole.house.browser()
    await alice.login()
    whole.house.table.down = True

    response = await whole.refusal(alice)

    assert (response.status_code, code_of(response)) == (503, "store_unavailable")
