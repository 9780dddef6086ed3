"""Answers that mean one thing to us and another to somebody else are no answers.

Each of these is how one caller has been given the answer of another (RFC 9112 §11).
"""

import asyncio

import pytest

from fakes.wire.calls import came, get
from fakes.wire.readings import ours
from fakes.wire.scripted import WAIT_S, Peer, Serve
from trust.wire.answer_parser import HEAD_BYTES, MOST_HEADERS, MOST_INTERIM
from trust.wire.call import Broken, Wire
from trust.wire.client import LeanWire
from trust.wire.framing import destination

HEAD = b"HTTP/1.1 200 OK\r\n"
OK = HEAD + b"Content-Length: 2\r\n\r\nok"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
POISON = b"HTTP/1.1 500 Poisoned\r\nX: y\r\nContent-Length: 6\r\n\r\npoison"


async def honest(peer: Peer) -> None:
    """Answer each request with its own target."""
    while True:
        target = (await peer.request()).split(b" ")[1]
        await peer.say(HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(target), target))


LENGTHS = [
    pytest.param(b"Content-Length: -1\r\n\r\n", id="a negative length"),
    pytest.param(b"Content-Length: +2\r\n\r\nok", id="a length with a sign"),
    pytest.param(b"Content-Length: 2,2\r\n\r\nok", id="a list of lengths"),
    pytest.param(b"Content-Length: 0x2\r\n\r\nok", id="a length in hex"),
    pytest.param(b"Content-Length: 2 2\r\n\r\nok", id="a length with a space"),
    pytest.param(b"Content-Length: \r\n\r\nok", id="a length of nothing"),
    pytest.param(b"Content-Length: \xb2\r\n\r\nok", id="a length that is no ASCII"),
    pytest.param(b"Content-Length: 1_0\r\n\r\n0123456789", id="a length as Python writes it"),
    pytest.param(b"Content-Length: 9999999999999999\r\n\r\nok", id="a length of petabytes"),
    pytest.param(b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", id="a length twice"),
    pytest.param(b"Content-Length: 2\r\nContent-Length: 3\r\n\r\noka", id="two lengths"),
    pytest.param(b"Content-Length: 18446744073709551618\r\n\r\nok", id="a length beyond 64 bits"),
]
CODINGS = [
    pytest.param(b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", id="a coding like chunked"),
    pytest.param(b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", id="chunked not last"),
    pytest.param(b"Transfer-Encoding: identity\r\n\r\nok", id="identity"),
    pytest.param(b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="another, then chunked"),
    pytest.param(b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", id="a control in the coding"),
    pytest.param(
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="twice"
    ),
    pytest.param(
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="length and chunks"
    ),
    pytest.param(
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", id="chunks and length"
    ),
    pytest.param(
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", id="a space behind the coding's name"
    ),
]
CHUNKS = [
    pytest.param(b"+2\r\nok\r\n0\r\n\r\n", id="a size with a sign"),
    pytest.param(b"-1\r\nok\r\n0\r\n\r\n", id="a negative size"),
    pytest.param(b"0x2\r\nok\r\n0\r\n\r\n", id="a size with a prefix"),
    pytest.param(b" 2\r\nok\r\n0\r\n\r\n", id="a space before a size"),
    pytest.param(b"\r\nok\r\n0\r\n\r\n", id="no size"),
    pytest.param(b"2\nok\n0\n\n", id="bare line feeds"),
    pytest.param(b"2\r\nokk\r\n0\r\n\r\n", id="a chunk longer than its size"),
    pytest.param(b"2\r\nok0\r\n\r\n", id="no line end behind a chunk"),
    pytest.param(b"2\r\nok\n0\r\n\r\n", id="a bare line feed behind a chunk"),
    pytest.param(b"2;a\nb\r\nok\r\n0\r\n\r\n", id="a line feed inside of an extension"),
    pytest.param(b"10000000000000002\r\nok\r\n0\r\n\r\n", id="a size beyond 64 bits"),
    pytest.param(b"%s2\r\nok" % (b"0" * 100_000), id="a size line without end"),
    pytest.param(b"2;%s" % (b"a" * 100_000), id="an extension without end"),
]
HEADS = [
    pytest.param(b"X: a\r\n b\r\nContent-Length: 2\r\n\r\nok", id="a folded line"),
    pytest.param(b"X: a\nContent-Length: 2\r\n\r\nok", id="a bare line feed"),
    pytest.param(b"X: a\rContent-Length: 2\r\n\r\nok", id="a bare carriage return"),
    pytest.param(b"X: a\0b\r\nContent-Length: 2\r\n\r\nok", id="a NUL in a value"),
    pytest.param(b"X\0: a\r\nContent-Length: 2\r\n\r\nok", id="a NUL in a name"),
    pytest.param(b"X: a\x01b\r\nContent-Length: 2\r\n\r\nok", id="a control in a value"),
    pytest.param(b"X: a\x7f\r\nContent-Length: 2\r\n\r\nok", id="a delete in a value"),
    pytest.param(b"X : a\r\nContent-Length: 2\r\n\r\nok", id="a space behind a name"),
    pytest.param(b" X: a\r\nContent-Length: 2\r\n\r\nok", id="a space before a name"),
    pytest.param(b": a\r\nContent-Length: 2\r\n\r\nok", id="no name"),
    pytest.param(b"X\r\nContent-Length: 2\r\n\r\nok", id="no colon"),
]


@pytest.mark.parametrize("rest", [*LENGTHS, *CODINGS, *HEADS])
def test_an_unclear_head_is_no_answer(rest: bytes) -> None:
    refused(HEAD + rest)


@pytest.mark.parametrize("rest", CHUNKS)
def test_an_unclear_chunk_is_no_body(rest: bytes) -> None:
    refused(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + rest)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"220 mail.example ESMTP\r\n", id="mail"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", id="a shell"),
        pytest.param(b"ok", id="a body only"),
        pytest.param(b"\0" * 64, id="zeros"),
        pytest.param(b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok", id="HTTP/2 in words"),
        pytest.param(b"HTTP/0.9 200 OK\r\nContent-Length: 2\r\n\r\nok", id="HTTP/0.9"),
        pytest.param(b"HTTP/1.1 99 No\r\nContent-Length: 2\r\n\r\nok", id="two digits"),
        pytest.param(b"HTTP/1.1 2000 No\r\nContent-Length: 2\r\n\r\nok", id="four digits"),
        pytest.param(b"\r\n" + OK, id="an empty line first"),
        pytest.param(b"HTTP/1.1 200 O\x0bK\r\nContent-Length: 2\r\n\r\nok", id="a control"),
        pytest.param(b"HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\nok", id="no status"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", id="bare line feeds"),
        pytest.param(
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            id="chunks of HTTP/1.0",
        ),
        pytest.param(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n" + OK,
            id="an upgrade that nobody asked for",
        ),
        pytest.param(b"HTTP/1.1 101 No\r\n\r\n" + OK, id="an upgrade to nothing"),
        pytest.param(
            b"HTTP/1.1 103 Hints\r\nContent-Length: 5\r\n\r\nhello" + OK, id="an interim body"
        ),
        pytest.param(
            b"HTTP/1.1 199 What\r\nContent-Length: 5\r\n\r\nhello" + OK,
            id="an unknown interim body",
        ),
        pytest.param(
            b"HTTP/1.1 150 What\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n" + OK,
            id="interim chunks",
        ),
        pytest.param(
            b"HTTP/1.1 150 What\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + OK,
            id="an interim end of chunks",
        ),
        pytest.param(CONTINUE * (MOST_INTERIM + 1) + OK, id="interim without end"),
        pytest.param(HEAD + b"X: " + b"a" * 100_000, id="a header without end"),
        pytest.param(HEAD + b"".join(b"X-%d: a\r\n" % n for n in range(5000)), id="many headers"),
        pytest.param(
            HEAD + b"X: %b\r\nContent-Length: 9999\r\n\r\n" % (b"a" * HEAD_BYTES) + b"x" * 9999,
            id="a long header before a body",
        ),
        pytest.param(b"HTTP/1.1 200 " + b"O" * 100_000, id="a reason without end"),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: a\r\n" * 50_000,
            id="trailers without end",
        ),
    ],
)
def test_nonsense_is_no_answer(answer: bytes) -> None:
    refused(answer)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(CONTINUE * MOST_INTERIM + OK, id="interim answers"),
        pytest.param(
            HEAD
            + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
            + b"X: a\r\n" * (MOST_HEADERS + 1)
            + b"\r\n",
            id="trailers, of which no notice is taken",
        ),
    ],
)
def test_what_stays_within_bounds_costs_no_answer(answer: bytes) -> None:
    read = ours("GET", [answer])

    assert (read.status, read.body, read.kept) == (200, b"ok", True)


def refused(answer: bytes) -> None:
    """Expect that an answer is refused though its server stays, wherever it is cut."""
    for size in (7, len(answer)):
        pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
        read = ours("GET", pieces)

        assert read.dropped
        assert not read.whole
        assert not read.kept


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", id="head"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nok", id="chunk"),
    ],
)
async def test_nonsense_goes_with_its_connection(
    lean: LeanWire, serve: Serve, answer: bytes
) -> None:
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(answer)
        await peer.gone()
        left.set()

    async with serve(script, honest) as server:
        with pytest.raises(Broken):
            await came(lean, get(server.url))
        async with asyncio.timeout(WAIT_S):
            await left.wait()

        assert (await came(lean, get(f"{server.url}mine"))).body == b"/mine"
        assert server.connections == 2


