"""Server-sent events, one by one: cut out of an answer, numbered (WHATWG HTML §9.2.5, §9.2.6)."""

import json
import re
from itertools import takewhile

from proxy.events.cut import BYTE_ORDER_MARK, event_ends, not_before
from proxy.resume.position import Position

MAX_EVENT_BYTES = 1 << 20
"""Largest event of an agent."""

RETRY_MS = 1000
"""How long a client is told to wait before it takes a broken stream up again."""

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)")
_ID = re.compile(rb"id(?:[:\r\n])")


class Splitter:
    """Cuts an answer into events, however the network happened to slice it.

    An event is what a client would dispatch or take notice of: comments alone are none, so an
    agent's heartbeats are neither kept nor counted. Its `id:` lines are taken out: the id is ours.
    """

    def __init__(self) -> None:
        self._held = b""
        """What is here of the event that is not complete; there is no end of one in it."""
        self._begun = False
        self.is_overfull = False
        """Whether an event was too large: from then on nothing comes out."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the events that this chunk completes, up to one that is too large."""
        if self.is_overfull:
            return []
        searched = len(self._held)
        self._held += chunk
        self._begin()
        events, start = list[bytes](), 0
        for end in event_ends(self._held, not_before(searched)):
            if event := _event(self._held[start:end]):
                events.append(event)
            start = end
        self._held = self._held[start:]
        fitting = list(takewhile(lambda event: len(event) <= MAX_EVENT_BYTES, events))
        self.is_overfull = len(fitting) < len(events) or len(self._held) > MAX_EVENT_BYTES
        return fitting

    def _begin(self) -> None:
        """Take a leading byte order mark away: it may stand at the beginning of a stream only."""
        if self._begun or len(self._held) < len(BYTE_ORDER_MARK):
            return
        self._begun = True
        self._held = self._held.removeprefix(BYTE_ORDER_MARK)


def _event(block: bytes) -> bytes:
    """Return the block without the agent's own ids; nothing if no client would see anything."""
    # An empty line in front belongs to nothing; nor does the LF that comes late of a CR by which
    # the event before it ended.
    block = block.lstrip(b"\r\n")
    if not (block.startswith((b"id", b":")) or b"\nid" in block or b"\rid" in block):
        return block
    lines = [line for line in _LINE.findall(block) if not _ID.match(line)]
    says = any(not line.startswith((b":", b"\r", b"\n")) for line in lines)
    return _joined(lines) if says else b""


def _joined(lines: list[bytes]) -> bytes:
    """Join lines between which others were: a CR must not become one end with the LF behind it."""
    return b"".join(
        line + b"\n" if line.endswith(b"\r") and following == b"\n" else line
        for line, following in zip(lines, [*lines[1:], b""], strict=True)
    )


def numbered(position: Position, event: bytes) -> bytes:
    """Return an event with the line that says its id, the last one of it.

    Some clients (@microsoft/fetch-event-source) take note of an id as soon as its line is there. In
    front of the data, one that loses the stream in mid-event would come back as if it had seen it.
    """
    end = 2 if event.endswith(b"\r\n") else 1
    return b"%bid: %b\n\n" % (event[:-end], position.text.encode())


def preamble(position: Position) -> bytes:
    """Return how a stream begins: when to come back, and where it stands.

    The id alone dispatches nothing, but a client that loses the stream before the first event
    knows which turn to ask for.
    """
    return b"retry: %d\nid: %b\n\n" % (RETRY_MS, position.text.encode())


def gap_frame(*, first: int, last: int, reason: str) -> bytes:
    """Return the frame that says which events cannot be had any more, and why.

    AG-UI's clients go by the `type` in the data, and fail at one that they do not know: so it is an
    event of an application's own to them, too.
    """
    missing = {"from": first, "to": last, "reason": reason}
    members = {**missing, "type": "CUSTOM", "name": "gap", "value": missing}
    return b"event: gap\ndata: " + json.dumps(members).encode() + b"\n\n"
