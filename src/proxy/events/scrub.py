"""An agent's answer, unchanged but for what must not leave: errors' texts and Python's insides.

Whole events pass at once, in the chunk that they came in. Of one that is not complete the beginning
is kept back, at most `MOST_HELD_BYTES` of it: no client reads half an event, it may still turn out
to be an error, and if nothing follows it, what we say in its place must stand alone.
"""

from enum import Enum

from proxy.errors import AgentFailed
from proxy.events.cut import (
    BYTE_ORDER_MARK,
    event_ends,
    has_data,
    last_event_end,
    not_before,
    with_data,
)
from proxy.events.verdict import (
    MOST_HELD_BYTES,
    Failed,
    Harmless,
    Replaced,
    begins_harmless,
    ends_run,
    nothing_suspicious,
    verdict,
)
from proxy.sse import MEDIA_TYPE
from trust.errors import TrustError

_USUAL_ENDS = (b"\n\n", b"\r\n\r\n")
_LF, _CR = b"\n\r"
_D = ord("d")
"""How nearly all events begin: with their data."""


class _In(Enum):
    """Where in the stream the next byte is."""

    QUESTION = "question"
    """In an event, or before one, that is not decided: what there is of it is held."""
    HARMLESS = "harmless"
    """In the middle of an event that leaves."""
    DROPPED = "dropped"
    """In the middle of an event that does not."""


# For every chunk: to look a member up takes longer than to compare it.
_QUESTION, _HARMLESS = _In.QUESTION, _In.HARMLESS


