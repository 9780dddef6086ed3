"""What becomes of a browser's connection when the server goes down."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from bff.connection import Connection
from fakes.served_line import FIVE, GET, ServedLine, part, shown, start


async def test_a_server_that_goes_down_ends_a_connection_with_its_answer() -> None:
    goes_on = asyncio.Event()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await goes_on.wait()
        await send(start(FIVE))
        await send(part(b"hello"))

    line = ServedLine(Connection, app)
    await line.says(GET)
    line.protocol.shutdown()
    at_once = line.outlet.closed
    goes_on.set()
    await line.settled()

    assert b"connection: close\r\n" in line.sent
    assert (at_once, line.outlet.closed) == (False, True)


@pytest.mark.parametrize("said", [(), (GET,), (GET, b"GET /")], ids=["none", "one", "a half"])
async def test_a_server_that_ends_closes_what_nobody_waits_for(said: tuple[bytes, ...]) -> None:
    line = ServedLine(Connection, shown)
    await line.says(*said)

    line.protocol.shutdown()

    assert line.outlet.closed
