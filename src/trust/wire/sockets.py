"""What the operating system knows of a connection before the event loop has heard of it."""

import asyncio
import select

_NEWS = select.POLLIN | select.POLLRDHUP | select.POLLHUP | select.POLLERR


def has_news(transport: asyncio.Transport) -> bool:
    """Tell whether a connection on which nothing is due has something to read, or has ended.

    One system call that does not wait. A peer may close an idle connection at any time, and the
    event loop learns of it at its next turn only: too late for the call that is about to be sent.
    """
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), _NEWS)
    return bool(poll.poll(0))
