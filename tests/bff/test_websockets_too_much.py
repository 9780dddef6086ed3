"""A browser that sends too long a message: it hears why, and is not kept for long."""

import asyncio

from bff.websockets import LEAVE_S
from fakes.loop_time import timers
from fakes.proxy.asgi import WAIT_S
from fakes.websocket.hostile import BINARY, CLOSE, FIN, TEXT
from fakes.websocket.served import served
from fakes.websocket.wire import HEAD, Host, LoopTime, masked, opened, settled, time

__all__ = ["time"]

TOO_MUCH = bytes([FIN | BINARY, 0xFF]) + (1 << 24).to_bytes(8, "big")
"""The beginning of a message of 16 MiB."""


async def test_who_says_too_much_is_told_so_while_still_saying_it() -> None:
    """Closed with something unread, a connection is reset, and with it goes what was said."""
    host = Host()
    async with served(host) as at, asyncio.timeout(WAIT_S):
        name, _, port = at.partition(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        writer.write(HEAD)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(TOO_MUCH + bytes(4))
        for _ in range(16):
            writer.write(bytes(1 << 20))
            await writer.drain()
        told = await reader.read()
        writer.close()

    assert told == bytes([FIN | CLOSE, 2]) + (1009).to_bytes(2, "big")
    assert (host.said, host.left) == ([], 1009)


async def test_who_goes_on_after_too_much_is_passed_over_and_soon_left(time: LoopTime) -> None:
    host = Host()
    host.taking.clear()
    line = await opened(host)
    await line.says(masked(TEXT, b"before"))
    assert line.protocol.read_paused
    host.taking.set()
    await line.says(TOO_MUCH)

    for _ in range(int(LEAVE_S) - 1):
        await line.says(masked(TEXT, b"and then this"))
        await time.passes(1)

    assert line.wire.reads
    assert (host.said, host.left) == (["before"], 1009)
    assert not line.is_over()
    await time.passes(2)
    assert line.is_over()
    assert timers() == set()


async def test_who_leaves_after_too_much_is_not_waited_for() -> None:
    line = await opened(Host())
    await line.says(TOO_MUCH)
    assert not line.is_over()

    line.wire.hang_up()
    await settled()

    assert line.is_over()
