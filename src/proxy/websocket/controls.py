"""How many control frames a peer may send: pings, pongs (RFC 6455 §5.5).

They are no messages, so no rate limit counts them and no reader that is slow holds them up, and
each ping is answered, into a buffer that grows for as long as the peer takes nothing.
"""

from proxy.websocket import line

MOST = 100
"""Most control frames in each `line.PING_EVERY_S`. Who wants to know whether we are there, or
answers that they are, needs a few."""


class Controls:
    """Counts one peer's control frames, in windows that begin with the first after the last one."""

    __slots__ = ("_count", "_since")

    def __init__(self) -> None:
        self._count = 0
        self._since = float("-inf")

    def lets(self, now: float) -> bool:
        """Count one; tell whether it is not one too many. `now`: by the event loop's clock."""
        if now - self._since >= line.PING_EVERY_S:
            self._count, self._since = 0, now
        self._count += 1
        return self._count <= MOST
