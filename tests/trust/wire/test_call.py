"""A small answer as a whole, and no more of it than was expected."""

import pytest

from fakes.wire.calls import get
from fakes.wire.scripted import Peer, Serve
from trust.wire.call import Broken, Wire, whole

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def said(peer: Peer) -> None:
    """Answer every request with ten bytes."""
    while True:
        await peer.answer(HEAD, b"5\r\nhello\r\n", b"5\r\nworld\r\n0\r\n\r\n")


@pytest.mark.parametrize("limit", [10, 11])
async def test_a_body_within_its_limit_is_read_and_its_connection_kept(
    wire: Wire, serve: Serve, limit: int
) -> None:
    async with serve(said) as server:
        for _ in range(2):
            answer = await wire.open(get(server.url))
            assert await whole(answer, limit=limit) == b"helloworld"

        assert server.connections == 1


async def test_a_body_beyond_its_limit_is_broken_off(wire: Wire, serve: Serve) -> None:
    async with serve(said) as server:
        answer = await wire.open(get(server.url))
        with pytest.raises(Broken):
            await whole(answer, limit=9)
        with pytest.raises(Broken):
            await answer.read()
