"""What an agent's answer goes through on its way to the browser."""

from typing import Protocol

from trust.errors import TrustError


class Passage(Protocol):
    """Takes an answer's bytes as they come and gives back what may be passed on."""

    media_type: str
    """What the bytes that come out are."""

    @property
    def keeps_length(self) -> bool:
        """Whether as many bytes come out as went in, unless it fails: asked when the first do."""
        ...

    @property
    def tells_failures(self) -> bool:
        """Whether the client is told why by `rest`, or was by what came before: then no error
        frame is due after it."""
        ...

    def feed(self, chunk: bytes) -> bytes:
        """Return what may be passed on now; b"" while something is undecided.

        Raises AgentFailed if the agent reported an error of its own: ask `rest` then. The error
        names the class of the failure at most, never the agent's text.
        """
        ...

    def end(self) -> bytes:
        """Return what was held back, now that the answer is complete. Raises AgentFailed."""
        ...

    def rest(self, why: TrustError) -> bytes:
        """Return what may still be passed on of an answer that ends before its end, for `why`.

        After AgentFailed, and whenever else the answer is broken off; never after `end`.
        """
        ...
