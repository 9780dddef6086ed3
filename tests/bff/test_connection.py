"""A browser's connection: calls one after the other, handing over, idle time."""

import asyncio
from collections import deque
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bff.connection import (
    Connection,
    _known,  # pyright: ignore[reportPrivateUsage] nothing else shows what is remembered
)
from bff.exchange import Exchange
from bff.flow import Flow
from fakes.loop_time import LoopTime, stopped, timers
from fakes.served_line import FIVE, GET, Kind, Outlet, ServedLine, answering, part, shown, start
from proxy.presence import PRESENCE


async def told(kind: Kind, said: bytes = GET, **options: Any) -> bytes:
    """Return what a connection of this class answers."""
    line = ServedLine(kind, shown, **options)
    await line.says(said)
    await line.hangs_up()
    return line.sent


@pytest.mark.parametrize(
    "options", [{"root_path": "/under"}, {"headers": [("X-Of-All", "1")]}, {"server_header": True}]
)
async def test_what_is_set_for_all_answers_is_on_ours(options: dict[str, Any]) -> None:
    assert await told(Connection, **options) == await told(HttpToolsProtocol, **options)


@pytest.mark.parametrize("target", [b"/a?code=s3cret", b"/" + b"a" * 1000])
async def test_a_target_that_may_hold_a_code_or_is_long_is_not_remembered(target: bytes) -> None:
    await told(Connection)
    before = _known.cache_info()

    assert b"200 OK" in await told(Connection, GET.replace(b"/a", target))

    assert _known.cache_info() == before


async def test_more_at_once_than_wanted_are_refused_as_by_uvicorn() -> None:
    ours = await told(Connection, limit_concurrency=1)

    assert ours == await told(HttpToolsProtocol, limit_concurrency=1)
    assert b"503 Service Unavailable" in ours


async def test_calls_at_once_are_counted_and_answered_one_after_the_other() -> None:
    ours = await told(Connection, GET + GET, limit_concurrency=5)

    assert ours == await told(HttpToolsProtocol, GET + GET, limit_concurrency=5)
    assert ours.count(b"200 OK") == 2


