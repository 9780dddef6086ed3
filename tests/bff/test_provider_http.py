"""Calls to the provider over real HTTP: short and small. (Where they go: test_ssrf.py.)"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bff.provider import http
from bff.provider.addresses import Reach
from bff.provider.http import MAX_BYTES, HttpxProvider
from fakes.proxy.wire import Call, Headers, serving
from trust.session.errors import ProviderUnavailable

JSON: Headers = [("Content-Type", "application/json")]


@pytest.fixture
async def provider() -> AsyncIterator[HttpxProvider]:
    opened = HttpxProvider(Reach.LOCAL)
    yield opened
    await opened.close()


async def test_a_document_is_fetched(provider: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        assert call.header("accept") == "application/json"
        call.respond(200, JSON, b'{"a": 1}')

    async with serving(answer) as wire:
        reply = await provider.get(f"{wire.origin}/x")

    assert (reply.status, reply.document) == (200, {"a": 1})


async def test_a_form_is_sent_as_one(provider: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.respond(201, JSON, b"{}")

    async with serving(answer) as wire:
        reply = await provider.post(f"{wire.origin}/x", "a=1&b=2", {"Authorization": "Basic x"})

    (call,) = wire.calls
    assert reply.status == 201
    assert call.method == "POST"
    assert call.body == b"a=1&b=2"
    assert call.header("content-type") == "application/x-www-form-urlencoded"
    assert call.header("authorization") == "Basic x"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[1]",
        b"7",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "HTML", "list", "number", "null", "text", "bytes", "deep", "endless number"],
)
async def test_what_is_no_object_is_an_empty_document(provider: HttpxProvider, body: bytes) -> None:
    async def answer(call: Call) -> None:
        call.respond(200, JSON, body)

    async with serving(answer) as wire:
        assert (await provider.get(wire.origin)).document == {}


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=utf-8", "application/jwk-set+json"]
)
async def test_what_says_that_it_is_json_is_read(provider: HttpxProvider, kind: str) -> None:
    async def answer(call: Call) -> None:
        call.respond(200, [("Content-Type", kind)], b'{"a": 1}')

    async with serving(answer) as wire:
        assert (await provider.get(wire.origin)).document == {"a": 1}


async def test_an_answer_of_the_largest_size_is_read(provider: HttpxProvider) -> None:
    text = b'{"a": "' + b"x" * (MAX_BYTES - 9) + b'"}'

    async def answer(call: Call) -> None:
        call.respond(200, JSON, text)

    async with serving(answer) as wire:
        assert len((await provider.get(wire.origin)).document["a"]) == MAX_BYTES - 9


async def test_a_larger_answer_is_given_up(provider: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.begin()
        call.chunk(b" " * MAX_BYTES)
        call.chunk(b" ")
        await call.gone.wait()

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable, match="too large"):
            await provider.get(wire.origin)


async def test_an_answer_that_drips_is_given_up_as_a_whole(
    provider: HttpxProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", 0.05)

    async def answer(call: Call) -> None:
        call.begin()
        while not call.gone.is_set():
            call.chunk(b" ")
            await asyncio.sleep(0)

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable, match="no answer in time"):
            await provider.get(wire.origin)


async def test_a_redirect_does_not_make_the_time_begin_anew(
    provider: HttpxProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", 0.1)

    async def answer(call: Call) -> None:
        await asyncio.sleep(0.04)
        call.respond(302, [("Location", "/again")])

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable, match="no answer in time"):
            await provider.get(wire.origin)


async def test_silence_is_given_up(
    provider: HttpxProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", 0.25)

    async def answer(call: Call) -> None:
        await call.gone.wait()

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable) as raised:
            await provider.get(f"{wire.origin}/x?secret=1")

    assert len(wire.calls) == 1
    assert "secret" not in str(raised.value)


async def test_only_so_many_calls_are_under_way_and_the_next_one_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "MOST_CALLS", 2)
    provider, under_way, most = HttpxProvider(Reach.LOCAL), 0, 0

    async def answer(call: Call) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        # The two on their way take turns with those that wait.
        for _ in range(20):
            await asyncio.sleep(0)
        under_way -= 1
        call.respond(200, JSON, b"{}")

    async with serving(answer) as wire:
        replies = await asyncio.gather(*(provider.get(wire.origin) for _ in range(9)))
        await provider.close()

    assert [reply.status for reply in replies] == [200] * 9
    assert most == 2


async def test_a_provider_that_hangs_costs_the_calls_after_it_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of calls that wait for a place some get it in the moment in which their time is over."""
    monkeypatch.setattr(http, "MOST_CALLS", 2)
    provider, hangs = HttpxProvider(Reach.LOCAL), True

    async def answer(call: Call) -> None:
        if hangs:
            await call.gone.wait()
        call.respond(200, JSON, b"{}")

    async with serving(answer) as wire:
        with monkeypatch.context() as soon:
            soon.setattr(http, "TIMEOUT_S", 0.01)
            for _ in range(10):
                calls = [provider.get(wire.origin) for _ in range(9)]
                given_up = await asyncio.gather(*calls, return_exceptions=True)
                assert {type(outcome) for outcome in given_up} == {ProviderUnavailable}
        hangs = False
        reply = await provider.get(wire.origin)
        await provider.close()

    assert reply.status == 200


