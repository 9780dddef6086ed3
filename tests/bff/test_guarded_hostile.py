"""What a connection refuses of whoever is not known yet: endless heads, hidden requests."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from bff.connection import Connection
from bff.guarded import HEAD_BYTES, HEAD_TIMEOUT_S, MOST_HEADERS
from fakes.loop_time import LoopTime, stopped
from fakes.served_line import FIVE, GET, Asked, ServedLine, part, start

POST = b"POST /a HTTP/1.1\r\nHost: localhost\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("asked_for", [b"h2c", b"websocket", b"anything"])
@pytest.mark.parametrize(
    ("framing", "body"),
    [
        pytest.param(b"Content-Length: %d" % len(HIDDEN), HIDDEN, id="length"),
        pytest.param(
            b"Transfer-Encoding: chunked",
            b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
            id="chunks",
        ),
    ],
)
@pytest.mark.parametrize("apart", [False, True], ids=["in one piece", "apart"])
async def test_the_body_of_an_upgrade_is_not_the_next_request(
    asked_for: bytes, framing: bytes, body: bytes, *, apart: bool
) -> None:
    app = Asked()
    line = ServedLine(Connection, app, ws="websockets-sansio")
    head = POST + b"Connection: Upgrade\r\nUpgrade: " + asked_for + b"\r\n" + framing + b"\r\n\r\n"

    for piece in [head, body] if apart else [head + body]:
        if not line.outlet.closed:
            await line.says(piece)

    assert app.requests == []
    assert line.sent.startswith(b"HTTP/1.1 400 ")
    assert line.outlet.closed


@pytest.mark.parametrize("length", [b"", b"Content-Length: 0\r\n"])
@pytest.mark.parametrize("cut", [0, 9, len(GET)], ids=["apart", "in the middle", "in one piece"])
async def test_an_upgrade_without_a_body_that_is_not_ours_is_passed_over(
    length: bytes, cut: int
) -> None:
    """uvicorn drops what comes with it, and reads the rest of that as a request."""
    app = Asked()
    line = ServedLine(Connection, app)
    upgrade = POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + length + b"\r\n"
    await line.says(upgrade * 3 + GET[:cut], GET[cut:] + GET)

    assert app.requests == [("/a", b"")] * 5
    assert not line.outlet.closed


async def test_a_trailer_is_no_header() -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    chunked = POST + b"X-Forwarded-For: 192.0.2.7\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"
    await line.says(chunked + b"0\r\nX-Forwarded-For: 192.0.2.8\r\nCookie: a=b\r\n\r\n", GET)

    assert app.requests == [("/a", b"ok"), ("/a", b"")]
    assert not line.outlet.closed
    assert [value for name, value in app.headers[0] if name == b"x-forwarded-for"] == [b"192.0.2.7"]
    assert b"cookie" not in dict(app.headers[0])
    assert app.headers[1] == [(b"host", b"localhost")]


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        pytest.param(b"GET /", b"a" * 4096, id="a target"),
        pytest.param(GET[:-2] + b"X: ", b"a" * 4096, id="a value"),
        pytest.param(GET[:-2], b"a" * 4096, id="a name"),
        pytest.param(GET[:-2], b"A: b\r\n" * 16, id="headers"),
    ],
)
async def test_a_head_without_end_is_refused(begins: bytes, goes_on: bytes) -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(begins)
    taken = 0
    while not line.outlet.closed and taken < 2 * HEAD_BYTES:
        await line.says(goes_on)
        taken += len(goes_on)

    assert line.outlet.closed
    assert line.sent.startswith(b"HTTP/1.1 400 ")
    assert app.requests == []


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(GET.replace(b"/a", b"/" + b"a" * (HEAD_BYTES + 1)), id="a target"),
        pytest.param(GET[:-2] + b"A: b\r\n" * MOST_HEADERS + b"\r\n", id="headers"),
    ],
)
async def test_a_head_that_comes_at_once_is_bounded_too(head: bytes) -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(head)

    assert (app.requests, line.outlet.closed) == ([], True)


@pytest.mark.parametrize("begins", [b"2\r\nok\r\n0\r\nX: ", b"2;a=", b"2\r\nok\r\n2;a="])
@pytest.mark.parametrize("answered", [False, True])
async def test_framing_behind_a_head_is_bounded_too(begins: bytes, *, answered: bool) -> None:
    """A trailer, or an extension: nobody reads it, and so nobody would stop it."""

    async def early(_: Scope, __: Receive, send: Send) -> None:
        await send(start(FIVE))
        await send(part(b"hello"))

    app = Asked()
    line = ServedLine(Connection, early if answered else app)
    await line.says(POST + b"Transfer-Encoding: chunked\r\n\r\n" + begins)
    taken = 0
    while not line.outlet.closed and taken < 2 * HEAD_BYTES:
        await line.says(b"a" * 4096)
        taken += 4096

    assert line.outlet.closed
    assert app.requests == []
    await line.hangs_up()


async def test_a_body_that_comes_slowly_is_no_framing() -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    count = HEAD_BYTES // 2
    for _ in range(count):
        # Without turns of the loop: the parser alone is asked.
        line.protocol.data_received(b"1\r\n")
        line.protocol.data_received(b"a\r\n")
    await line.says(b"0\r\n\r\n")

    assert app.requests == [("/a", b"a" * count)]
    assert not line.outlet.closed


async def test_a_long_body_is_no_long_head() -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    body = bytes(HEAD_BYTES + 1)
    head = POST + b"Content-Length: %d\r\n\r\n" % (2 * len(body))
    for _ in range(3):
        await line.says(head[:20], head[20:] + body, body + GET[:5], GET[5:])

    assert app.requests == [("/a", body + body), ("/a", b"")] * 3
    assert not line.outlet.closed


async def test_each_head_is_as_long_as_it_is() -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    value = b"a" * (HEAD_BYTES // 2)
    for _ in range(5):
        await line.says(GET[:-2] + b"X: ", value, b"\r\n\r\n")

    assert app.requests == [("/a", b"")] * 5
    assert not line.outlet.closed


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    """Stop the loop's clock."""
    return stopped(monkeypatch)