@pytest.mark.parametrize("apart", [False, True], ids=["in one piece", "apart"])
@pytest.mark.parametrize(
    ("method", "answer"),
    [
        pytest.param("GET", OK, id="length"),
        pytest.param(
            "GET",
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            id="chunks",
        ),
        pytest.param("GET", b"HTTP/1.1 204 No Content\r\n\r\n", id="204"),
        pytest.param("GET", b"HTTP/1.1 204 No\r\nContent-Length: 99\r\n\r\n", id="204, a length"),
        pytest.param(
            "GET", b"HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", id="204, chunks"
        ),
        pytest.param("GET", b"HTTP/1.1 304 No\r\nContent-Length: 99\r\n\r\n", id="304"),
        pytest.param("HEAD", HEAD + b"Content-Length: 99\r\n\r\n", id="HEAD, a length"),
        pytest.param("HEAD", HEAD + b"Transfer-Encoding: chunked\r\n\r\n", id="HEAD, chunks"),
        pytest.param("HEAD", HEAD + b"\r\n", id="HEAD"),
    ],
)
async def test_what_comes_behind_an_answer_is_nobodys(
    lean: LeanWire, serve: Serve, method: str, answer: bytes, *, apart: bool
) -> None:
    """Neither part of that answer nor the next one (which it is to httpx: docs/adr/0018)."""
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(*([answer, POISON] if apart else [answer + POISON]))
        await peer.gone()
        left.set()

    async with serve(script, honest) as server:
        got = await came(lean, get(server.url, method))

        assert got.body == (b"ok" if answer.startswith(HEAD) and method == "GET" else b"")
        assert (got.status, "x" in got.headers) == (int(answer[9:12]), False)
        assert (await came(lean, get(f"{server.url}mine"))).body == b"/mine"
        assert server.connections == 2
        async with asyncio.timeout(WAIT_S):
            await left.wait()


