"""An answer leaves as uvicorn sends it, byte by byte, except where it is meant not to."""

import asyncio
import logging
import re
from collections.abc import Sequence
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from bff.connection import Connection
from fakes.served_line import FIVE, GET, ServedLine, answering, of_both, part, shown, start
from proxy.relay import BodyBroken

HEAD = b"HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n"
OLD = b"GET /a HTTP/1.0\r\nHost: localhost\r\n\r\n"
LAST = b"GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\n"
PATIENT = POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
PARTS = b"POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


async def echo(_: Scope, receive: Receive, send: Send) -> None:
    """Answer with the body, as it came."""
    await send({"type": "http.response.start", "status": 200})
    more = True
    while more:
        message = await receive()
        more = message["more_body"]
        body = b"<%b>" % message["body"]
        await send({"type": "http.response.body", "body": body, "more_body": more})


ANSWERS = {
    "with a length": answering(b"hello"),
    "in pieces with a length": answering(b"he", b"", b"llo"),
    "with names in capitals": answering(
        b"hello", headers=((b"Content-Length", b"5"), (b"CONNECTION", b"close"))
    ),
    "without a length": answering(b"he", b"llo"),
    "as a stream": answering(b"he", b"", b"llo", headers=()),
    "as an empty stream": answering(b"", headers=()),
    "in its own chunks": answering(b"hello", headers=((b"Transfer-Encoding", b"Chunked"),)),
    "with another coding": answering(b"hello", headers=((b"transfer-encoding", b"gzip"),)),
    "with both": answering(b"hello", headers=(FIVE, (b"transfer-encoding", b"chunked"))),
    "with both, turned": answering(b"hello", headers=((b"transfer-encoding", b"chunked"), FIVE)),
    "with no body": answering(b"", status=204, headers=()),
    "not modified": answering(b"", status=304, headers=((b"content-length", b"0"),)),
    "of a status without a name": answering(b"hello", status=599),
    "and closes": answering(b"hello", headers=(FIVE, (b"Connection", b"x, Close"))),
    "and closes, it says first": answering(b"hello", headers=((b"connection", b"close"), FIVE)),
    "and does not close": answering(b"hello", headers=(FIVE, (b"connection", b"closed"))),
    "with a tab and high bytes": answering(b"hello", headers=(FIVE, (b"a", b"\t\x80\xff b"))),
    "with the same header twice": answering(b"hello", headers=(FIVE, (b"A", b"1"), (b"a", b"2"))),
    "by an echo": echo,
    "with what it was told": shown,
}
BEFORE_THE_BODY = (echo, shown)
"""Those that do not read it before they answer."""

