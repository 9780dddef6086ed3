"""Server-sent events on the wire (WHATWG HTML §9.2.6): where one ends, and frames of our own."""

import json

from trust.errors import TrustError
from trust.problem import problem

HEARTBEAT = b": keep-alive\n\n"
"""A comment: every client ignores it, every proxy on the way sees that the stream lives."""

MEDIA_TYPE = "text/event-stream"


_TAIL = 4
"""Bytes that tell whether an event has ended: two line ends of two characters each."""


class Boundary:
    """Knows whether the bytes so far end where an event ends.

    Anything that is put in elsewhere would tear an event in two.
    """

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, chunk: bytes) -> None:
        """Take notice of the next bytes that were passed on."""
        self._tail = chunk[-_TAIL:] if len(chunk) > _TAIL else (self._tail + chunk)[-_TAIL:]

    @property
    def reached(self) -> bool:
        """Whether something may be put in here."""
        # "\r\n" is one line end, not two: made one character before they are counted.
        lines = self._tail.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return not lines or lines.endswith(b"\n\n")


def error_frame(error: TrustError, *, request_id: str, boundary: Boundary) -> bytes:
    """Return the frame by which a stream ends that failed after its first byte."""
    return (b"" if boundary.reached else b"\n\n") + failure_event(error, request_id=request_id)


def failure_event(error: TrustError, *, request_id: str) -> bytes:
    """Return the event that says why a stream ends: our problem document, and AG-UI's RUN_ERROR.

    AG-UI's clients go by the data's `type` and pass over one that they do not know: a stream that
    then ends would be a whole answer to them. To every other client the event's name says it.
    """
    members = problem(error, request_id=request_id)
    members |= {"type": "RUN_ERROR", "message": error.title}
    return b"event: error\ndata: " + json.dumps(members).encode() + b"\n\n"
