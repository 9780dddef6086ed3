"""The Runtime API's double at its end: nobody who asks it waits for ever."""

import asyncio
import socket

import pytest

from devstack.runtime_api.server import RuntimeApi
from fakes.clock import StoppedClock

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("steps", range(8))
async def test_who_asks_at_its_last_moment_is_sent_away(steps: int) -> None:
    async with RuntimeApi(StoppedClock()).served() as api:
        host, _, port = api.authority.rpartition(":")
        asking = socket.create_connection((host, int(port)))
        asking.sendall(NEXT)
        # However far the event loop has got with the connection.
        for _ in range(steps):
            await asyncio.sleep(0)

    asking.settimeout(0)
    try:
        told = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(asking, 100), 10)
    except ConnectionError:
        told = b""
    asking.close()

    assert told == b""
