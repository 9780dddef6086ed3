"""The upstream over httpx, before a server on loopback that a test plays by hand."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from fakes.proxy.wire import WAIT_S, Call, serving
from proxy import http
from proxy.errors import AgentFailed, AgentTimeout, AgentUnreachable
from proxy.http import HttpxUpstream
from proxy.upstream import Outgoing

EVENTS = [("Content-Type", "text/event-stream")]


def outgoing(origin: str, target: str = "/x", *, body: bytes = b"{}") -> Outgoing:
    return Outgoing(
        method="POST", url=f"{origin}{target}", headers={"Accept": "text/event-stream"}, body=body
    )


@pytest.fixture
async def upstream() -> AsyncIterator[HttpxUpstream]:
    opened = HttpxUpstream(idle_s=WAIT_S)
    yield opened
    await opened.close()


async def test_each_chunk_arrives_before_the_next_is_sent(upstream: HttpxUpstream) -> None:
    seen = asyncio.Queue[int]()

    async def answer(call: Call) -> None:
        call.begin(headers=EVENTS)
        for number in range(1, 20):
            call.chunk(b"data: %d\n\n" % number)
            assert await seen.get() == number
        call.end()

    async with serving(answer) as wire, upstream.open(outgoing(wire.origin)) as answered:
        number = 0
        async with asyncio.timeout(WAIT_S):
            async for chunk in answered.chunks:
                number += 1
                assert chunk == b"data: %d\n\n" % number
                seen.put_nowait(number)

    assert number == 19


async def test_a_redirect_is_an_answer_and_is_not_followed(upstream: HttpxUpstream) -> None:
    async def answer(call: Call) -> None:
        call.respond(307, [("Location", "/elsewhere")])

    async with serving(answer) as wire, upstream.open(outgoing(wire.origin)) as answered:
        assert answered.status == 307

    assert [call.target for call in wire.calls] == ["/x"]


async def refuse_to_answer(call: Call) -> None:
    call.drop()


async def half_an_answer(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\nContent-")
    call.drop()


async def no_http(call: Call) -> None:
    call.send(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
    call.drop()


@pytest.mark.parametrize("answer", [refuse_to_answer, half_an_answer, no_http])
async def test_a_call_that_may_have_arrived_is_never_repeated(
    upstream: HttpxUpstream, answer: Callable[[Call], Awaitable[None]]
) -> None:
    async with serving(answer) as wire:
        with pytest.raises(AgentFailed):
            async with upstream.open(outgoing(wire.origin)):
                pass

    assert len(wire.calls) == 1


async def test_a_kept_connection_that_was_closed_does_not_make_a_call_twice(
    upstream: HttpxUpstream,
) -> None:
    async def answer(call: Call) -> None:
        if len(wire.calls) == 1:
            call.respond(200)
        else:
            call.drop()

    async with serving(answer) as wire:
        async with upstream.open(outgoing(wire.origin)) as answered:
            assert [chunk async for chunk in answered.chunks] == []
        with pytest.raises(AgentFailed):
            async with upstream.open(outgoing(wire.origin)):
                pass

    assert len(wire.calls) == 2
    assert wire.connections == 1


async def test_a_head_that_does_not_come_is_a_timeout_after_one_call() -> None:
    upstream = HttpxUpstream(idle_s=0.02)

    async def hang(_: Call) -> None:
        await asyncio.Event().wait()

    async with serving(hang) as wire:
        with pytest.raises(AgentTimeout):
            async with upstream.open(outgoing(wire.origin)):
                pass
        await upstream.close()

    assert len(wire.calls) == 1


async def test_silence_in_mid_answer_is_a_timeout() -> None:
    upstream = HttpxUpstream(idle_s=0.3)

    async def answer(call: Call) -> None:
        call.begin(headers=EVENTS)
        call.chunk(b"data: a\n\n")
        await call.gone.wait()

    async with serving(answer) as wire:
        async with upstream.open(outgoing(wire.origin)) as answered:
            assert await anext(answered.chunks) == b"data: a\n\n"
            with pytest.raises(AgentTimeout):
                await anext(answered.chunks)
        await upstream.close()


async def test_nobody_listening_is_unreachable(upstream: HttpxUpstream) -> None:
    async with serving(refuse_to_answer) as wire:
        origin = wire.origin
    with pytest.raises(AgentUnreachable):
        async with upstream.open(outgoing(origin)):
            pass


async def test_a_full_pool_is_unreachable_and_sends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "MAX_CONNECTIONS", 1)
    monkeypatch.setattr(http, "CONNECT_TIMEOUT_S", 0.3)
    upstream = HttpxUpstream(idle_s=WAIT_S)

    async def answer(call: Call) -> None:
        call.begin(headers=EVENTS)
        await call.gone.wait()

    async with serving(answer) as wire, upstream.open(outgoing(wire.origin)):
        with pytest.raises(AgentUnreachable):
            async with upstream.open(outgoing(wire.origin)):
                pass
    await upstream.close()

    assert len(wire.calls) == 1


async def test_a_chunked_answer_that_is_torn_fails(upstream: HttpxUpstream) -> None:
    async def answer(call: Call) -> None:
        call.begin(headers=EVENTS)
        call.chunk(b"data: a\n\n")
        call.transport.close()

    async with serving(answer) as wire, upstream.open(outgoing(wire.origin)) as answered:
        assert await anext(answered.chunks) == b"data: a\n\n"
        with pytest.raises(AgentFailed):
            await anext(answered.chunks)


async def test_an_answer_shorter_than_it_said_fails(upstream: HttpxUpstream) -> None:
    async def answer(call: Call) -> None:
        call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
        call.transport.close()

    async with serving(answer) as wire, upstream.open(outgoing(wire.origin)) as answered:
        with pytest.raises(AgentFailed):
            _ = [chunk async for chunk in answered.chunks]


async def test_bodies_with_a_length_and_bodies_until_the_close_are_read(
    upstream: HttpxUpstream,
) -> None:
    async def answer(call: Call) -> None:
        if call.target == "/length":
            call.respond(200, body=b"with a length")
            return
        call.send(b"HTTP/1.1 200 OK\r\n\r\nuntil the close")
        call.transport.close()

    async with serving(answer) as wire:
        for target, expected in (("/length", b"with a length"), ("/close", b"until the close")):
            async with upstream.open(outgoing(wire.origin, target)) as answered:
                assert b"".join([chunk async for chunk in answered.chunks]) == expected


async def test_compressed_bytes_are_left_alone(upstream: HttpxUpstream) -> None:
    packed = gzip.compress(b"data: a\n\n")

    async def answer(call: Call) -> None:
        call.respond(200, [*EVENTS, ("Content-Encoding", "gzip")], packed)

    async with serving(answer) as wire, upstream.open(outgoing(wire.origin)) as answered:
        assert b"".join([chunk async for chunk in answered.chunks]) == packed


async def test_header_names_come_in_lower_case_and_repeated_ones_joined(
    upstream: HttpxUpstream,
) -> None:
    async def answer(call: Call) -> None:
        call.respond(200, [("X-Amzn-ErrorType", "A"), ("x-amzn-errortype", "B"), ("X-Y", "é")])

    async with serving(answer) as wire, upstream.open(outgoing(wire.origin)) as answered:
        assert answered.headers["x-amzn-errortype"] == "A, B"
        assert answered.headers["x-y"] == "é"


async def test_nothing_is_added_to_the_call_but_host_and_length(upstream: HttpxUpstream) -> None:
    async def answer(call: Call) -> None:
        call.respond(200, [("Set-Cookie", "sticky=1; Path=/")])

    async with serving(answer) as wire:
        for _ in range(2):
            async with upstream.open(outgoing(wire.origin, body=b"12345")):
                pass

    for call in wire.calls:
        assert sorted(name.lower() for name, _ in call.headers) == [
            "accept",
            "content-length",
            "host",
        ]
        assert call.header("host") == wire.origin.removeprefix("http://")
        assert call.body == b"12345"


async def test_leaving_an_answer_unread_closes_its_connection(upstream: HttpxUpstream) -> None:
    async def answer(call: Call) -> None:
        call.begin(headers=EVENTS)
        call.chunk(b"data: a\n\n")
        await call.gone.wait()

    async with serving(answer) as wire:
        async with upstream.open(outgoing(wire.origin)) as answered:
            await anext(answered.chunks)
        async with asyncio.timeout(WAIT_S):
            await wire.calls[0].gone.wait()


async def test_a_proxy_named_in_the_environment_never_sees_a_signed_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answer(call: Call) -> None:
        call.respond(200, body=call.target.encode())

    async with serving(answer) as real, serving(answer) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        upstream = HttpxUpstream(idle_s=WAIT_S)
        async with upstream.open(outgoing(real.origin)):
            pass
        await upstream.close()

    assert len(real.calls) == 1
    assert proxy.calls == []
