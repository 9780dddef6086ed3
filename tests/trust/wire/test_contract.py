"""What every wire reads: the framings of an answer, whatever pieces it arrives in."""

import asyncio
from collections.abc import Sequence

import pytest

from fakes.wire.calls import body_of, came, get
from fakes.wire.scripted import Peer, Script, Serve, scripted
from trust.wire.call import Broken, Wire
from trust.wire.client import LeanWire

HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = HEAD + b"Content-Length: 12\r\n\r\nsaid at once"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nsaid\r\n8\r\n at once\r\n0\r\n\r\n"
CLOSED = HEAD + b"Connection: close\r\n\r\nsaid at once"


def saying(*pieces: bytes) -> Script:
    """Answer one request and close."""

    async def script(peer: Peer) -> None:
        await peer.request()
        for piece in pieces:
            await peer.say(piece)
            # Let the other side see each piece by itself.
            await asyncio.sleep(0)

    return script


@pytest.mark.parametrize("answer", [LENGTH, CHUNKED], ids=["length", "chunks"])
async def test_a_body_is_the_same_wherever_its_answer_is_cut(
    wire: Wire, serve: Serve, answer: bytes
) -> None:
    cuts = range(1, len(answer))

    async def script(peer: Peer) -> None:
        for cut in cuts:
            await saying(answer[:cut], answer[cut:])(peer)

    async with serve(script) as server:
        for _ in cuts:
            got = await came(wire, get(server.url))

            assert (got.status, got.body) == (200, b"said at once")

        assert server.connections == 1


async def test_a_body_that_the_end_of_the_connection_ends_is_read_wherever_it_is_cut(
    wire: Wire, serve: Serve
) -> None:
    cuts = range(1, len(CLOSED))
    scripts = [saying(CLOSED[:cut], CLOSED[cut:]) for cut in cuts]
    async with serve(*scripts) as server:
        for _ in cuts:
            assert (await came(wire, get(server.url))).body == b"said at once"


async def test_a_body_may_come_byte_by_byte(wire: Wire) -> None:
    async with scripted(saying(*(bytes([byte]) for byte in CHUNKED))) as server:
        assert (await came(wire, get(server.url))).body == b"said at once"


CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(CHUNKS + b"2;a=b\r\nhi\r\n0;c\r\n\r\n", b"hi", id="extensions"),
        pytest.param(CHUNKS + b'2;a="q ;"\r\nhi\r\n0\r\n\r\n', b"hi", id="a quoted extension"),
        pytest.param(CHUNKS + b"2\r\nhi\r\n0\r\nDigest: a\r\n\r\n", b"hi", id="a trailer"),
        pytest.param(CHUNKS + b"0\r\n\r\n", b"", id="no chunk"),
        pytest.param(CHUNKS + b"0000\r\n\r\n", b"", id="no chunk, at length"),
        pytest.param(CHUNKS + b"00C\r\nsaid at once\r\n0\r\n\r\n", b"said at once", id="hex"),
        pytest.param(HEAD + b"Content-Length: 0\r\n\r\n", b"", id="length of nothing"),
        pytest.param(HEAD + b"Content-Length:  2 \t\r\n\r\nhi", b"hi", id="space around a value"),
        pytest.param(
            HEAD + b"Transfer-Encoding:\tChunked \r\n\r\n2\r\nhi\r\n0\r\n\r\n", b"hi", id="a tab"
        ),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", b"hi", id="no reason"),
        pytest.param(b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi", b"hi", id="empty reason"),
        pytest.param(b"HTTP/1.1 200 Gr\xfc\xdf\r\nContent-Length: 2\r\n\r\nhi", b"hi", id="latin"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nhi", b"hi", id="HTTP/1.0"),
        pytest.param(HEAD + b"X: a, b:c; d\r\nContent-Length: 2\r\n\r\nhi", b"hi", id="a list"),
        pytest.param(
            HEAD + b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi",
            b"hi",
            id="an upgrade that is only offered",
        ),
    ],
)
async def test_framing_may_be_written_in_many_ways(wire: Wire, answer: bytes, body: bytes) -> None:
    async with scripted(saying(answer)) as server:
        assert (await came(wire, get(server.url))).body == body


async def test_headers_have_lower_case_names_and_what_came_twice_is_joined(wire: Wire) -> None:
    head = b"X-One: a\r\nx-oNE:  b \r\nEmpty:\r\nLatin: \xe9\r\nContent-Length: 0\r\n\r\n"
    async with scripted(saying(HEAD + head)) as server:
        headers = (await came(wire, get(server.url))).headers

    assert dict(headers) == {"x-one": "a, b", "empty": "", "latin": "é", "content-length": "0"}