async def test_a_connection_on_which_nothing_is_asked_is_closed(time: LoopTime) -> None:
    line = ServedLine(Connection, Asked())

    await time.passes(HEAD_TIMEOUT_S - 1)
    assert not line.outlet.closed
    await time.passes(2)
    assert line.outlet.closed


@pytest.mark.parametrize("before", [b"", GET], ids=["the first", "a later one"])
async def test_a_head_that_drips_is_given_up(time: LoopTime, before: bytes) -> None:
    line = ServedLine(Connection, Asked())
    await line.says(before + b"GET /a HTTP/1.1\r\nX: ")
    for _ in range(int(HEAD_TIMEOUT_S) - 1):
        await time.passes(1)
        await line.says(b"a")
    assert not line.outlet.closed

    await time.passes(2)
    assert line.outlet.closed


async def test_a_head_that_drips_behind_an_answer_does_not_tear_it(time: LoopTime) -> None:
    goes_on = asyncio.Event()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send(start(FIVE))
        await send(part(b"he", more=True))
        await goes_on.wait()
        await send(part(b"llo"))

    line = ServedLine(Connection, app)
    await line.says(GET + b"GET /b HTTP/1.1\r\nX: ")
    await time.passes(HEAD_TIMEOUT_S + 1)
    await line.says(b"a\r\nHost: localhost\r\n\r\n")
    meanwhile = line.outlet.closed
    goes_on.set()
    await line.settled()

    assert (meanwhile, line.outlet.closed) == (False, True)
    assert line.sent.endswith(b"\r\n\r\nhello")
    assert line.state.total_requests == 1


async def test_a_connection_that_is_lost_leaves_no_timer(time: LoopTime) -> None:
    line = ServedLine(Connection, Asked())
    await line.hangs_up()
    line.outlet.closed = False

    await time.passes(2 * HEAD_TIMEOUT_S)
    assert not line.outlet.closed


async def test_an_answer_may_take_longer_than_a_head(time: LoopTime) -> None:
    goes_on = asyncio.Event()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await goes_on.wait()
        await send(start(FIVE))
        await send(part(b"hello"))

    line = ServedLine(Connection, app)
    await line.says(GET)
    await time.passes(10 * HEAD_TIMEOUT_S)
    assert not line.outlet.closed
    goes_on.set()
    await line.settled()

    assert line.sent.endswith(b"hello")
