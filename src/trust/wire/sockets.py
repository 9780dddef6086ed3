"""What the operating system knows of a connection before the event loop has heard of it."""

import asyncio
import select
from collections.abc import Callable

_NEWS = select.POLLIN | select.POLLRDHUP | select.POLLHUP | select.POLLERR


def news_of(transport: asyncio.BaseTransport) -> Callable[[], bool]:
    """Return what tells whether a connection has something to read, or has ended.

    For one on which nothing is due. A system call that does not wait: a peer may close an idle
    connection at any time, and the event loop learns of it at its next turn only, too late for the
    call that is about to be sent.
    """
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), _NEWS)
    return lambda: bool(poll.poll(0))
