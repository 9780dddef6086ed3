"""A request that is here as one, and an answer that leaves as one: as they come and go in parts."""

from collections.abc import Mapping, Sequence

import pytest
from starlette.types import Receive, Scope, Send

from bff.connection import Connection
from fakes.served_line import GET, ServedLine, of_both
from proxy.body import read_body
from proxy.request import EVERYWHERE, REQUEST_ID, read_request
from proxy.whole import WHOLE, Whole

HOST = b"Host: localhost\r\n"
POST = b"POST /a HTTP/1.1\r\n%bContent-Length: 6\r\n\r\n" % HOST
CHUNKED = b"POST /a HTTP/1.1\r\n%bTransfer-Encoding: chunked\r\n\r\n" % HOST
LAST = POST.replace(b"Host", b"Connection: close\r\nHost")
CALLS = {
    "without a body": (GET,),
    "with a body": (POST + b"abcdef",),
    "with a body that comes late": (POST, b"abc", b"def"),
    "with a body in chunks": (CHUNKED, b"3\r\nabc\r\n", b"3\r\ndef\r\n0\r\n\r\n"),
    "that waits for a 100": (
        POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"),
        b"abcdef",
    ),
    "of HTTP/1.0": (POST.replace(b"HTTP/1.1", b"HTTP/1.0") + b"abcdef",),
    "for the head alone": (GET.replace(b"GET", b"HEAD"),),
    "the last one": (LAST + b"abcdef",),
    "two at once": (GET + POST + b"abcdef",),
    "three at once, the second is the last": (GET + LAST + b"abcdef" + GET,),
    "one after the other": (POST + b"abcdef", POST + b"ghijkl"),
}
HEADERS: dict[str, Mapping[str, str]] = {
    "some": {"content-type": "text/plain", "a": "\t\x80\xff b"},
    "that say more": {"connection": "close"},
    "of a coding": {"transfer-encoding": "gzip"},
    "of ours": {"cache-control": "private"},
}


class Echo:
    """Answers with the request's body, behind some more."""

    def __init__(
        self, headers: Mapping[str, str], *, more: bytes = b"", length: int | None = None
    ) -> None:
        self._headers = headers
        self._more = more
        self._length = length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, in one piece where the server takes it so."""
        scope[REQUEST_ID], scope[EVERYWHERE] = "1", {"strict-transport-security": "max-age=1"}
        request = read_request(scope, receive, send)
        body = self._more + await read_body(request, limit=100)
        length = len(body) if self._length is None else self._length
        await request.finish(200, {**self._headers, "content-length": str(length)}, body)


class Flow(Echo):
    """Answers with a stream of two pieces."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin it in one piece where the server takes it so."""
        scope[REQUEST_ID] = "1"
        request = read_request(scope, receive, send)
        body = await read_body(request, limit=100)
        await request.start(200, self._headers)
        await send({"type": "http.response.body", "body": b"<%b>" % body, "more_body": True})
        await send({"type": "http.response.body", "body": b"end"})


class Nothing(Echo):
    """Answers with a status that has no body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send none."""
        scope[REQUEST_ID] = "1"
        request = read_request(scope, receive, send)
        await read_body(request, limit=100)
        await request.start(204, self._headers)
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("kind", [Flow, Nothing])
@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("pieces", CALLS.values(), ids=CALLS)
async def test_what_begins_as_one_is_what_uvicorn_begins_in_parts(
    kind: type[Echo], headers: Mapping[str, str], pieces: Sequence[bytes]
) -> None:
    ours, theirs = await of_both(kind(headers), *pieces)

    if not pieces[0].startswith(b"POST /a HTTP/1.0"):
        # There we send no chunks, and uvicorn does.
        assert ours == theirs


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("pieces", CALLS.values(), ids=CALLS)
async def test_what_leaves_as_one_is_what_uvicorn_sends_in_parts(
    headers: Mapping[str, str], pieces: Sequence[bytes]
) -> None:
    ours, theirs = await of_both(Echo(headers, more=b"<"), *pieces)

    assert ours == theirs


async def test_an_answer_that_did_not_wait_for_a_body_ends_the_connection_if_no_100_was_told() -> (
    None
):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope[REQUEST_ID] = "1"
        await read_request(scope, receive, send).finish(401, {"content-length": "5"}, b"hello")

    patient = POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    for asked, ends in ((POST, False), (patient, True)):
        line = ServedLine(Connection, app)
        await line.says(asked)

        assert line.sent.endswith(b"hello")
        assert (line.outlet.closed, b"connection: close" in line.sent) == (ends, ends)


