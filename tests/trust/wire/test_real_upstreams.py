"""Our own client with servers that other people wrote: the same calls to each of them."""

import asyncio
import os
import ssl
import sys
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509

from devstack.dev.ports import free_port
from fakes.wire import upstreams
from fakes.wire.app import EVENTS, FIXED
from fakes.wire.authority import Authority
from fakes.wire.calls import came, get, post
from fakes.wire.scripted import WAIT_S, Peer, scripted
from fakes.wire.upstreams import Place, Running
from trust.wire.call import Unreachable
from trust.wire.client import LeanWire

_MEGABYTE = bytes(1_000_000)


async def service(peer: Peer) -> None:
    """Be the service behind a proxy."""
    while True:
        head, _, body = (await peer.request()).partition(b"\r\n\r\n")
        if head.split(b" ")[1] == b"/stream":
            await peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            chunks = [b"%x\r\n%s\r\n" % (len(event), event) for event in EVENTS]
            await peer.say(*chunks, b"0\r\n\r\n")
            continue
        said = FIXED if head.split(b" ")[1] == b"/fixed" else b"%d" % len(body)
        await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said), said)


@pytest.mark.asyncio(loop_factories=["uvloop"])
@pytest.mark.parametrize(
    "command",
    [
        upstreams.nginx,
        upstreams.nginx_tls,
        upstreams.apache,
        upstreams.node,
        upstreams.uvicorn,
        upstreams.granian,
    ],
)
async def test_a_server_of_others_is_understood(
    lean: LeanWire,
    believers: ssl.SSLContext,
    authority: Authority,
    tmp_path: Path,
    command: Callable[[Place], list[str]],
) -> None:
    """Fixed and streamed answers, large calls, one connection for all, and a restart between."""
    loopback = x509.IPAddress(IPv4Address("127.0.0.1"))
    scheme = "https" if command is upstreams.nginx_tls else "http"
    async with scripted(service) as behind:
        place = Place(
            folder=tmp_path,
            port=free_port(),
            certificate=authority.certificate("upstream", loopback),
            behind=behind.url,
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # noqa: TID251 the programs' path
        server, other = Running(command(place), environment), LeanWire(believers)
        try:
            url = f"{scheme}://127.0.0.1:{place.port}"
            await _listening(lean, server, url)
            await _understood(lean, url)
            server.stop()
            server.start_again()
            await _listening(other, server, url)
            # The connection from before is dead, and no call is to be lost with it.
            await _understood(lean, url)
        finally:
            await other.close()
            server.stop()


async def _listening(wire: LeanWire, server: Running, url: str) -> None:
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                await came(wire, get(f"{url}/"))
            except Unreachable:
                assert not server.failed()
                await asyncio.sleep(0.01)
            else:
                return


async def _understood(lean: LeanWire, url: str) -> None:
    for _ in range(3):
        fixed = await came(lean, get(f"{url}/fixed"))
        streamed = await came(lean, get(f"{url}/stream"))

        assert (fixed.status, fixed.body) == (200, FIXED)
        assert streamed.headers["transfer-encoding"] == "chunked"
        assert (streamed.status, streamed.body) == (200, b"".join(EVENTS))
        assert (await came(lean, post(f"{url}/", b"asked"))).body == b"5"
        assert len(lean._open) == 1
    assert (await came(lean, post(f"{url}/", _MEGABYTE))).body == b"1000000"
    assert (await came(lean, get(f"{url}/fixed"))).body == FIXED
    assert len(lean._open) == 1
