"""Framing that comes apart from what it frames, as it does from servers that write it by itself."""

import asyncio

import pytest

from fakes.wire.calls import get
from fakes.wire.scripted import WAIT_S, Peer, Serve, turns
from trust.wire.client import LeanAnswer, LeanWire
from trust.wire.connection import Connection

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def _of(answer: object) -> Connection:
    assert isinstance(answer, LeanAnswer)
    assert answer._connection is not None
    return answer._connection


@pytest.mark.parametrize(
    "framing",
    [
        pytest.param((b"4", b"\r\n"), id="a size"),
        pytest.param((b"4;a=b", b";c=d\r\n"), id="an extension"),
    ],
)
async def test_framing_without_content_breaks_no_silence(
    lean: LeanWire, serve: Serve, framing: tuple[bytes, ...]
) -> None:
    """Whoever took it for the end of the time that was given would end the answer for nothing."""

    async def script(peer: Peer) -> None:
        await peer.answer(CHUNKED)
        await peer.gone()

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await lean.open(get(server.url))
        for _ in range(2):
            reading = asyncio.ensure_future(answer.read(WAIT_S))
            await turns(1)
            for piece in framing:
                _of(answer).data_received(piece)
                await turns(5)

                assert not reading.done()
            _of(answer).data_received(b"1:\n\n")

            assert await reading == b"1:\n\n"
            _of(answer).data_received(b"\r\n")
        answer.close()


@pytest.mark.parametrize("last", [b"0\r\n", b"0\r\nX: a\r\n"])
async def test_an_end_in_pieces_is_one_end(lean: LeanWire, serve: Serve, last: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(CHUNKED)
        await peer.gone()

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await lean.open(get(server.url))
        reading = asyncio.ensure_future(answer.read(WAIT_S))
        await turns(1)
        _of(answer).data_received(last)
        await turns(5)
        assert not reading.done()
        _of(answer).data_received(b"\r\n")

        assert await reading == b""
        answer.close()


async def test_framing_without_content_puts_no_silence_off(lean: LeanWire, serve: Serve) -> None:
    """Else an upstream that drips framing would hold a stream, and its browser, without a word."""
    drips = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(CHUNKED, b"4")
        while not drips.is_set():
            await peer.say(b";a")
            await asyncio.sleep(0)

    async with serve(script) as server, asyncio.timeout(WAIT_S):
        answer = await lean.open(get(server.url))

        assert await answer.read(0.01) is None
        drips.set()
        answer.close()