async def test_a_web_socket_is_handed_over_as_by_uvicorn() -> None:
    asked = (
        GET.removesuffix(b"\r\n") + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (scope["type"], scope["path"]) == ("websocket", "/a")
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    line = ServedLine(Connection, app, ws="websockets-sansio")
    await line.says(asked)

    assert line.sent.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert line.outlet.get_protocol() is not line.protocol
    line.outlet.get_protocol().connection_lost(None)
    await line.settled()


@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_whoever_gets_a_connection_hears_what_was_asked(method: bytes) -> None:
    asked = (
        b"%b /a?b HTTP/1.1\r\nHost: localhost\r\nConnection: x, Upgrade\r\nUpgrade: WebSocket\r\n"
        b"A: 1\r\nA: 2\r\n\r\n" % method
    )
    heard: list[bytes] = []

    class Heir(asyncio.Protocol):
        def __init__(self, **_: Any) -> None:
            pass

        def data_received(self, data: bytes) -> None:
            heard.append(data)

    for kind in (Connection, HttpToolsProtocol):
        line = ServedLine(kind, shown, ws=Heir)
        await line.says(asked)
        assert isinstance(line.outlet.get_protocol(), Heir)
        assert line.state.connections == set()

    assert heard[0] == heard[1]
    assert heard[0].startswith(method)


async def test_a_web_socket_is_not_handed_over_in_the_middle_of_an_answer() -> None:
    """What the answer's rest and the handshake would be, nobody could tell apart."""
    line = ServedLine(Connection, answering(b"hello"), ws="websockets-sansio")
    upgrade = GET.removesuffix(b"\r\n") + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    await line.says(GET + upgrade)

    assert line.sent.endswith(b"\r\nconnection: close\r\n\r\nhello")
    assert line.outlet.closed
    assert line.outlet.get_protocol() is line.protocol
    assert await left(line)


async def test_calls_wait_until_those_before_them_are_answered() -> None:
    goes_on = asyncio.Event()

    async def app(scope: Scope, __: Receive, send: Send) -> None:
        if scope["path"] == "/1111":
            await goes_on.wait()
        await send(start(FIVE))
        await send(part(scope["path"].encode()))

    line = ServedLine(Connection, app)
    await line.says(b"".join(GET.replace(b"/a", path) for path in (b"/1111", b"/2222", b"/3333")))
    meanwhile = line.sent, line.outlet.reads
    goes_on.set()
    await line.settled()

    assert meanwhile == (b"", False)
    assert line.sent.index(b"/1111") < line.sent.index(b"/2222") < line.sent.index(b"/3333")
    assert line.outlet.reads
    assert line.state.total_requests == 3


async def waiting(scope: Scope, _: Receive, __: Send) -> None:
    """Answer nothing, until the browser has gone."""
    gone = asyncio.Event()
    scope[PRESENCE].listen(gone.set)
    await gone.wait()


async def left(line: ServedLine) -> bool:
    """Let the browser go away; return whether that ends everything that was going on."""
    await line.hangs_up()
    return not line.state.tasks


async def test_who_answers_hears_that_the_browser_has_gone() -> None:
    line = ServedLine(Connection, waiting)
    await line.says(GET)
    before = len(line.state.tasks)

    assert (before, await left(line)) == (1, True)


async def test_a_browser_that_asks_for_more_and_goes_is_gone_for_the_first_answer_too() -> None:
    """uvicorn tells only who answers the last: the first would go on for a browser long gone."""
    line = ServedLine(Connection, waiting)
    await line.says(GET + GET)

    assert await left(line)


async def test_whoever_listens_is_not_made_deaf_by_what_is_asked_behind() -> None:
    """The end of a connection that is not read from goes unnoticed."""
    line = ServedLine(Connection, waiting)
    await line.says(GET)
    await line.says(GET)

    assert line.outlet.reads
    assert await left(line)


async def test_everybody_who_receives_hears_that_the_browser_has_gone() -> None:
    heard: list[str] = []

    async def app(scope: Scope, receive: Receive, _: Send) -> None:
        while (message := await receive())["type"] != "http.disconnect":
            pass
        heard.append(f"{scope['path']} {message['type']}")

    line = ServedLine(Connection, app)
    await line.says(GET + GET.replace(b"/a", b"/b"))
    await line.hangs_up()

    assert heard == ["/a http.disconnect"]
    assert not line.state.tasks


async def test_what_an_answer_listened_for_is_nothing_to_the_next_one() -> None:
    heard: list[str] = []

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        scope[PRESENCE].listen(lambda: heard.append(scope["path"]))
        await send(start(FIVE))
        await send(part(b"hello"))
        if scope["path"] == "/a":
            scope[PRESENCE].ignore()

    line = ServedLine(Connection, app)
    await line.says(GET, GET.replace(b"/a", b"/b"))
    await line.hangs_up()

    assert heard == ["/b"]


async def test_a_body_that_is_not_read_slows_its_browser_until_somebody_listens() -> None:
    listens = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await listens.wait()
        await waiting(scope, receive, send)

    length = HIGH_WATER_LIMIT + 1
    line = ServedLine(Connection, app)
    post = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b"
    await line.says(post % (length, b"x" * length))
    before = line.outlet.reads
    listens.set()
    await line.settled()

    assert (before, line.outlet.reads) == (False, True)
    assert await left(line)


def held(*roots: object) -> list[object]:
    """Return what these hold, and what those of our own classes among it hold."""
    found: list[object] = []
    for root in roots:
        names = {name for kind in type(root).__mro__ for name in getattr(kind, "__slots__", ())}
        values = [getattr(root, name) for name in names if hasattr(root, name)]
        found += [*values, *held(*(one for one in values if isinstance(one, Exchange | Flow)))]
    return found


async def test_a_connection_whose_answer_waits_holds_no_queue() -> None:
    """Each has room for 64 from the beginning; asyncio's events have one, too."""
    line = ServedLine(Connection, waiting)
    await line.says(GET)

    found = held(line.protocol)
    assert any(isinstance(one, Exchange) for one in found)
    assert [one for one in found if isinstance(one, deque | asyncio.Event)] == []
    assert await left(line)


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    """Stop the loop's clock."""
    return stopped(monkeypatch)


def idle_for(seconds: int) -> ServedLine:
    return ServedLine(Connection, answering(b"hello"), timeout_keep_alive=seconds)


async def test_a_connection_that_is_idle_for_long_enough_is_closed(time: LoopTime) -> None:
    line = idle_for(5)
    await line.says(GET)

    await time.passes(4.9)
    assert not line.outlet.closed
    await time.passes(0.2)
    assert line.outlet.closed


async def test_every_answer_lets_a_connection_idle_anew(time: LoopTime) -> None:
    line = idle_for(5)
    await line.says(GET)
    await time.passes(3)
    await line.says(GET)

    await time.passes(4.9)
    assert not line.outlet.closed
    await time.passes(0.2)
    assert line.outlet.closed


async def test_a_connection_on_which_something_arrives_is_not_idle(time: LoopTime) -> None:
    line = idle_for(5)
    await line.says(GET)
    await line.says(GET[:10])

    await time.passes(20)
    assert not line.outlet.closed
    await line.says(GET[10:])
    await time.passes(4.9)
    assert not line.outlet.closed
    await time.passes(0.2)
    assert line.outlet.closed


async def test_a_connection_that_says_nothing_but_line_ends_is_not_kept(time: LoopTime) -> None:
    """llhttp skips them: they begin no head, whose time would count."""
    line = idle_for(5)
    await line.says(GET)

    for _ in range(3):
        await time.passes(2)
        if not line.outlet.closed:
            await line.says(b"\r\n")

    assert line.outlet.closed


async def test_whoever_still_sends_what_was_answered_early_is_not_idle(time: LoopTime) -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send(start(FIVE))
        await send(part(b"hello"))

    line = ServedLine(Connection, app, timeout_keep_alive=5)
    await line.says(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
    for _ in range(3):
        await time.passes(4)
        await line.says(b"x")
    assert not line.outlet.closed

    await line.says(b"x" + GET)
    assert line.sent.count(b"hello") == 2


async def test_a_connection_that_is_handed_over_leaves_no_timer() -> None:
    line = ServedLine(Connection, shown, ws="websockets-sansio")
    upgrade = GET.removesuffix(b"\r\n") + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    (ours,) = timers()
    await line.says(upgrade)

    assert line.outlet.get_protocol() is not line.protocol
    assert ours.cancelled()


async def test_a_connection_that_is_closed_already_is_left_alone(time: LoopTime) -> None:
    line = idle_for(5)
    await line.says(GET)
    line.outlet.closed = True
    closings: list[bool] = []
    line.outlet.close = lambda: closings.append(True)  # type: ignore[method-assign]

    await time.passes(6)

    assert closings == []


@pytest.mark.parametrize("why", [None, ConnectionResetError()])
async def test_a_connection_that_is_lost_leaves_no_timer(why: Exception | None) -> None:
    line = idle_for(5)
    await line.says(GET, GET)

    line.protocol.connection_lost(why)

    assert timers() == set()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (("192.0.2.1", 4000), ("192.0.2.1", 4000)),
        (("2001:db8::1", 4000, 0, 0), ("2001:db8::1", 4000)),
        ("/run/gatehouse.sock", ("/run/gatehouse.sock", None)),
        ("", ("", None)),
        (None, None),
    ],
)
async def test_a_scope_has_the_addresses_that_the_system_tells(
    monkeypatch: pytest.MonkeyPatch, told: object, expected: object
) -> None:
    scopes: list[Scope] = []

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        scopes.append(scope)
        await send(start(FIVE))
        await send(part(b"hello"))

    def info(*_: object) -> object:
        return told

    monkeypatch.setattr(Outlet, "get_extra_info", info)
    line = ServedLine(Connection, app)
    await line.says(GET)

    assert (scopes[0]["client"], scopes[0]["server"]) == (expected, expected)