async def test_a_provider_that_hangs_keeps_nobody_from_another_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A tenant may bring its own: what becomes of it is no other tenant's affair."""
    monkeypatch.setattr(http, "MOST_CALLS", 2)
    provider, asked = HttpxProvider(Reach.LOCAL), asyncio.Semaphore(0)

    async def hang(call: Call) -> None:
        asked.release()
        await call.gone.wait()

    async def answer(call: Call) -> None:
        call.respond(200, JSON, b"{}")

    async with serving(hang) as hanging, serving(answer) as wire:
        waiting = asyncio.gather(*(provider.get(hanging.origin) for _ in range(3)))
        for _ in range(2):
            await asked.acquire()
        async with asyncio.timeout(5):
            reply = await provider.get(wire.origin)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await provider.close()

    assert reply.status == 200


async def test_a_torn_answer_is_an_outage_and_the_form_is_not_sent_again(
    provider: HttpxProvider,
) -> None:
    async def answer(call: Call) -> None:
        call.drop()

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable):
            await provider.post(wire.origin, "grant_type=refresh_token", {})

    assert len(wire.calls) == 1


async def test_an_answer_that_breaks_off_is_an_outage(provider: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.begin()
        call.chunk(b"{")
        call.drop()

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable):
            await provider.get(wire.origin)


async def test_nobody_listening_is_an_outage(provider: HttpxProvider) -> None:
    async def never(call: Call) -> None:
        call.drop()

    async with serving(never) as wire:
        origin = wire.origin
    with pytest.raises(ProviderUnavailable):
        await provider.get(origin)


async def test_the_providers_cookies_are_not_kept(provider: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.respond(200, [("Set-Cookie", "sso=alice; Path=/")], b"{}")

    async with serving(answer) as wire:
        await provider.get(wire.origin)
        await provider.post(wire.origin, "a=1", {})

    assert [call.header("cookie") for call in wire.calls] == [None, None]


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "x"])
async def test_a_few_bytes_that_would_unpack_to_gigabytes_are_not_unpacked(
    provider: HttpxProvider, encoding: str
) -> None:
    async def answer(call: Call) -> None:
        assert call.header("accept-encoding") == "identity"
        call.respond(200, [*JSON, ("Content-Encoding", encoding)], b"{}")

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable, match="encoded"):
            await provider.get(wire.origin)


@pytest.mark.parametrize(
    "kind", ["text/html", "text/plain", "application/jsonp", "image/svg+json", "", "x/json"]
)
async def test_what_does_not_say_that_it_is_json_is_no_document(
    provider: HttpxProvider, kind: str
) -> None:
    async def answer(call: Call) -> None:
        call.respond(200, [("Content-Type", kind)] if kind else [], b'{"keys": []}')

    async with serving(answer) as wire:
        assert (await provider.get(wire.origin)).document == {}
