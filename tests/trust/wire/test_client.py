"""What our own client does beyond the contract, and where its oracle would do worse."""

import asyncio

import pytest

from fakes.wire.calls import body_of, came, get, post
from fakes.wire.scripted import WAIT_S, Peer, Serve, many, scripted, turns
from trust.wire import client
from trust.wire.call import Answer, Broken, Unreachable
from trust.wire.client import LeanAnswer, LeanWire
from trust.wire.connection import Connection

HEAD = b"HTTP/1.1 200 OK\r\n"
OK = HEAD + b"Content-Length: 2\r\n\r\nok"


def _of(answer: Answer) -> Connection:
    assert isinstance(answer, LeanAnswer)
    assert answer._connection is not None
    return answer._connection


async def test_the_rest_of_a_body_is_never_in_front_of_another_call(
    lean: LeanWire, serve: Serve
) -> None:
    """A server that answers early may take what is left of the body for a request."""
    done = asyncio.Event()

    async def refusing(peer: Peer) -> None:
        await peer.head()
        await peer.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await done.wait()

    async with serve(refusing, many) as server:
        big = await came(lean, post(server.url, bytes(16_000_000)))
        small = await came(lean, get(server.url))
        done.set()

        assert (big.status, small.status, server.connections) == (413, 200, 2)


async def test_a_refusal_is_heard_of_a_peer_that_does_not_wait_for_the_body(
    lean: LeanWire, serve: Serve
) -> None:
    """It closes with bytes unread, so that TCP tells of a reset on top of what it has said."""

    async def refusing(peer: Peer) -> None:
        await peer.head()
        await peer.say(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

    async with serve(refusing) as server:
        assert (await came(lean, post(server.url, bytes(1_000_000)))).status == 413


@pytest.mark.parametrize(
    ("said", "status"),
    [
        pytest.param(b"HTTP/1.1 413 Too Large\r\n\r\nno", 413, id="an answer"),
        pytest.param(b"HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\nno", None, id="half"),
        pytest.param(b"HTTP/1.1 413 Too", None, id="a head"),
        pytest.param(b"", None, id="nothing"),
    ],
)
async def test_a_last_word_is_heard_while_nobody_takes_the_body(
    lean: LeanWire, serve: Serve, said: bytes, status: int | None
) -> None:
    """The server's direction has ended; ours waits for a reader who does not come."""
    done = asyncio.Event()

    async def refusing(peer: Peer) -> None:
        await peer.head()
        await peer.say(said)
        await peer.line.notice()
        peer.line.stop_talking()
        await done.wait()

    async with serve(refusing) as server, asyncio.timeout(WAIT_S):
        calling = asyncio.ensure_future(came(lean, post(server.url, bytes(16_000_000))))
        ended, _ = await asyncio.wait({calling}, timeout=WAIT_S / 5)
        done.set()

        assert ended
        if status is None:
            with pytest.raises(Broken):
                await calling
        else:
            assert (await calling).status == status


async def test_a_hundred_calls_at_once_get_their_own_answers(lean: LeanWire, serve: Serve) -> None:
    everybody = asyncio.Barrier(100)

    async def script(peer: Peer) -> None:
        while True:
            target = (await peer.request()).split(b" ")[1]
            async with asyncio.timeout(WAIT_S):
                await everybody.wait()
            said = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(target), target)
            await peer.say(said[:30], said[30:])

    async with serve(script) as server:
        for _ in range(2):
            calls = [came(lean, get(f"{server.url}{number}")) for number in range(100)]
            bodies = [answer.body.decode() for answer in await asyncio.gather(*calls)]

            assert bodies == [f"/{number}" for number in range(100)]

        assert server.connections == 100


async def test_a_call_that_is_given_up_at_any_turn_leaves_nobody(
    lean: LeanWire, serve: Serve
) -> None:
    """From the connecting and its TLS to the head, wherever the event loop stands."""
    here = 0

    async def script(peer: Peer) -> None:
        nonlocal here
        here += 1
        try:
            await peer.answer(OK)
            await peer.gone()
        finally:
            here -= 1

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        for turn in range(25):
            opening = asyncio.ensure_future(came(lean, get(server.url)))
            await turns(turn)
            opening.cancel()
            await asyncio.wait({opening})
        await lean.close()
        while here:
            await asyncio.sleep(0)


async def test_an_answer_that_was_read_whole_is_kept_even_if_nobody_saw_its_end(
    lean: LeanWire, serve: Serve
) -> None:
    """The reader had what it wanted: the connection is as good as if it had read on."""
    async with serve(many) as server:
        for _ in range(3):
            answer = await lean.open(get(server.url))
            assert await answer.read() == b"ok"
            answer.close()

        assert server.connections == 1