CALLS = {
    "get": (GET,),
    "head": (HEAD,),
    "of HTTP/1.0": (OLD,),
    "of HTTP/1.0 that stays": (OLD.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n"),),
    "the last one": (LAST,),
    "with a body": (POST + b"abcdef",),
    "with a body that comes late": (POST, b"abc", b"def"),
    "with a body byte by byte": (POST + b"a", b"b", b"c", b"d", b"e", b"f"),
    "with a body of many chunks": (PARTS, b"1\r\na\r\n" * 9 + b"0\r\n\r\n"),
    "with a body in chunks": (PARTS, b"3\r\nabc\r\n", b"3\r\ndef\r\n0\r\n\r\n"),
    "with a body whose end comes alone": (PARTS, b"3\r\nabc\r\n", b"0\r\n\r\n"),
    "that waits for a 100": (PATIENT, b"abcdef"),
    "that waits for none any more": (PATIENT, b"abcdef", POST, b"abcdef"),
    "with a query": (GET.replace(b"/a", b"/b%20%C3%A9/%2F?x=%20&y"),),
    "with an absolute target": (GET.replace(b"/a", b"http://localhost:8000/c?d"),),
    "two at once": (GET + POST + b"abcdef",),
    "three at once, the second is the last": (GET + LAST + GET,),
    "one after the other": (GET, GET),
    "to something else": (
        GET.replace(b"\r\n\r\n", b"\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"),
    ),
    "nonsense": (b"HELLO\r\n\r\n",),
    "with a target that is none": (GET.replace(b"/a", b"*"),),
    "with a name in capitals": (GET.replace(b"Host", b"HOST"),),
}


@pytest.mark.parametrize("app", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("pieces", CALLS.values(), ids=CALLS)
async def test_what_leaves_is_what_uvicorn_sends(app: ASGIApp, pieces: Sequence[bytes]) -> None:
    ours, theirs = await of_both(app, *pieces)

    if not (PATIENT in pieces and app in BEFORE_THE_BODY):
        # There we end the connection, and uvicorn does not.
        assert ours == (without_chunks(*theirs) if b" HTTP/1.0\r\n" in pieces[0] else theirs)


def without_chunks(sent: bytes, closed: bool) -> tuple[bytes, bool]:  # noqa: FBT001 as `of_both` has it
    """Return what uvicorn sends in chunks also to those who do not know them."""
    head, _, body = sent.partition(b"\r\n\r\n")
    # Its own line is the last: one before it is the application's.
    plain = head.removesuffix(b"\r\ntransfer-encoding: chunked")
    if plain == head:
        return sent, closed
    chunks = re.findall(rb"[0-9a-f]+\r\n([^\r]+)\r\n", body)
    return b"\r\n\r\n".join([plain, b"".join(chunks)]), closed


@pytest.mark.parametrize("app", BEFORE_THE_BODY)
async def test_whoever_was_told_no_100_may_not_have_the_next_request_taken_for_the_body(
    app: ASGIApp,
) -> None:
    line = ServedLine(Connection, app)

    await line.says(PATIENT, b"abcdef")

    assert line.sent.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nconnection: close\r\n" in line.sent
    assert line.outlet.closed


@pytest.mark.parametrize(
    "asked",
    [PATIENT + b"abcdef", GET.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")],
    ids=["all here", "none to come"],
)
async def test_whose_body_is_here_keeps_the_connection_without_a_100(asked: bytes) -> None:
    line = ServedLine(Connection, shown)

    await line.says(asked, GET)

    assert line.sent.count(b" 200 OK\r\n") == 2
    assert not line.outlet.closed


async def test_http_1_0_is_told_no_100() -> None:
    """It would take that for the answer (RFC 9110 §10.1.1)."""
    line = ServedLine(Connection, answering(b"hello"))

    await line.says(PATIENT.replace(b"HTTP/1.1", b"HTTP/1.0"), b"abcdef")

    assert line.sent.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_all_who_receive_hear_that_the_browser_has_gone() -> None:
    heard: list[str] = []

    async def app(_: Scope, receive: Receive, __: Send) -> None:
        async def listen() -> None:
            while (message := await receive())["type"] != "http.disconnect":
                pass
            heard.append(message["type"])

        async with asyncio.TaskGroup() as group:
            for _number in range(3):
                group.create_task(listen())

    line = ServedLine(Connection, app)
    await line.says(POST, b"abc", b"def")
    await line.hangs_up()

    assert heard == ["http.disconnect"] * 3
    assert not line.state.tasks


async def test_a_head_with_a_length_leaves_in_one_piece_with_its_body() -> None:
    line = ServedLine(Connection, answering(b"hello"))

    await line.says(GET)

    assert len(line.outlet.written) == 1


async def test_a_streams_head_leaves_at_once() -> None:
    goes_on = asyncio.Event()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await goes_on.wait()
        await send({"type": "http.response.body", "body": b"x"})

    line = ServedLine(Connection, app)
    await line.says(GET)

    assert line.sent.endswith(b"transfer-encoding: chunked\r\n\r\n")
    goes_on.set()
    await line.settled()
    assert line.sent.endswith(b"1\r\nx\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "header",
    [
        (b"a b", b"1"),
        (b"a:", b"1"),
        (b"", b"1"),
        (b"a\r\nset-cookie", b"1"),
        (b"a\xe9", b"1"),
        *((b"a", b"1%c2" % octet) for octet in [*range(9), *range(10, 32), 127]),
        (b"a", b"1\r\nset-cookie: b=c"),
        (b"a", b"1\n\nhello"),
    ],
)
async def test_a_header_that_could_begin_another_one_never_leaves(
    header: tuple[bytes, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    line = ServedLine(Connection, answering(b"hello", headers=(FIVE, header)))

    with caplog.at_level(logging.ERROR, "uvicorn.error"):
        await line.says(GET)

    assert line.sent == b""
    assert line.outlet.closed
    assert "Exception in ASGI application" in caplog.text


WRONG: dict[str, list[dict[str, Any]]] = {
    "nothing": [],
    "a body without a head": [part(b"x")],
    "something else": [{"type": "http.response.trailers"}],
    "two heads": [start(), start()],
    "a stream without an end": [start(), part(b"x", more=True)],
    "no body": [start()],
    "too short": [start(FIVE), part(b"1234")],
    "too long in the middle": [start(FIVE), part(b"123", more=True), part(b"456")],
    "more than the end": [start(FIVE), part(b"12345"), part(b"6")],
    "more than a stream's end": [start(), part(b"1"), part(b"2")],
    "no number for a length": [start((b"content-length", b"five")), part(b"12345")],
}


@pytest.mark.parametrize("messages", WRONG.values(), ids=WRONG)
async def test_an_application_that_does_not_answer_well_is_told_off_as_by_uvicorn(
    messages: list[dict[str, Any]],
) -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    ours, theirs = await of_both(app, GET)

    assert ours == theirs


async def test_of_an_answer_that_fails_before_its_body_nothing_has_left() -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send(start(FIVE))
        raise ValueError

    for wrong in (app, answering(b"123456", headers=(FIVE,))):
        line = ServedLine(Connection, wrong)
        await line.says(GET)

        assert (line.sent, line.outlet.closed) == (b"", True)


async def test_an_answer_that_its_agent_tore_is_broken_off_and_is_no_fault_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send(start(FIVE))
        await send(part(b"ha", more=True))
        raise BodyBroken

    line = ServedLine(Connection, app)
    await line.says(GET)

    assert line.sent.endswith(b"\r\n\r\nha")
    assert line.outlet.closed
    assert "Exception" not in caplog.text


@pytest.mark.parametrize("fails", [True, False])
async def test_of_a_torn_answer_http_1_0_learns_that_it_is_torn(*, fails: bool) -> None:
    """It knows no chunks: a connection that ends in good order is the end of the body, too."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send(start())
        await send(part(b"half", more=True))
        if fails:
            raise ValueError

    config = uvicorn.Config(app, http=Connection, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(OLD)

        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


async def test_who_has_gone_is_sent_nothing_more() -> None:
    goes_on = asyncio.Event()
    told: list[str] = []

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(start())
        told.append((await receive())["type"])
        await goes_on.wait()
        await send(part(b"x", more=True))
        await send(part(b"y"))
        told.append("over")

    line = ServedLine(Connection, app)
    await line.says(GET)
    before = line.sent
    await line.hangs_up()
    goes_on.set()
    await line.settled()

    assert told == ["http.disconnect", "over"]
    assert line.sent == before


async def test_who_listens_hears_that_the_answer_is_over() -> None:
    told: list[str] = []

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        await receive()

        async def listen() -> None:
            told.append((await receive())["type"])

        async with asyncio.TaskGroup() as group:
            group.create_task(listen())
            await asyncio.sleep(0)
            await send(start(FIVE))
            await send(part(b"hello"))

    await ServedLine(Connection, app).says(GET)

    assert told == ["http.disconnect"]


async def test_a_browser_that_takes_nothing_slows_the_application() -> None:
    line = ServedLine(Connection, answering(b"a", b"b", headers=()))
    line.protocol.pause_writing()

    await line.says(GET)
    assert line.sent == b""
    line.protocol.resume_writing()
    await line.settled()

    assert line.sent.endswith(b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n")
