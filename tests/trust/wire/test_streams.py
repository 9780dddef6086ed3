"""What every wire does with a body that takes its time: at once, no faster than it is read."""

import asyncio

import pytest

from fakes.wire.calls import body_of, came, get
from fakes.wire.scripted import WAIT_S, Peer, Script, Serve
from trust.wire.call import Answer, Broken, Wire

HEADS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "until closed": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def event(number: int, framing: str) -> bytes:
    """Return one of four events of four bytes, as it is framed."""
    said = b"%d:\n\n" % number
    return b"4\r\n%s\r\n" % said if framing == "chunks" else said


def until_left(*pieces: bytes) -> tuple[Script, asyncio.Event]:
    """Return a script that says something and waits for the client to leave, and when it has."""
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(*pieces)
        await peer.gone()
        left.set()

    return script, left


async def leaving(left: asyncio.Event) -> None:
    """Wait until the client has left."""
    async with asyncio.timeout(WAIT_S):
        await left.wait()


@pytest.mark.parametrize("framing", HEADS)
async def test_an_event_is_there_before_the_next_is_sent(
    wire: Wire, serve: Serve, framing: str
) -> None:
    seen = asyncio.Semaphore(0)

    async def script(peer: Peer) -> None:
        await peer.answer(HEADS[framing])
        for number in range(4):
            await seen.acquire()
            await peer.say(event(number, framing))
        await peer.say(b"0\r\n\r\n" if framing == "chunks" else b"")

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await wire.open(get(server.url))
        for number in range(4):
            seen.release()

            assert await answer.read() == b"%d:\n\n" % number
        assert await answer.read() == b""
        assert await answer.read() == b""
        answer.close()


async def test_silence_is_told_and_ends_nothing(wire: Wire, serve: Serve) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(HEADS["length"], b"01234567")
        await go_on.wait()
        await peer.say(b"89abcdef")

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await wire.open(get(server.url))

        assert await answer.read(WAIT_S) == b"01234567"
        assert [await answer.read(0.001) for _ in range(3)] == [None] * 3
        go_on.set()
        assert await answer.read(WAIT_S) == b"89abcdef"
        assert await answer.read(WAIT_S) == b""
        answer.close()


async def test_silence_is_counted_anew_for_each_read(wire: Wire, serve: Serve) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(HEADS["length"])
        await go_on.wait()
        await peer.say(b"01234567")
        await peer.gone()

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await wire.open(get(server.url))
        first = asyncio.ensure_future(answer.read(0.02))
        await asyncio.sleep(0)
        go_on.set()
        assert await first == b"01234567"

        second = asyncio.ensure_future(answer.read(WAIT_S))
        done, _ = await asyncio.wait({second}, timeout=0.03)
        assert not done
        answer.close()
        with pytest.raises(Broken):
            await second


async def test_a_shorter_silence_than_the_last_is_told_in_its_own_time(
    wire: Wire, serve: Serve
) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(HEADS["length"])
        await go_on.wait()
        await peer.say(b"01234567")
        await peer.gone()

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await wire.open(get(server.url))
        first = asyncio.ensure_future(answer.read(WAIT_S))
        await asyncio.sleep(0)
        go_on.set()

        assert await first == b"01234567"
        assert await answer.read(0.001) is None
        answer.close()


async def test_a_silence_while_nobody_reads_is_nobodys(wire: Wire, serve: Serve) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(HEADS["length"])
        for said in (b"01234567", b"89abcdef"):
            await go_on.wait()
            go_on.clear()
            await peer.say(said)
        await peer.gone()

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await wire.open(get(server.url))
        first = asyncio.ensure_future(answer.read(0.02))
        await asyncio.sleep(0)
        go_on.set()
        assert await first == b"01234567"
        # Until after the end of the time that the first was given.
        await asyncio.sleep(0.03)
        go_on.set()

        assert await answer.read(WAIT_S) == b"89abcdef"
        answer.close()


async def test_a_break_in_the_silence_is_told(wire: Wire, serve: Serve) -> None:
    silent = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(HEADS["length"])
        await silent.wait()

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await wire.open(get(server.url))

        assert await answer.read(0.001) is None
        silent.set()
        with pytest.raises(Broken):
            await answer.read(WAIT_S)
        answer.close()