async def test_connections_of_one_origin_serve_no_other(lean: LeanWire) -> None:
    async with scripted(many) as one, scripted(many) as other:
        for server in (one, other, one, other):
            await came(lean, get(server.url))

        assert (one.connections, other.connections) == (1, 1)


async def test_connecting_has_a_bound(lean: LeanWire, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server accepts, and says nothing to the handshake."""
    monkeypatch.setattr(client, "CONNECT_TIMEOUT_S", 0.01)
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.gone()
        left.set()

    async with scripted(script) as server, asyncio.timeout(WAIT_S):
        with pytest.raises(Unreachable):
            await lean.open(get(server.url.replace("http://", "https://")))
        await left.wait()


async def test_a_closed_wire_opens_nothing(lean: LeanWire, serve: Serve) -> None:
    async with serve(many) as server:
        await came(lean, get(server.url))
        await lean.close()
        with pytest.raises(Unreachable):
            await lean.open(get(server.url))


async def test_an_answer_outlives_no_wire_and_its_connection_is_not_kept(
    lean: LeanWire, serve: Serve
) -> None:
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(OK)
        await peer.gone()
        left.set()

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await lean.open(get(server.url))
        await lean.close()
        with pytest.raises(Broken):
            await body_of(answer)
        answer.close()
        await left.wait()


async def test_what_a_reader_wakes_up_to_is_never_the_answer_of_another(
    lean: LeanWire, serve: Serve
) -> None:
    """An answer is closed, and another call begun, between a reader's bytes and its next turn."""

    async def script(peer: Peer) -> None:
        await peer.answer(HEAD + b"Content-Length: 2\r\n\r\n")
        while True:
            await peer.answer(HEAD + b"Content-Length: 6\r\n\r\nsecret")

    async with serve(script, secretive) as server, asyncio.timeout(WAIT_S):
        go: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def other() -> bytes:
            await go
            return (await came(lean, get(server.url))).body

        answer = await lean.open(get(server.url))
        another, reading = asyncio.ensure_future(other()), asyncio.ensure_future(answer.read())
        await turns(1)
        go.set_result(None)
        _of(answer).data_received(b"ok")
        answer.close()

        assert await another == b"secret"
        with pytest.raises(Broken):
            await reading


async def secretive(peer: Peer) -> None:
    """Answer every request with what is for one caller only."""
    while True:
        await peer.answer(HEAD + b"Content-Length: 6\r\n\r\nsecret")


async def test_a_body_that_the_end_of_the_connection_ends_costs_the_connection(
    lean: LeanWire, serve: Serve
) -> None:
    """Also if nothing says so but the missing length."""

    async def script(peer: Peer) -> None:
        await peer.answer(HEAD + b"\r\nok")

    async with serve(script) as server:
        for _ in range(3):
            assert (await came(lean, get(server.url))).body == b"ok"

        assert server.connections == 3


async def test_an_old_server_may_keep_its_connection(lean: LeanWire, serve: Serve) -> None:
    """HTTP/1.0 has no word for it but the one that it learnt later (RFC 9112 §9.3)."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.answer(
                b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"
            )

    async with serve(script) as server:
        for _ in range(3):
            await came(lean, get(server.url))

        assert server.connections == 1


@pytest.mark.parametrize("chunk", [b"1\r\na\r\n", b"1;extension\r\na\r\n"])
async def test_small_chunks_may_go_on_for_ever(lean: LeanWire, chunk: bytes) -> None:
    """Framing is bounded by what it carries, not once for all."""
    count = 40_000

    async def script(peer: Peer) -> None:
        await peer.answer(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        await peer.say(*[chunk * 1000] * (count // 1000), b"0\r\n\r\n")

    async with scripted(script) as server:
        assert (await came(lean, get(server.url))).body == b"a" * count


async def test_a_slow_reader_of_small_chunks_holds_a_bounded_number(lean: LeanWire) -> None:
    """Each of them is an object, and they come by tens of thousands in one piece."""

    async def script(peer: Peer) -> None:
        peer.line.give_small_buffers()
        await peer.answer(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            await peer.say(b"1\r\na\r\n" * 1000)

    async with scripted(script) as server:
        answer = await lean.open(get(server.url))
        await turns(500)
        held = len(_of(answer)._chunks)
        answer.close()

    assert 0 < held < 100_000
