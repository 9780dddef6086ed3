"""Bytes of an answer that somebody takes as they come, and those that are left to be read."""

import asyncio

import pytest

from fakes.loop_time import LoopTime
from fakes.wire.calls import get
from fakes.wire.readings import Loose
from fakes.wire.scripted import WAIT_S, Peer, Serve
from trust.clock import NumericDate
from trust.wire.call import Wire
from trust.wire.connection import HELD_BYTES, Connection

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(body: bytes) -> bytes:
    """Return a chunk as it is framed."""
    return b"%x\r\n%b\r\n" % (len(body), body)


class Taker:
    """Takes bytes as long as it `takes`."""

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes
        self.taken: list[bytes] = []
        self.offered = 0

    def __call__(self, body: bytes) -> bool:
        """Take some, or leave them."""
        self.offered += 1
        if self.takes:
            self.taken.append(body)
        return self.takes


@pytest.mark.parametrize("takes", [True, False])
async def test_every_byte_is_taken_or_read_once_and_in_order(
    wire: Wire, serve: Serve, *, takes: bool
) -> None:
    taker, got = Taker(takes=takes), bytearray()
    bodies = [b"%04d" % number for number in range(50)]

    async def script(peer: Peer) -> None:
        await peer.answer(HEAD)
        for body in bodies:
            await peer.say(chunk(body))
            await asyncio.sleep(0)
        await peer.say(END)

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await wire.open(get(server.url))
        while True:
            read = await answer.read(WAIT_S, taker)
            got += b"".join(taker.taken)
            taker.taken.clear()
            got += read or b""
            if read == b"":
                break
            taker.takes = takes and len(got) % 12 != 0
        answer.close()

    assert bytes(got) == b"".join(bodies)


class Arriving:
    """A connection without a socket, whose answer has begun."""

    def __init__(self) -> None:
        self.transport = Loose()
        self.connection = Connection(asyncio.get_running_loop(), lambda _: None)
        self.connection.connection_made(self.transport)
        self.connection.send("GET", b"", b"")
        self.connection.data_received(HEAD)

    async def reading(
        self, taker: Taker | None, within_s: float | None = None
    ) -> asyncio.Future[bytes | None]:
        """Return somebody who waits by now."""
        reader = asyncio.ensure_future(self.connection.read(within_s, taker))
        await asyncio.sleep(0)
        return reader

    def say(self, *bodies: bytes) -> None:
        """Let chunks arrive together."""
        self.connection.data_received(b"".join(chunk(body) for body in bodies))


async def test_nobody_is_woken_for_what_is_taken() -> None:
    arriving, taker = Arriving(), Taker()
    reader = await arriving.reading(taker)
    arriving.say(b"one")
    arriving.say(b"two", b"three")
    await asyncio.sleep(0)

    assert taker.taken == [b"one", b"twothree"]
    assert not reader.done()
    reader.cancel()


async def test_what_is_not_taken_is_read() -> None:
    arriving, taker = Arriving(), Taker(takes=False)
    reader = await arriving.reading(taker)
    arriving.say(b"one", b"two")

    # Nobody waits any more: what comes now comes behind it.
    taker.takes = True
    arriving.say(b"three")

    assert await reader == b"onetwothree"
    assert taker.taken == []


async def test_what_comes_while_nobody_reads_is_kept_for_whoever_does() -> None:
    arriving, taker = Arriving(), Taker()
    reader = await arriving.reading(taker)
    reader.cancel()
    await asyncio.wait({reader})
    arriving.say(b"one")

    assert taker.offered == 0
    assert await arriving.connection.read(None, taker) == b"one"


async def test_the_last_of_an_answer_is_for_whoever_reads() -> None:
    arriving, taker = Arriving(), Taker()
    reader = await arriving.reading(taker)
    arriving.connection.data_received(chunk(b"last") + END)

    assert await reader == b"last"
    assert arriving.connection.ended
    assert taker.offered == 0


async def test_an_offer_is_for_one_reading() -> None:
    arriving, taker = Arriving(), Taker()
    reader = await arriving.reading(taker)
    taker.takes = False
    arriving.say(b"one")
    await reader
    taker.takes = True
    reader = await arriving.reading(None)
    arriving.say(b"two")

    assert await reader == b"two"


async def test_who_took_of_an_answer_is_offered_nothing_of_the_next_one() -> None:
    """Which may be another person's; and to wait for a head is no reading."""
    arriving, taker = Arriving(), Taker()
    connection = arriving.connection
    reader = await arriving.reading(taker)
    arriving.say(b"of one")
    connection.data_received(END)
    assert await reader == b""
    connection.keep(1, now=NumericDate(0))
    connection.send("GET", b"", b"")
    head = asyncio.ensure_future(connection.head())
    await asyncio.sleep(0)
    connection.data_received(HEAD + chunk(b"of another"))
    await asyncio.sleep(0)

    assert head.done()
    assert await connection.read() == b"of another"
    assert taker.taken == [b"of one"]


async def test_a_flood_is_gathered_for_whoever_reads() -> None:
    arriving, taker = Arriving(), Taker()
    reader = await arriving.reading(taker)
    for _ in range(5):
        arriving.say(b"x" * 16_384)
    was_held_up = arriving.transport.paused

    assert len(await reader or b"") == 5 * 16_384 > HELD_BYTES
    assert taker.offered == 0
    assert (was_held_up, arriving.transport.paused) == (True, False)


async def test_silence_begins_anew_with_all_that_is_taken(time: LoopTime) -> None:
    arriving, taker = Arriving(), Taker()
    reader = await arriving.reading(taker, within_s=15)
    for _ in range(3):
        await time.passes(14)
        arriving.say(b"x")
    await time.passes(14.9)
    assert not reader.done()

    await time.passes(0.2)
    assert await reader is None


async def test_framing_alone_breaks_no_silence(time: LoopTime) -> None:
    arriving = Arriving()
    reader = await arriving.reading(Taker(), within_s=15)
    await time.passes(14)
    arriving.connection.data_received(b"4\r\n")
    await time.passes(1.1)

    assert await reader is None


@pytest.mark.parametrize("within_s", [None, 90.0])
async def test_a_silence_that_was_told_is_not_told_again_at_once(
    time: LoopTime, within_s: float | None
) -> None:
    arriving = Arriving()
    assert await until(time, await arriving.reading(Taker(), within_s=15), seconds=15) is None
    reader = await arriving.reading(None, within_s)
    # Framing wakes whoever reads.
    arriving.connection.data_received(b"4\r\n")
    await time.passes(60)
    assert not reader.done()
    arriving.connection.data_received(b"four\r\n")

    assert await reader == b"four"


async def test_what_comes_in_the_moment_of_silence_is_no_silence(time: LoopTime) -> None:
    arriving = Arriving()
    reader = await arriving.reading(None, within_s=15)
    asyncio.get_running_loop().call_at(time.now + 15, arriving.say, b"just in time")
    await time.passes(15)

    assert await reader == b"just in time"


async def until(
    time: LoopTime, reader: asyncio.Future[bytes | None], *, seconds: float
) -> bytes | None:
    """Let time pass, and return what was read by then."""
    await time.passes(seconds)
    return reader.result()
