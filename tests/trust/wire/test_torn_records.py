"""A record of TLS of which a part is here: nobody has seen it, and it may be an answer."""

import asyncio
import ssl
from contextlib import suppress

import pytest

from fakes.wire.authority import Authority
from fakes.wire.calls import came, get
from fakes.wire.line import Line, TlsLine
from fakes.wire.scripted import WAIT_S, Left, Peer, many, scripted
from trust.wire.client import LeanWire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
POISON = b"HTTP/1.1 200 Poisoned\r\nContent-Length: 6\r\n\r\npoison"


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def tls(request: pytest.FixtureRequest, authority: Authority) -> ssl.SSLContext:
    """Show a good server that speaks one version."""
    shown = authority.good()
    shown.minimum_version = shown.maximum_version = request.param
    return shown


class Tearing:
    """Answers, and says the poison behind it: `here` bytes of its record at once."""

    def __init__(self, here: int) -> None:
        self._here = here
        self.heard = b""

    async def __call__(self, peer: Peer) -> None:
        """Play it: the rest of the record follows upon the next call."""
        line = peer.line
        assert isinstance(line, TlsLine)
        await peer.request()
        answer, record = line.sealed(OK), line.sealed(POISON)
        await Line.send(line, answer + record[: self._here])
        with suppress(Left):
            self.heard = await peer.request()
            await Line.send(line, record[self._here :])
            await peer.gone()


@pytest.mark.parametrize("here", [1, 4, 5, 6, 40])
async def test_the_rest_of_a_torn_record_is_no_answer_to_the_next_call(
    lean: LeanWire, tls: ssl.SSLContext, here: int
) -> None:
    tearing = Tearing(here)
    async with scripted(tearing, many, tls=tls) as server, asyncio.timeout(WAIT_S):
        assert (await came(lean, get(server.url))).body == b"ok"
        assert (await came(lean, get(server.url))).body == b"ok"

        assert (server.connections, tearing.heard) == (2, b"")


async def test_an_answer_in_a_record_that_came_in_parts_costs_no_connection(
    lean: LeanWire, tls: ssl.SSLContext
) -> None:
    async def script(peer: Peer) -> None:
        line = peer.line
        assert isinstance(line, TlsLine)
        while True:
            await peer.request()
            record = line.sealed(OK)
            for at in range(0, len(record), 10):
                await Line.send(line, record[at : at + 10])
                await asyncio.sleep(0)

    async with scripted(script, tls=tls) as server:
        for _ in range(3):
            assert (await came(lean, get(server.url))).body == b"ok"

        assert server.connections == 1