async def test_an_answer_that_is_broken_off_takes_no_more() -> None:
    """What is written behind a close may still leave, where the browser is slow."""
    begun: list[Whole] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope[WHOLE])
        assert begun[0].begin(200, {})
        assert begun[0].takes_parts
        raise ZeroDivisionError

    line = ServedLine(Connection, app)
    await line.says(GET)

    assert line.outlet.closed
    assert not begun[0].takes_parts


async def test_an_answer_leaves_in_one_piece() -> None:
    line = ServedLine(Connection, Echo({}))

    await line.says(POST + b"abcdef")

    (written,) = line.outlet.written
    assert written.endswith(b"\r\n\r\nabcdef")


async def test_an_answer_shorter_than_it_says_is_told_by_the_end_of_the_connection() -> None:
    line = ServedLine(Connection, Echo({}, length=7))

    await line.says(POST + b"abcdef")

    assert b"content-length: 7" in line.sent
    assert line.outlet.closed


@pytest.mark.parametrize(
    "value", ["a\r\nset-cookie: b=c", "a\nb", "a\0", "\x7f", "\u20ac", "\ud800"]
)
async def test_response_splitting_by_a_header_of_a_whole_answer_sends_nothing_of_it(
    value: str,
) -> None:
    line = ServedLine(Connection, Echo({"a": value}))

    await line.says(POST + b"abcdef")

    assert b"a: a" not in line.sent
    assert b"abcdef" not in line.sent


class Holding:
    """Keeps the port of the last request, which it leaves unanswered."""

    port: Whole

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, _: Send) -> None:
        """Say what is heard of the request that is not told by the port."""
        self.port = scope[WHOLE]
        self.body = self.port.whole_body()
        self.heard.append((await receive())["type"])


async def test_a_body_is_whole_when_its_last_byte_is_here() -> None:
    held = Holding()
    line = ServedLine(Connection, held)

    await line.says(POST + b"abc")

    assert held.body is None
    await line.hangs_up()


async def test_what_a_browser_asked_that_has_gone_is_not_taken_for_a_request() -> None:
    """It would be sent on to an agent whose answer nobody waits for."""
    ports: list[Whole] = []

    async def late(scope: Scope, receive: Receive, _: Send) -> None:
        ports.append(scope[WHOLE])
        assert (await receive())["type"] == "http.disconnect"

    line = ServedLine(Connection, late)
    line.protocol.data_received(POST + b"abcdef")
    await line.hangs_up()

    assert ports[0].whole_body() is None


async def test_a_body_that_was_taken_as_one_leaves_only_the_browsers_going_to_hear() -> None:
    held = Holding()
    line = ServedLine(Connection, held)

    await line.says(POST + b"abcdef")
    meanwhile = list(held.heard)
    await line.hangs_up()

    assert held.body == b"abcdef"
    assert (meanwhile, held.heard) == ([], ["http.disconnect"])


async def test_a_large_body_that_was_taken_as_one_lets_the_browser_go_on() -> None:
    held = Holding()
    line = ServedLine(Connection, held)

    await line.says(POST.replace(b"6", b"100000") + bytes(100_000))

    assert held.body == bytes(100_000)
    assert line.outlet.reads
    await line.hangs_up()


async def test_to_a_browser_that_takes_nothing_a_whole_answer_waits_as_any_other() -> None:
    line = ServedLine(Connection, Echo({}))

    line.protocol.pause_writing()
    await line.says(POST + b"abcdef")
    meanwhile = line.sent
    line.protocol.resume_writing()
    await line.settled()

    assert meanwhile == b""
    assert line.sent.endswith(b"abcdef")


async def test_an_answer_that_has_begun_or_has_nobody_is_not_sent_as_one() -> None:
    held = Holding()
    line = ServedLine(Connection, held)
    await line.says(POST + b"abcdef")

    first = held.port.send_whole(200, {"content-length": "1"}, b"x")
    again = held.port.send_whole(200, {"content-length": "1"}, b"y")
    await line.hangs_up()

    assert (first, again) == (True, False)
    assert line.sent.endswith(b"\r\n\r\nx")
    gone = Holding()
    line = ServedLine(Connection, gone)
    await line.says(POST + b"abcdef")
    await line.hangs_up()
    assert not gone.port.send_whole(200, {"content-length": "1"}, b"x")
