"""The port to whoever answers an outgoing call over HTTP.

Two adapters: `client.py`, ours, under everything that a request waits for, and `http.py` over
httpx, its oracle in tests and its stand-in by configuration (docs/adr/0018).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol


class WireError(Exception):
    """A call came to nothing. The message names a kind of failure, never a peer's words."""


class Unreachable(WireError):
    """No connection, or a call that cannot be sent: nothing of it has left."""


class Broken(WireError):
    """The connection failed or spoke nonsense: the call may have reached its destination."""


class Outgoing(NamedTuple):
    """A call as it leaves; `url` and headers are final, Host and Content-Length are added."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    anew: bool = False
    """Whether it goes over a connection of its own: after one that has failed, those that were kept
    beside it may be as dead. (Of `http.py` it is not heeded.)"""


Taken = Callable[[bytes], bool]
"""Who takes bytes of an answer as they come, or leaves them to whoever reads; raises nothing."""


class Answer(Protocol):
    """An answer whose body is still on its way."""

    @property
    def status(self) -> int:
        """The final status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by their lower-case names; one that came twice is joined by ", "."""
        ...

    @property
    def ended(self) -> bool:
        """Whether it is known already that nothing more comes; `read` returns b"" then."""
        ...

    def read(
        self, within_s: float | None = None, taken: Taken | None = None
    ) -> Awaitable[bytes | None]:
        """Return the next bytes; b"" at the end; None after `within_s` seconds of silence.

        `taken` is offered what comes while somebody waits here, the moment that it comes, and tells
        whether it has taken it: then it is not returned, and the silence begins anew. What it has
        not taken is returned, and so is what comes with the end. An adapter need offer nothing.

        Raises Broken: a body that ends early is never taken for a short one.
        """
        ...

    def close(self) -> None:
        """End it, at any time and also twice; a body not read to its end costs the connection."""
        ...


class Wire(Protocol):
    """Carries calls out and answers back; what nobody reads is not read from the network either."""

    async def open(self, call: Outgoing) -> Answer:
        """Send the call; return as soon as the head of its answer is here. Whoever opens, closes.

        Raises Unreachable, Broken. A call that may have arrived is never repeated. How long an
        answer may take is the caller's to say; only connecting has a bound here.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


async def whole(answer: Answer, *, limit: int) -> bytes:
    """Read a body to its end and close the answer. Raises Broken, also over `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    try:
        while chunk := await answer.read():
            parts.append(chunk)
            size += len(chunk)
            if size > limit:
                raise Broken(f"a body of more than {limit} bytes")
    finally:
        answer.close()
    return b"".join(parts)
