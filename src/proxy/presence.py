"""The port to a server that knows by itself whether a browser is still there.

ASGI tells it to whoever waits in `receive`. A task that does nothing but wait there was a fifteenth
of what an idle stream takes; a server that calls back when the connection ends needs none.
"""

from collections.abc import Callable
from typing import Protocol

PRESENCE = "gatehouse.presence"
"""Where in the ASGI scope it is, with a server that has it."""


class Presence(Protocol):
    """A browser's presence, for one who answers it at a time."""

    def listen(self, when_gone: Callable[[], None]) -> None:
        """Have `when_gone` called as soon as the browser has gone: now, if it has already.

        The server reads on meanwhile: the end of a connection that is not read from goes unnoticed.
        """
        ...

    def ignore(self) -> None:
        """Have nothing called any more."""
        ...
