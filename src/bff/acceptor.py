"""New connections, all of them in the turn of the event loop in which they come.

libuv, under uvloop, accepts one in each turn. A turn in which hundreds of requests are answered
takes tens of milliseconds: of 256 browsers that came at once to a busy process, the last one was
heard after six seconds, while the first had their answers in 0.2.
"""

import asyncio
import os
import socket
from collections.abc import Callable

MOST_AT_ONCE = 256
"""Connections of one turn: whoever is here already must not have to wait for a flood of others."""


class Acceptor:
    """Takes what the event loop's own server leaves waiting at its socket."""

    def __init__(
        self, listening: socket.socket, protocol: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        """Begin, in a running loop, beside its server at the socket `listening`."""
        self._loop = asyncio.get_running_loop()
        # A descriptor of its own: the event loop has one reader for each.
        self._listening = socket.socket(fileno=os.dup(listening.fileno()))
        self._listening.setblocking(False)  # noqa: FBT003 its signature
        self._protocol = protocol
        self._opening: set[asyncio.Task[object]] = set()
        self._loop.add_reader(self._listening, self._accept)

    def close(self) -> None:
        """Accept no more."""
        self._loop.remove_reader(self._listening)
        self._listening.close()

    def _accept(self) -> None:
        for _ in range(MOST_AT_ONCE):
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                # None is left, as a rule. What else there is, a lack of descriptors above all, the
                # loop's own server deals with: it is told of the same connections.
                return
            opening = self._loop.create_task(
                self._loop.connect_accepted_socket(self._protocol, accepted)
            )
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)
