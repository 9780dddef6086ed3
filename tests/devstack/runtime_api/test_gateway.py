"""API Gateway's double in front of a function: what a browser gets of what a function says."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from devstack.runtime_api.gateway import Gateway
from devstack.runtime_api.invoked import FunctionFailed
from devstack.runtime_api.prelude import DELIMITER, LONGEST, PreludeMalformed, parse_prelude
from devstack.runtime_api.server import RuntimeApi
from fakes.clock import StoppedClock
from fakes.proxy.asgi import Answer, ask, exchange

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n"
HEAD = json.dumps({"statusCode": 201, "headers": {"X-One": "1"}, "cookies": ["a=1", "b=2"]})

Function = Callable[[str, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def post(name: str, verb: str, body: bytes, header: bytes) -> bytes:
    path = f"/2018-06-01/runtime/invocation/{name}/{verb}".encode()
    return b"POST %b HTTP/1.1\r\n%b\r\n\r\n%b" % (path, header, body)


def response(name: str, body: bytes) -> bytes:
    return post(name, "response", body, b"Transfer-Encoding: chunked")


@asynccontextmanager
async def said(*answers: Callable[[str], bytes]) -> AsyncGenerator[Gateway]:
    """Run a function that sends these bytes, one for each event."""

    async def run(api: RuntimeApi) -> None:
        host, _, port = api.authority.partition(":")
        for answer in answers:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(NEXT)
            head = await reader.readuntil(b"\r\n\r\n")
            name = head.partition(b"Request-Id: ")[2].partition(b"\r\n")[0].decode()
            writer.write(answer(name))
            await writer.drain()
            writer.write_eof()
            await reader.read()
            writer.close()

    async with RuntimeApi(StoppedClock()).served() as api:
        running = asyncio.ensure_future(run(api))

        @asynccontextmanager
        async def sandbox() -> AsyncGenerator[RuntimeApi]:
            yield api

        yield Gateway(sandbox)
        running.cancel()


async def asked(gateway: Gateway) -> Answer:
    return await ask(gateway, "POST", "/path?q=1", [("X-A", "1")], b"body")


async def test_a_prelude_becomes_a_head_and_the_rest_the_body() -> None:
    whole = HEAD.encode() + DELIMITER + b"rest"
    # In pieces that end anywhere, as a network makes them.
    torn = b"".join(chunk(whole[at : at + 7]) for at in range(0, len(whole), 7)) + b"0\r\n\r\n"
    async with said(lambda name: response(name, torn)) as gateway:
        answer = await asked(gateway)

    assert (answer.status, answer.body) == (201, b"rest")
    assert answer.headers == [("x-one", "1"), ("set-cookie", "a=1"), ("set-cookie", "b=2")]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda name: response(name, b"0\r\n\r\n"), id="no prelude"),
        pytest.param(lambda name: response(name, chunk(b"{}") + b"0\r\n\r\n"), id="no delimiter"),
        pytest.param(
            lambda name: response(name, chunk(b" " * LONGEST + DELIMITER) + b"0\r\n\r\n"),
            id="too late",
        ),
        pytest.param(
            lambda name: response(name, chunk(b"{}" + DELIMITER) + b"0\r\n\r\n"), id="no status"
        ),
        pytest.param(lambda name: post(name, "error", b"{}", b"Content-Length: 2"), id="a failure"),
        pytest.param(lambda _: b"", id="a process that died"),
    ],
)
async def test_anything_else_is_a_bad_gateway(answer: Callable[[str], bytes]) -> None:
    async with said(answer) as gateway:
        assert (await asked(gateway)).status == 502


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(b"0\r\nLambda-Runtime-Function-Error-Type: X\r\n\r\n", id="told in trailers"),
        pytest.param(b"", id="not told"),
        pytest.param(b"zz\r\n", id="not in HTTP's words"),
    ],
)
async def test_an_answer_that_breaks_off_is_no_short_one(end: bytes) -> None:
    begun = chunk(HEAD.encode() + DELIMITER + b"half")
    async with said(lambda name: response(name, begun + end)) as gateway:
        sent = exchange("GET", "/")
        with pytest.raises(FunctionFailed):
            await gateway(sent.scope, sent.receive, sent.send)

    assert sent.pieces == [b"half"]
    assert not sent.ended


@pytest.mark.parametrize(
    "raw", [b"[]", b"7", b"{", b'{"statusCode": "two"}', b'{"statusCode":1,"headers":7}']
)
def test_what_is_no_prelude_is_none(raw: bytes) -> None:
    with pytest.raises(PreludeMalformed):
        parse_prelude(raw)


async def test_a_path_that_the_runtime_api_does_not_have_is_not_found() -> None:
    async with RuntimeApi(StoppedClock()).served() as api:
        host, _, port = api.authority.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /2018-06-01/runtime/other HTTP/1.1\r\n\r\n")
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 404")
        writer.close()


async def test_an_answer_to_another_invocation_is_refused() -> None:
    async with RuntimeApi(StoppedClock()).served() as api:
        host, _, port = api.authority.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(post("other", "error", b"{}", b"Content-Length: 2"))
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 400")
        writer.close()