@pytest.mark.parametrize("coding", [b"Content-Length: 0", b"Transfer-Encoding: chunked"])
def test_no_connection_is_kept_on_the_word_of_an_answer_to_head(coding: bytes) -> None:
    """Its parser reads a body that must not be: here one that is empty."""
    read = ours("HEAD", [HEAD + coding + b"\r\n\r\n0\r\n\r\n"])

    assert (read.body, read.whole, read.kept) == (b"", True, False)


def test_not_even_an_empty_line_may_come_behind_an_answer() -> None:
    assert ours("GET", [OK, b"\r\n"]).dropped


async def test_what_comes_while_nobody_asks_is_nobodys(lean: LeanWire, serve: Serve) -> None:
    said = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(OK)
        await asyncio.sleep(0)
        await peer.say(POISON)
        said.set()
        await peer.gone()

    async with serve(script, honest) as server:
        await came(lean, get(server.url))
        async with asyncio.timeout(WAIT_S):
            await said.wait()

        assert (await came(lean, get(f"{server.url}mine"))).body == b"/mine"
        assert server.connections == 2


async def test_an_unread_answer_is_not_cut_by_what_comes_behind_it(
    lean: LeanWire, serve: Serve
) -> None:
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(OK)
        await asyncio.sleep(0)
        await peer.say(POISON)
        await peer.gone()
        left.set()

    async with serve(script) as server:
        answer = await lean.open(get(server.url))
        async with asyncio.timeout(WAIT_S):
            await left.wait()

        assert await answer.read() == b"ok"
        assert await answer.read() == b""
        answer.close()


async def test_an_answer_before_the_first_request_is_the_last(lean: LeanWire, serve: Serve) -> None:
    async def eager(peer: Peer) -> None:
        await peer.say(POISON)
        await peer.gone()

    async with serve(eager) as server, asyncio.timeout(WAIT_S):
        connection = await lean._connected(destination(server.url).origin)
        while connection.usable:
            await asyncio.sleep(0)
        connection.send("GET", b"GET / HTTP/1.1\r\n\r\n", b"")
        with pytest.raises(Broken):
            await connection.head()


async def test_an_answer_cannot_write_headers_of_its_own(wire: Wire, serve: Serve) -> None:
    """What an upstream lets a caller put into a header ends there, or breaks the answer."""

    async def script(peer: Peer) -> None:
        await peer.answer(HEAD + b"X: a\r\n\r\nSet-Cookie: b\r\n\r\nContent-Length: 0")

    async with serve(script) as server:
        got = await came(wire, get(server.url))

    assert set(got.headers) == {"x"}
