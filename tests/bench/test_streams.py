"""The stream's two ends against each other: what is ordered is what is noted."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from bench.load.post import body
from bench.load.streams import drained, ended, opened
from bench.load.wrk import LoadFailed
from bench.target import Peer, Target
from bench.upstream.events import Agent, Order, order_of


@pytest.fixture
async def target() -> AsyncGenerator[Target]:
    server = await asyncio.get_running_loop().create_server(Agent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    headers = {"Authorization": "Bearer of-nobody"}
    yield Target(
        peer=Peer.DIRECT, url=f"http://127.0.0.1:{port}/events", program=None, headers=headers
    )
    server.close()
    await server.wait_closed()


def test_the_order_is_a_member_of_the_message() -> None:
    assert order_of(body(events=3, every_ms=20)) == Order(events=3, every_ms=20)
    assert order_of(b"") == order_of(b'{"messages": []}') == Order()


async def test_every_event_is_noted_and_the_end_is_seen(target: Target) -> None:
    readers = await opened([target] * 3, body(events=4, every_ms=1), apart_s=0)
    await ended(readers)

    assert [len(reader.lags_s) for reader in readers] == [4, 4, 4]
    assert all(0 < lag < reader.first_s + 1 for reader in readers for lag in reader.lags_s)


async def test_a_stream_is_held_until_its_client_goes_away(target: Target) -> None:
    before = Agent.held
    (reader,) = await opened([target], body(events=1, hold=True), apart_s=0)
    held = Agent.held
    reader.close()
    await ended([reader])
    while Agent.held > before:
        await asyncio.sleep(0)

    assert held == before + 1


async def test_a_call_without_authorization_is_refused(target: Target) -> None:
    stranger = Target(peer=Peer.DIRECT, url=target.url, program=None)

    with pytest.raises(LoadFailed, match="401"):
        await opened([stranger], body(), apart_s=0)


async def test_a_flood_ends_with_its_client_and_leaves_time_for_others(target: Target) -> None:
    before = Agent.held
    count, took = await drained(target, body(flood=True), seconds=0.05)
    (reader,) = await opened([target], body(events=1), apart_s=0)
    await ended([reader])
    while Agent.held > before:
        await asyncio.sleep(0)

    assert count > 100_000
    assert took >= 0.05


async def test_a_flood_that_breaks_off_is_no_figure() -> None:
    server = await asyncio.get_running_loop().create_server(_Leaving, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    leaving = Target(peer=Peer.NODE, url=f"http://127.0.0.1:{port}/", program=None)

    async with server:
        with pytest.raises(LoadFailed, match="ended after 8 bytes"):
            await drained(leaving, body(flood=True), seconds=0.05)


class _Leaving(asyncio.Protocol):
    """Says something and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"HTTP/1.1")
        transport.close()