async def test_who_does_not_read_stops_the_server_from_sending(wire: Wire, serve: Serve) -> None:
    piece, pieces = bytes(65_536), 400
    sent = 0

    async def script(peer: Peer) -> None:
        nonlocal sent
        peer.line.give_small_buffers()
        await peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(piece) * pieces))
        while sent < pieces:
            await peer.line.send(piece)
            sent += 1

    async with serve(script) as server:
        answer = await wire.open(get(server.url))
        # Turns of the event loop in which the server could have sent everything.
        for _ in range(4 * pieces):
            await asyncio.sleep(0)
        held = sent
        whole = await body_of(answer)
        answer.close()

    # What the operating system buffers between the two is a few megabytes at most.
    assert held < pieces / 2
    assert len(whole) == len(piece) * pieces


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_slow_reader_gets_all_of_what_ended_long_ago(
    wire: Wire, serve: Serve, *, chunked: bool
) -> None:
    body = bytes(range(256)) * 2048
    over = asyncio.Event()

    async def script(peer: Peer) -> None:
        if chunked:
            await peer.answer(HEADS["chunks"], b"%x\r\n" % len(body), body, b"\r\n0\r\n\r\n")
        else:
            await peer.answer(HEADS["until closed"], body)
        await peer.close()
        over.set()

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await wire.open(get(server.url))
        for _ in range(100):
            await asyncio.sleep(0)
        got = await answer.read()
        await over.wait()
        for _ in range(100):
            await asyncio.sleep(0)

        assert got
        assert got + await body_of(answer) == body
        answer.close()


@pytest.mark.parametrize(
    "read",
    [pytest.param(0, id="unread"), pytest.param(1, id="in the middle")],
)
@pytest.mark.parametrize("framing", HEADS)
async def test_closing_an_answer_frees_its_connection(
    wire: Wire, serve: Serve, framing: str, read: int
) -> None:
    script, left = until_left(HEADS[framing], event(0, framing))
    async with serve(script) as server:
        answer = await wire.open(get(server.url))
        for _ in range(read):
            assert await answer.read()
        answer.close()
        answer.close()
        await leaving(left)
        with pytest.raises(Broken):
            await answer.read()


async def test_closing_an_answer_ends_a_read_that_waits(wire: Wire, serve: Serve) -> None:
    script, left = until_left(HEADS["chunks"])
    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await wire.open(get(server.url))
        reading = asyncio.ensure_future(answer.read())
        for _ in range(10):
            await asyncio.sleep(0)
        answer.close()
        with pytest.raises(Broken):
            await reading
        await leaving(left)


async def test_a_read_that_was_cancelled_takes_nothing_with_it(wire: Wire, serve: Serve) -> None:
    seen = asyncio.Semaphore(0)

    async def script(peer: Peer) -> None:
        await peer.answer(HEADS["length"])
        for number in range(4):
            await seen.acquire()
            await peer.say(event(number, "length"))

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await wire.open(get(server.url))
        parts: list[bytes] = []
        for _ in range(4):
            await _cancelled(answer)
            seen.release()
            parts.append(await answer.read() or b"")

        assert parts == [event(number, "length") for number in range(4)]
        answer.close()


async def _cancelled(answer: Answer) -> None:
    reading = asyncio.ensure_future(answer.read())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


@pytest.mark.parametrize(
    "said",
    [
        pytest.param((), id="no answer"),
        pytest.param((b"HTTP/1.1 200 O",), id="a status line"),
        pytest.param((b"HTTP/1.1 100 Continue\r\n\r\n",), id="an interim answer"),
    ],
)
async def test_a_call_that_is_given_up_frees_its_connection(
    wire: Wire, serve: Serve, said: tuple[bytes, ...]
) -> None:
    answered = asyncio.Event()
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(*said)
        answered.set()
        await peer.gone()
        left.set()

    async def again(peer: Peer) -> None:
        await peer.answer(OK)

    async with serve(script, again) as server, asyncio.timeout(WAIT_S):
        opening = asyncio.ensure_future(wire.open(get(server.url)))
        await answered.wait()
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await left.wait()

        assert (await came(wire, get(server.url))).body == b"ok"
        assert server.connections == 2
