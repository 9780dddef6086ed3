"""Connections that are kept for the next call, and for how long."""

import asyncio
import ssl
from contextlib import suppress

import pytest

from fakes.loop_time import LoopTime, timers
from fakes.two_clocks import TwoClocks
from fakes.wire.calls import came, get, post
from fakes.wire.readings import Loose
from fakes.wire.scripted import WAIT_S, Peer, Serve, many, turns
from trust.wire import client
from trust.wire.client import IDLE_S, SWEPT_EVERY_S, LeanWire
from trust.wire.connection import HELD_BYTES, Connection
from trust.wire.sockets import left_below

HEAD = b"HTTP/1.1 200 OK\r\n"
OK = HEAD + b"Content-Length: 2\r\n\r\nok"


async def test_no_more_idle_connections_are_kept_than_allowed(
    lean: LeanWire, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MOST_IDLE", 2)
    everybody = asyncio.Barrier(6)
    left = asyncio.Semaphore(0)

    async def script(peer: Peer) -> None:
        await peer.request()
        await everybody.wait()
        await peer.say(OK)
        await peer.gone()
        left.release()

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        await asyncio.gather(*(came(lean, get(server.url)) for _ in range(6)))
        for _ in range(4):
            await left.acquire()
        await turns(20)

        assert left.locked()


async def test_after_a_rush_the_next_one_finds_its_connections_again(
    lean: LeanWire, serve: Serve
) -> None:
    """A handshake for each would be most of what its calls cost."""
    rush = 300
    everybody = asyncio.Barrier(rush)

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await everybody.wait()
            await peer.say(OK)

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        for _ in range(3):
            await asyncio.gather(*(came(lean, get(server.url)) for _ in range(rush)))

        assert server.connections == rush


async def test_what_nobody_asks_for_any_more_is_closed_when_its_time_is_over(
    believers: ssl.SSLContext, serve: Serve, time: LoopTime
) -> None:
    everybody, left = asyncio.Barrier(3), asyncio.Barrier(4)

    async def script(peer: Peer) -> None:
        await peer.request()
        await everybody.wait()
        await peer.say(OK)
        with suppress(ConnectionError):
            await peer.line.receive()
        await left.wait()

    wire = LeanWire(believers)
    async with serve(script) as server:
        await asyncio.gather(*(came(wire, get(server.url)) for _ in range(3)))
        await time.passes(IDLE_S - 0.1)
        await turns(20)
        assert left.n_waiting == 0

        await time.passes(SWEPT_EVERY_S + 0.2)
        await turns(20)
        assert left.n_waiting == 3
        await left.wait()
        assert timers() == set()


async def test_a_call_that_wants_a_connection_of_its_own_takes_none_that_is_kept(
    lean: LeanWire, serve: Serve
) -> None:
    async with serve(many) as server:
        await came(lean, get(server.url))
        await came(lean, get(server.url))
        assert server.connections == 1

        await came(lean, get(server.url)._replace(anew=True))

        assert server.connections == 2


async def test_what_was_idle_for_too_long_is_closed_and_not_used(
    believers: ssl.SSLContext, serve: Serve
) -> None:
    left = asyncio.Semaphore(0)

    async def script(peer: Peer) -> None:
        await peer.answer(OK)
        await peer.gone()
        left.release()

    impatient = LeanWire(believers, idle_s=-1.0)
    async with serve(script) as server, asyncio.timeout(WAIT_S):
        for _ in range(3):
            await came(impatient, get(server.url))
        for _ in range(2):
            await left.acquire()

        assert server.connections == 3
        await impatient.close()


async def test_what_was_idle_for_too_long_is_not_used_by_the_next_who_asks(
    believers: ssl.SSLContext, serve: Serve
) -> None:
    left = asyncio.Semaphore(0)

    async def script(peer: Peer) -> None:
        await peer.answer(OK)
        await peer.gone()
        left.release()

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        impatient, loop = LeanWire(believers, idle_s=0.0), asyncio.get_running_loop()
        for _ in range(3):
            await came(impatient, get(server.url))
            freed = loop.time()
            while loop.time() <= freed:
                await asyncio.sleep(0)
        # Nor does it stay open for nothing.
        for _ in range(2):
            await left.acquire()

        assert server.connections == 3
        await impatient.close()


@pytest.mark.parametrize(("frozen_s", "connections"), [(IDLE_S - 1, 1), (IDLE_S + 1, 2)])
async def test_the_time_in_which_the_process_is_frozen_counts(
    believers: ssl.SSLContext, serve: Serve, frozen_s: float, connections: int
) -> None:
    """Whoever ends a connection meanwhile is not heard, and the next call over it is lost."""
    clock = TwoClocks()
    wire = LeanWire(believers, clock=clock)
    async with serve(many) as server:
        await came(wire, get(server.url))
        clock.freeze(frozen_s)
        await came(wire, get(server.url))

        assert server.connections == connections
        await wire.close()


@pytest.mark.parametrize(
    ("said", "connections"),
    [("timeout=1", 3), ("max=7, timeout=1", 3), ("timeout=60", 1), ("timeout=soon", 1)],
)
async def test_a_connection_is_let_go_before_its_peer_closes_it(
    lean: LeanWire, serve: Serve, said: str, connections: int
) -> None:
    answer = OK.replace(b"\r\n\r\n", f"\r\nKeep-Alive: {said}\r\n\r\n".encode())

    async def script(peer: Peer) -> None:
        while True:
            await peer.answer(answer)

    async with serve(script) as server:
        loop = asyncio.get_running_loop()
        for _ in range(3):
            await came(lean, get(server.url))
            freed = loop.time()
            while loop.time() <= freed:
                await asyncio.sleep(0)

        assert server.connections == connections


async def test_a_peer_that_keeps_a_connection_for_long_does_not_make_us_keep_it(
    believers: ssl.SSLContext, serve: Serve
) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(OK.replace(b"\r\n\r\n", b"\r\nKeep-Alive: timeout=60\r\n\r\n"))
        await peer.gone()

    impatient = LeanWire(believers, idle_s=-1.0)
    async with serve(script, script) as server:
        for _ in range(2):
            await came(impatient, get(server.url))

        assert server.connections == 2
        await impatient.close()


async def test_a_connection_that_its_reader_held_up_is_not_kept() -> None:
    """Nothing would be read of the next answer. With TLS, an end comes in records behind others."""
    transport = Loose()
    connection = Connection(asyncio.get_running_loop(), lambda _: None)
    connection.connection_made(transport)
    connection.send("GET", b"", b"")
    connection.data_received(HEAD + b"Content-Length: %d\r\n\r\n" % (HELD_BYTES + 2))
    connection.data_received(bytes(HELD_BYTES + 1))
    connection.data_received(b"x")

    assert (connection.usable, transport.paused) == (True, True)
    assert not connection.reusable
    await connection.read()
    assert connection.reusable


async def test_a_connection_whose_peer_has_not_taken_the_call_is_not_kept(
    lean: LeanWire, serve: Serve
) -> None:
    """It answers early, and may take the rest of the call for the next one."""
    over = asyncio.Event()

    async def early(peer: Peer) -> None:
        await peer.head()
        await peer.say(OK)
        await over.wait()

    async with serve(early, many) as server:
        assert (await came(lean, post(server.url, bytes(2_000_000)))).body == b"ok"
        assert (await came(lean, get(server.url))).body == b"ok"
        over.set()

        assert server.connections == 2


async def test_a_connection_whose_peer_has_taken_a_large_call_is_kept(
    lean: LeanWire, serve: Serve
) -> None:
    async with serve(many) as server:
        for _ in range(5):
            assert (await came(lean, post(server.url, bytes(2_000_000)))).body == b"ok"

        assert server.connections == 1


async def test_where_the_system_tells_nothing_of_it_the_peer_has_taken_all() -> None:
    assert left_below(Loose()) == 0
