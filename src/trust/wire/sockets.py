"""What of a connection only the operating system knows, or does."""

import asyncio
import fcntl
import select
import socket
import struct
import sys
import termios
from collections.abc import Callable
from contextlib import suppress

_NEWS = select.POLLIN | select.POLLRDHUP | select.POLLHUP | select.POLLERR

_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: what is closed is reset, and what waits to be sent is not sent any more."""


def news_of(transport: asyncio.BaseTransport) -> Callable[[], bool]:
    """Return what tells whether a connection has something to read, or has ended.

    For one on which nothing is due. A system call that does not wait: a peer may close an idle
    connection at any time, and the event loop learns of it at its next turn only, too late for the
    call that is about to be sent.
    """
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), _NEWS)
    return lambda: bool(poll.poll(0))


def left_below(transport: asyncio.BaseTransport) -> int:
    """Return how many bytes the peer's system has not taken of what ours has (`SIOCOUTQ`, tcp(7)).

    What it has no room for, since nobody there reads. 0 where the system does not tell.
    """
    own = transport.get_extra_info("socket").fileno()
    with suppress(OSError):
        # Linux knows SIOCOUTQ by this name, too.
        told = fcntl.ioctl(own, termios.TIOCOUTQ, bytes(4))
        return int.from_bytes(told, sys.byteorder)
    return 0


def reset(transport: asyncio.Transport) -> None:
    """End a connection as nobody does who has said all."""
    own = transport.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
