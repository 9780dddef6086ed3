"""The port to a server that has a request, and takes an answer, in one piece.

ASGI has both come and go in messages: a body that is here already is asked for, and an answer of a
kilobyte is told in two parts, whose headers the server takes apart again. Most calls have one piece
either way; where the server has this port, that saves them a fifteenth of what they cost.
"""

from collections.abc import Mapping
from typing import Protocol

WHOLE = "gatehouse.whole"
"""Where in the ASGI scope it is, with a server that has it."""


class Whole(Protocol):
    """A request, and its answer, each as one."""

    def whole_body(self) -> bytes | None:
        """Return the request's body, once, if all of it is here; None: it is to be received."""
        ...

    def send_whole(self, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Send all of an answer; `headers` have the body's length.

        Returns False where that cannot be done at once, or not in this way; then nothing was done.
        Raises RuntimeError for a header that must not be sent.
        """
        ...

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Send the head of an answer whose length is not known; as `send_whole`."""
        ...

    @property
    def takes_parts(self) -> bool:
        """Whether parts of the body of an answer that has begun can be sent without waiting."""
        ...

    def send_part(self, body: bytes) -> None:
        """Send a part that is not the last, where they are taken."""
        ...
