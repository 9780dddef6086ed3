"""What a connection refuses of whoever is not known yet: endless heads, hidden requests."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Receive, Scope, Send

from bff.connection import MOST_WAITING, Connection
from bff.guarded import HEAD_BYTES, HEAD_TIMEOUT_S, MOST_HEADERS
from fakes.loop_time import LoopTime, stopped
from fakes.served_line import FIVE, GET, ServedLine, part, start

POST = b"POST /a HTTP/1.1\r\nHost: localhost\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Asked:
    """An application that remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bytes]] = []
        self.headers: list[Sequence[tuple[bytes, bytes]]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the request to its end, and say hello."""
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.requests.append((scope["path"], body))
        self.headers.append(list(scope["headers"]))
        await send(start(FIVE))
        await send(part(b"hello"))


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


NO_HOSTS = {
    "none": b"",
    "two": b"Host: localhost\r\nHost: localhost\r\n",
    "two, one of them of no name": b"Host:\r\nhost: localhost\r\n",
    "a list": b"Host: localhost,example.org\r\n",
    "with somebody's name": b"Host: alice@localhost\r\n",
    "with a path": b"Host: localhost/a\r\n",
    "with a query": b"Host: localhost?a\r\n",
    "with a scheme": b"Host: http://localhost\r\n",
    "with a blank": b"Host: local host\r\n",
    "with a tab": b"Host: local\thost\r\n",
    "with high bytes": b"Host: localh\xc3\xb6st\r\n",
    "with a name for a port": b"Host: localhost:http\r\n",
    "with two ports": b"Host: localhost:1:2\r\n",
    "a bracket": b"Host: [::1\r\n",
}
"""What llhttp, and so uvicorn, takes all the same."""

HOSTS = [
    b"",
    b"localhost",
    b" localhost:8000\t ",
    b"192.0.2.1:8000",
    b"[2001:db8::1]:443",
    b"my_bff-1.example.org.:",
    b"xn--bcher-kva.example",
]


@pytest.mark.parametrize("hosts", NO_HOSTS.values(), ids=NO_HOSTS)
@pytest.mark.parametrize("target", [b"/a", b"http://localhost/a"])
async def test_a_request_for_no_host_or_for_two_is_refused(hosts: bytes, target: bytes) -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(b"GET %b HTTP/1.1\r\n%b\r\n" % (target, hosts))

    assert app.requests == []
    assert line.sent.startswith(b"HTTP/1.1 400 ")
    assert line.outlet.closed


@pytest.mark.parametrize("host", HOSTS)
async def test_whatever_can_be_a_host_is_one(host: bytes) -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(GET.replace(b" localhost", host) * 2)

    assert app.requests == [("/a", b"")] * 2


async def test_http_1_0_may_ask_without_a_host() -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(b"GET /a HTTP/1.0\r\n\r\n")

    assert app.requests == [("/a", b"")]


@pytest.mark.parametrize("version", [b"HTTP/0.9", b"HTTP/2.0", b"HTTP/3.0", b"HTTP/1.2"])
async def test_a_version_that_is_not_spoken_here_is_refused(version: bytes) -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(GET.replace(b"HTTP/1.1", version))

    assert (app.requests, line.outlet.closed) == ([], True)


@pytest.mark.parametrize(
    "codings",
    [
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: ,chunked\r\n",
        b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    ],
)
async def test_a_body_in_a_coding_that_is_not_known_is_refused(codings: bytes) -> None:
    """The parser reads it as chunks of whatever, and the application as if it were plain."""
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(POST + codings + b"\r\n2\r\nok\r\n0\r\n\r\n")

    assert app.requests == []
    assert line.sent.startswith(b"HTTP/1.1 400 ")
    assert line.outlet.closed


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


@pytest.mark.parametrize("asked_for_more", [b"", GET], ids=["alone", "and another"])
@pytest.mark.parametrize("ending", ["without end", "nonsense"])
async def test_no_word_of_ours_gets_into_the_middle_of_an_answer(
    ending: str, asked_for_more: bytes
) -> None:
    goes_on = asyncio.Event()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send(start(FIVE))
        await send(part(b"he", more=True))
        await goes_on.wait()

    line = ServedLine(Connection, app)
    await line.says(GET, asked_for_more + b"GET /")
    before = line.sent
    for _ in range(HEAD_BYTES // 4096 + 1 if ending == "without end" else 0):
        await line.says(b"a" * 4096)
    if ending == "nonsense":
        await line.says(b" HELLO\r\n\r\n")

    assert line.outlet.closed
    assert line.sent == before
    goes_on.set()
    await line.hangs_up()


@pytest.mark.parametrize("more", [0, 1])
async def test_nobody_asks_much_faster_than_is_answered(more: int) -> None:
    goes_on = asyncio.Event()

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        # Which lets the next ones arrive.
        await receive()
        await goes_on.wait()
        await send(start(FIVE))
        await send(part(b"hello"))

    line = ServedLine(Connection, app)
    await line.says(GET, GET * MOST_WAITING, GET * more)
    was_refused = line.sent.startswith(b"HTTP/1.1 400 ")
    goes_on.set()
    for _ in range(MOST_WAITING):
        await line.settled()

    assert (was_refused, line.outlet.closed) == (bool(more), bool(more))
    assert line.sent.count(b"hello") == (1 if more else 1 + MOST_WAITING)
    await line.hangs_up()
    assert not line.state.tasks


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
