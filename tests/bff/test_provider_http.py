"""Calls to the provider over real HTTP: short, small, never redirected."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bff.provider import http
from bff.provider.addresses import Reach
from bff.provider.http import MAX_BYTES, HttpxProvider
from fakes.proxy.wire import Call, serving
from trust.session.errors import ProviderUnavailable


@pytest.fixture
async def provider() -> AsyncIterator[HttpxProvider]:
    opened = HttpxProvider(Reach.LOCAL)
    yield opened
    await opened.close()


async def test_a_document_is_fetched(provider: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        assert call.header("accept") == "application/json"
        call.respond(200, body=b'{"a": 1}')

    async with serving(answer) as wire:
        reply = await provider.get(f"{wire.origin}/x")

    assert (reply.status, reply.document) == (200, {"a": 1})


async def test_a_form_is_sent_as_one(provider: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.respond(201, body=b"{}")

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
        call.respond(200, body=body)

    async with serving(answer) as wire:
        assert (await provider.get(wire.origin)).document == {}


async def test_a_redirect_is_not_followed(provider: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.respond(302, [("Location", "/elsewhere")])

    async with serving(answer) as wire:
        assert (await provider.post(f"{wire.origin}/x", "code=secret", {})).status == 302

    assert [call.target for call in wire.calls] == ["/x"]


async def test_an_answer_of_the_largest_size_is_read(provider: HttpxProvider) -> None:
    text = b'{"a": "' + b"x" * (MAX_BYTES - 9) + b'"}'

    async def answer(call: Call) -> None:
        call.respond(200, body=text)

    async with serving(answer) as wire:
        assert len((await provider.get(wire.origin)).document["a"]) == MAX_BYTES - 9


async def test_a_larger_answer_is_given_up(provider: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.begin()
        call.chunk(b" " * MAX_BYTES)
        call.chunk(b" ")
        await call.gone.wait()

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable):
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
        with pytest.raises(ProviderUnavailable):
            await provider.get(wire.origin)


async def test_silence_is_given_up(
    provider: HttpxProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", 0.02)

    async def answer(call: Call) -> None:
        await call.gone.wait()

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable) as raised:
            await provider.get(f"{wire.origin}/x?secret=1")

    assert len(wire.calls) == 1
    assert "secret" not in str(raised.value)


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
