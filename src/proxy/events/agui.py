"""A plain Strands agent's answer as an AG-UI run, for `relay = "agui"`."""

import json

from proxy.errors import AgentFailed
from proxy.events.cut import BYTE_ORDER_MARK, LONGEST_END, event_ends, fields, not_before
from proxy.events.moves import Broke, Move
from proxy.events.passage import Passage
from proxy.events.run import Run, RunIds
from proxy.events.strands import StrandsReader, failure
from proxy.events.verdict import Harmless, data_verdict, is_traceback
from proxy.events.voice import NewId
from proxy.sse import MEDIA_TYPE
from trust.errors import TrustError

MOST_EVENT_BYTES = 1 << 20
"""Longest event that is read; a longer one (a `repr` with a long conversation) is left out."""


class _Translated:
    """What both kinds of answer have in common."""

    media_type = MEDIA_TYPE
    tells_failures = True
    keeps_length = False

    def __init__(self, ids: RunIds, new_id: NewId) -> None:
        self._run = Run(ids, new_id)
        self._reader = StrandsReader()
        self._ready: list[bytes] = []

    def rest(self, why: TrustError) -> bytes:
        """Return what came before the failure, and the failure as AG-UI tells it."""
        self._ready.append(self._run.fail(why))
        return self._taken()

    def _tell(self, move: Move) -> None:
        if isinstance(move, Broke):
            raise AgentFailed(f"the agent reported {move.what}")
        self._ready.append(self._run.tell(move))

    def _start(self) -> None:
        self._ready.append(self._run.start())

    def _finish(self) -> None:
        for move in self._reader.end():
            self._tell(move)
        self._ready.append(self._run.finish())

    def _taken(self) -> bytes:
        ready = b"".join(self._ready)
        self._ready.clear()
        return ready


class TranslatedEvents(_Translated):
    """Translates an event stream; a Passage."""

    def __init__(self, ids: RunIds, new_id: NewId) -> None:
        super().__init__(ids, new_id)
        self._held = bytearray()
        self._too_long = self._seen_one = False

    def feed(self, chunk: bytes) -> bytes:
        """Return what the events say that this completes. Raises AgentFailed."""
        self._start()
        known = len(self._held)
        self._held += chunk
        at = 0
        for end in event_ends(self._held, not_before(known)):
            event = bytes(self._held[at:end])
            self._take(event if self._seen_one else _without_mark(event))
            self._seen_one, at = True, end
        del self._held[:at]
        if len(self._held) > MOST_EVENT_BYTES:
            self._too_long = True
            del self._held[:-LONGEST_END]
        return self._taken()

    def end(self) -> bytes:
        """Return the run's end. An event without its own end is none (WHATWG HTML §9.2.6)."""
        self._start()
        self._finish()
        return self._taken()

    def _take(self, event: bytes) -> None:
        too_long, self._too_long = self._too_long or len(event) > MOST_EVENT_BYTES, False
        if too_long:
            return
        found = fields(event)
        payload = None if found.data is None else _payload(found.data)
        if found.name == b"error":
            self._tell(failure(payload))
        for move in self._reader.read(payload):
            self._tell(move)


class TranslatedDocument(_Translated):
    """Translates a JSON answer; a Passage."""

    def __init__(self, ids: RunIds, new_id: NewId) -> None:
        super().__init__(ids, new_id)
        self._held = bytearray()

    def feed(self, chunk: bytes) -> bytes:
        """Return the run's beginning, once. Raises AgentFailed if there is no end of it."""
        self._start()
        self._held += chunk
        if len(self._held) > MOST_EVENT_BYTES:
            raise AgentFailed(f"a document of more than {MOST_EVENT_BYTES} bytes")
        return self._taken()

    def end(self) -> bytes:
        """Return the answer and the run's end. Raises AgentFailed."""
        self._start()
        if self._held.strip():
            said = _without_mark(self._held)
            if is_traceback(said):
                raise AgentFailed("the agent reported a traceback")
            for move in self._reader.read_document(_payload(said)):
                self._tell(move)
        self._finish()
        return self._taken()


def agui(media_type: str, ids: RunIds, new_id: NewId) -> Passage:
    """Return the passage for an answer of this media type, given in lower case.

    What comes out is always an event stream. Raises AgentFailed for a type that is not known.
    """
    match media_type:
        case "text/event-stream":
            return TranslatedEvents(ids, new_id)
        case "application/json":
            return TranslatedDocument(ids, new_id)
        case _:
            raise AgentFailed("an answer that is neither an event stream nor JSON")


def _without_mark(begun: bytes | bytearray) -> bytes:
    """Return the beginning of an answer without its byte order mark, which says nothing."""
    return bytes(begun).removeprefix(BYTE_ORDER_MARK)


def _payload(data: bytes) -> object:
    """Return what stands in the data: JSON, or else the text itself. Raises AgentFailed."""
    text = data.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        # Else an error that somebody wrote by hand would be told as the agent's words.
        if not isinstance(data_verdict(data, whole=False), Harmless):
            raise AgentFailed("the agent reported an error") from None
        return None if text.strip() == "[DONE]" else text
    except RecursionError:
        return None
