"""What every wire does with a connection: which is used again, and which call is lost with one."""

import asyncio
import sys
from operator import attrgetter

import pytest

from fakes.wire.calls import came, get, post
from fakes.wire.scripted import WAIT_S, Peer, Serve, turns
from trust.wire.call import Broken, Unreachable, Wire
from trust.wire.http import HttpxWire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
NOTHING = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK, id="length"),
        pytest.param(CHUNKED, id="chunks"),
        pytest.param(NOTHING, id="no body"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, id="interim"),
    ],
)
async def test_a_connection_is_used_again(wire: Wire, serve: Serve, answer: bytes) -> None:
    async def script(peer: Peer) -> None:
        while True:
            await peer.answer(answer)

    async with serve(script) as server:
        for _ in range(3):
            await came(wire, post(server.url, b"asked"))

        assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), id="close"),
        pytest.param(OK.replace(b"OK\r\n", b"OK\r\nConnection: a, Close\r\n"), id="in a list"),
        pytest.param(CHUNKED.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), id="chunks"),
        pytest.param(OK.replace(b"1.1", b"1.0"), id="HTTP/1.0"),
    ],
)
async def test_a_connection_that_is_said_to_end_is_not_used_again(
    wire: Wire, serve: Serve, answer: bytes
) -> None:
    """It is closed by us, too: its peer need not."""
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(answer)
        assert await peer.gone()
        left.set()

    async with serve(script) as server:
        for _ in range(2):
            assert (await came(wire, get(server.url))).body == b"ok"
            async with asyncio.timeout(WAIT_S):
                await left.wait()
            left.clear()

        assert server.connections == 2


@pytest.mark.parametrize("heard", [False, True], ids=["a moment ago", "long ago"])
async def test_a_connection_that_was_closed_while_it_was_idle_costs_no_call(
    wire: Wire, serve: Serve, *, heard: bool
) -> None:
    calls = 0
    closed = asyncio.Event()

    async def script(peer: Peer) -> None:
        nonlocal calls
        await peer.answer(OK)
        calls += 1
        await peer.close()
        closed.set()

    async with serve(script) as server:
        for _ in range(3):
            assert (await came(wire, post(server.url, b"asked"))).status == 200
            async with asyncio.timeout(WAIT_S):
                await closed.wait()
            closed.clear()
            if heard:
                await turns(20)

        assert (calls, server.connections) == (3, 3)


@pytest.mark.parametrize("used", [False, True], ids=["new", "kept"])
@pytest.mark.parametrize("end", ["closed", "reset"])
async def test_a_call_that_may_have_arrived_is_lost_and_not_repeated(
    wire: Wire, serve: Serve, end: str, *, used: bool
) -> None:
    arrived = 0

    async def script(peer: Peer) -> None:
        nonlocal arrived
        if used:
            await peer.answer(OK)
        await peer.request()
        arrived += 1
        if end == "reset":
            peer.line.reset()

    async with serve(script) as server:
        if used:
            await came(wire, post(server.url, b"asked"))
        with pytest.raises(Broken):
            await came(wire, post(server.url, b"asked"))

        assert (arrived, server.connections) == (1, 1)


async def test_where_nobody_listens_nothing_was_sent(wire: Wire, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()

    async with serve(script) as server:
        url = server.url
    with pytest.raises(Unreachable):
        await wire.open(get(url))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://nobody.invalid/", id="no such name"),
        pytest.param(f"http://{'a' * 64}.invalid/", id="a label that is too long"),
        pytest.param("http://a..b/", id="an empty label"),
    ],
)
async def test_a_name_that_leads_nowhere_is_unreachable(wire: Wire, url: str) -> None:
    with pytest.raises(Unreachable):
        await wire.open(get(url))


async def test_a_body_of_a_megabyte_arrives(wire: Wire, serve: Serve) -> None:
    body = bytes(range(256)) * 4096
    bodies: list[bytes] = []

    async def script(peer: Peer) -> None:
        bodies.append((await peer.request()).partition(b"\r\n\r\n")[2])
        await peer.say(OK)

    async with serve(script) as server:
        await came(wire, post(server.url, body))

    assert bodies == [body]


async def test_an_answer_may_come_before_the_body_is_sent(wire: Wire, serve: Serve) -> None:
    early = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

    async def refusing(peer: Peer) -> None:
        await peer.head()
        await peer.say(early)
        await peer.gone()

    async def script(peer: Peer) -> None:
        await peer.answer(OK)

    async with serve(refusing, script) as server:
        big = await came(wire, post(server.url, bytes(4_000_000)))
        small = await came(wire, get(server.url))

        assert (big.status, small.status, server.connections) == (413, 200, 2)


async def test_nobody_is_left_when_the_wire_is_closed(wire: Wire, serve: Serve) -> None:
    gone: list[bool] = []

    async def idle(peer: Peer) -> None:
        await peer.answer(OK)
        gone.append(await peer.gone())

    async def silent(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 200 OK\r\n\r\n")
        gone.append(await peer.gone())

    async with serve(silent, idle) as server:
        answer = await wire.open(get(server.url))
        await came(wire, get(server.url))
        await wire.close()
        with pytest.raises(Broken):
            await answer.read()
        answer.close()
        while len(gone) < 2:
            await asyncio.sleep(0)

    assert gone == [True, True]


async def test_no_call_waits_in_the_pool_of_httpx() -> None:
    """It loses a connection for each call that is cancelled as its waiting ends."""
    wire = HttpxWire()
    pool = attrgetter("_client._transport._pool")(wire)
    await wire.close()

    # A thousand sockets and one more would show it, too, where a process may have so many.
    assert vars(pool)["_max_connections"] == sys.maxsize