class ScrubbedEvents:
    """Passes an event stream on; a Passage."""

    __slots__ = (
        "_begun",
        "_edge",
        "_half_an_end",
        "_held",
        "_in",
        "_passed",
        "_ready",
        "_torn",
    )

    media_type = MEDIA_TYPE
    keeps_length = False

    # Who judges: of other answers, somebody else.
    _nothing_suspicious = staticmethod(nothing_suspicious)
    _begins_harmless = staticmethod(begins_harmless)
    _verdict = staticmethod(verdict)

    def __init__(self) -> None:
        self._passed = b""
        """What left last and had data: of nothing else is a client told."""
        self._in = _In.QUESTION
        self._held = b""
        self._edge = b""
        """The last bytes of the event that is passing by, if they are of a line's end."""
        self._half_an_end = False
        """Whether a line feed that comes next belongs to the end of an event that did not leave."""
        self._begun = False
        """Whether it is known how the stream begins."""
        self._torn = True
        """Whether the next chunk has to be seen together with what came before it."""
        self._ready: list[bytes] = []

    @property
    def tells_failures(self) -> bool:
        """Whether the agent's run is over, by an error or well.

        AG-UI's clients fail at a second error, and take one behind RUN_FINISHED for the run's own.
        """
        return ends_run(self._passed)

    def feed(self, chunk: bytes) -> bytes:
        """Return what may be passed on now. Raises AgentFailed."""
        if self._torn:
            if self._begun:
                self._mend(chunk)
                return self._taken()
            chunk = self._beginning(chunk)
            if not chunk:
                return chunk
        if self._in is _HARMLESS and _LF not in chunk and _CR not in chunk:
            # More of an event that is decided: a large one is not searched.
            return chunk
        if not self._nothing_suspicious(chunk):
            self._sift(chunk)
            return self._taken()
        if chunk.endswith(_USUAL_ENDS):
            self._in = _QUESTION
            if chunk[0] == _D or has_data(chunk):  # as `_passes`, without its call
                self._passed = chunk
            return chunk
        return self._all_but_the_undecided(chunk)

    def end(self) -> bytes:
        """Return what was held back: an event without its end. Raises AgentFailed."""
        held, self._held = self._held, b""
        # Clients drop it (WHATWG HTML §9.2.6), people who look at the network do not.
        self._settle(held)
        return self._taken()

    def rest(self, why: TrustError) -> bytes:
        """Return what came before the failure; an event that is not decided stays here."""
        del why
        self._held = b""
        return self._taken()

    def _beginning(self, chunk: bytes) -> bytes:
        """Return the first bytes without the byte order mark; b"" while it may still be one.

        Clients drop it, and so would read an error behind it that to us was in no line of data.
        Nor may it stay: a comment of ours before it would make it a part of the first line.
        """
        stream = self._held + chunk
        if len(stream) < len(BYTE_ORDER_MARK) and BYTE_ORDER_MARK.startswith(stream):
            self._held = stream
            return b""
        self._begun, self._torn, self._held = True, False, b""
        return stream.removeprefix(BYTE_ORDER_MARK)

    def _all_but_the_undecided(self, chunk: bytes) -> bytes:
        """Return a chunk in which every complete event is harmless: as it came, if that can be."""
        cut = last_event_end(chunk)
        if cut < 0 and self._in is _In.HARMLESS:
            self._edge = _line_ends(chunk)
            self._torn = bool(self._edge)
            return chunk
        begun = max(cut, 0)
        self._in = _In.QUESTION
        self._begin(chunk[begun:], 0)
        if not self._held:
            # Nothing is missing but what was decided and left already: no copy is made.
            self._ready.clear()
            begun = len(chunk)
        # Nothing is copied where all of it leaves.
        leaving = chunk[:begun]
        self._passes(leaving)
        return leaving

    def _mend(self, chunk: bytes) -> None:
        """Go on with the event that is torn; what is behind it is looked at as it is otherwise."""
        if not chunk:
            return
        known = len(begun := self._held if self._in is _In.QUESTION else self._edge)
        stream = begun + (chunk.removeprefix(b"\n") if self._half_an_end else chunk)
        end = next(event_ends(stream, not_before(known)), len(stream))
        behind = stream[end:]
        if not (behind and self._nothing_suspicious(behind)):
            self._sift(stream, known)
            return
        self._finish(stream[:end], known)
        self._half_an_end = False
        cut = max(last_event_end(behind), 0)
        self._ready.append(behind[:cut])
        self._begin(behind[cut:], 0)

    def _sift(self, stream: bytes, known: int = 0) -> None:
        """Go through the events one by one; `known` bytes of the first have been seen before."""
        at, left = 0, True
        for end in event_ends(stream, not_before(known)):
            left = self._finish(stream[at:end], known)
            at, known = end, 0
        self._half_an_end = not left and at == len(stream) and stream.endswith(b"\r")
        self._begin(stream[at:], known)

    def _finish(self, event: bytes, known: int) -> bool:
        """Deal with an event whose end is here, `known` bytes of it before; tell if it left."""
        was, self._in, self._held = self._in, _In.QUESTION, b""
        if was is _In.HARMLESS:
            self._ready.append(event[known:])
            return True
        return was is _In.QUESTION and self._settle(self._without_empty_lines(event))

    def _begin(self, event: bytes, known: int) -> None:
        """Deal with an event whose end is not here yet."""
        self._held = self._edge = b""
        if self._in is _In.QUESTION:
            self._ask(self._without_empty_lines(event))
        elif self._in is _In.HARMLESS:
            self._ready.append(event[known:])
        if self._in is not _In.QUESTION:
            self._edge = _line_ends(event)
        waits = self._held or self._edge or self._half_an_end
        self._torn = bool(waits) or self._in is _In.DROPPED

    def _ask(self, event: bytes) -> None:
        """Decide about an event by its beginning, if it is too long to be held to its end."""
        if len(event) <= MOST_HELD_BYTES:
            # A harmless one, too: if the answer breaks off, half an event would be dispatched by
            # our error frame behind it, and clients fail at what was to be JSON.
            self._held = event
        elif self._begins_harmless(event):
            self._ready.append(event)
            self._in = _In.HARMLESS
        else:
            self._in = _In.HARMLESS if self._settle(event) else _In.DROPPED

    def _without_empty_lines(self, event: bytes) -> bytes:
        """Return an event without the line ends before it, which may leave."""
        lines = event.lstrip(b"\r\n")
        self._ready.append(event[: len(event) - len(lines)])
        return lines

    def _settle(self, event: bytes) -> bool:
        """Judge an event; tell whether it left as far as it is here, and what follows may, too."""
        found = self._verdict(event)
        if isinstance(found, Failed):
            raise AgentFailed(f"the agent reported {found.what}")
        whole = len(event) <= MOST_HELD_BYTES
        if isinstance(found, Harmless):
            self._ready.append(event)
        elif isinstance(found, Replaced):
            self._ready.append(with_data(event, found.data) if whole else _event(found.data))
        return isinstance(found, Harmless) or (isinstance(found, Replaced) and whole)

    def _taken(self) -> bytes:
        ready = b"".join(self._ready)
        self._ready.clear()
        self._passes(ready)
        return ready

    def _passes(self, leaving: bytes) -> None:
        """Take note of what leaves, if any client is told of it."""
        # Most of it is data from its first byte on, and not searched.
        if leaving and (leaving[0] == _D or has_data(leaving)):
            self._passed = leaving


def _event(data: bytes) -> bytes:
    return b"data: %b\n\n" % data


def _line_ends(passed: bytes) -> bytes:
    """Return the line ends with which these bytes end: an event's end may begin with them."""
    tail = passed[-3:]
    return tail[len(tail.rstrip(b"\r\n")) :]