@pytest.mark.parametrize(
    ("method", "head"),
    [
        pytest.param("GET", b"HTTP/1.1 204 No Content\r\n\r\n", id="204"),
        pytest.param("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", id="304"),
        pytest.param("HEAD", HEAD + b"Content-Length: 9\r\n\r\n", id="HEAD, a length"),
        pytest.param("HEAD", CHUNKS, id="HEAD, chunks"),
        pytest.param("HEAD", HEAD + b"\r\n", id="HEAD, neither"),
    ],
)
async def test_what_has_no_body_is_not_waited_for(
    wire: Wire, serve: Serve, method: str, head: bytes
) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(head)
        await peer.gone()

    async with serve(script) as server:
        got = await came(wire, get(server.url, method))
        await wire.close()

    assert got.body == b""


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize(
    "interim",
    [
        pytest.param((b"HTTP/1.1 100 Continue\r\n\r\n",), id="100"),
        pytest.param((b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",), id="103"),
        pytest.param((b"HTTP/1.1 102 Processing\r\n\r\n",) * 3, id="three times"),
        pytest.param((b"HTTP/1.1 199 What\r\n\r\n",), id="one that nobody knows"),
    ],
)
async def test_an_interim_answer_is_not_the_answer(
    wire: Wire, interim: Sequence[bytes], *, cut: bool
) -> None:
    pieces = [*interim, LENGTH]
    async with scripted(saying(*(pieces if cut else [b"".join(pieces)]))) as server:
        got = await came(wire, get(server.url))

    assert (got.status, got.body) == (200, b"said at once")
    assert set(got.headers) == {"content-length"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing at all"),
        pytest.param(HEAD + b"Content-Length: 2\r\n", id="a head"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", id="an interim answer"),
        pytest.param(LENGTH[:-1], id="a length"),
        pytest.param(CHUNKED[:-5], id="chunks without a last one"),
    ],
)
@pytest.mark.parametrize("end", ["closed", "half-closed", "reset"])
async def test_an_answer_that_ends_early_is_broken(
    wire: Wire, serve: Serve, answer: bytes, end: str
) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(answer)
        if end == "half-closed":
            peer.line.stop_talking()
            await peer.gone()
        elif end == "reset":
            peer.line.reset()

    async with serve(script) as server:
        with pytest.raises(Broken):
            await came(wire, get(server.url))

        assert server.connections == 1


async def test_a_reset_is_no_end_of_a_body_without_a_length(wire: Wire, serve: Serve) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(CLOSED[:-4])
        await go_on.wait()
        peer.line.reset()

    async with serve(script) as server:
        answer = await wire.open(get(server.url))
        assert await answer.read() == b"said at "
        go_on.set()
        with pytest.raises(Broken):
            await body_of(answer)
        answer.close()


async def test_what_arrived_before_the_break_is_not_taken_for_the_whole(
    wire: Wire, serve: Serve
) -> None:
    """And asking again does not make it so."""
    async with serve(saying(LENGTH[:-4])) as server:
        answer = await wire.open(get(server.url))
        with pytest.raises(Broken):
            await body_of(answer)
        with pytest.raises(Broken):
            await answer.read()
        answer.close()


@pytest.mark.parametrize("answer", [LENGTH, CHUNKED], ids=["length", "chunks"])
async def test_an_end_that_is_known_is_told_before_it_is_read(
    lean: LeanWire, answer: bytes
) -> None:
    """It saves a turn of the event loop, and with it a chunk of its own for nothing."""
    async with scripted(saying(answer)) as server:
        got = await lean.open(get(server.url))

        told = [got.ended]
        assert await got.read() == b"said at once"
        told.append(got.ended)
        assert await got.read() == b""
        got.close()
        assert [*told, got.ended] == [False, True, True]


async def test_an_answer_has_not_ended_before_all_of_it_was_read(wire: Wire) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(LENGTH[:-4])
        await go_on.wait()
        await peer.say(LENGTH[-4:])

    async with scripted(script) as server:
        got = await wire.open(get(server.url))
        assert await got.read() == b"said at "
        told = got.ended
        go_on.set()
        assert await body_of(got) == b"once"
        assert (told, got.ended) == (False, True)
        got.close()
