"""Which way an answer goes, by the name that its server gives it."""

from proxy.events.cut import BYTE_ORDER_MARK
from proxy.events.document import ScrubbedDocument, Unchanged
from proxy.events.passage import Passage
from proxy.events.scrub import ScrubbedEvents
from proxy.events.verdict import MOST_HELD_BYTES
from trust.errors import TrustError

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
"""How events begin that nobody calls so."""

_UNTOLD = frozenset({"text/plain", "text/html", "application/octet-stream"})
"""What servers call an answer of which nobody told them what it is."""


def scrubbed(
    media_type: str,
    document: type[ScrubbedDocument] = ScrubbedDocument,
    events: type[ScrubbedEvents] = ScrubbedEvents,
) -> Passage:
    """Return the passage for an answer of this media type, given in lower case.

    `document` and `events` judge it where it is one, or many, under whatever name.
    """
    match media_type:
        case "text/event-stream":
            return events()
        case "application/json":
            return document()
        case _ if media_type in _UNTOLD or _may_be_json(media_type):
            return ScrubbedBytes(document, events)
        case _:
            return Unchanged()


def _may_be_json(media_type: str) -> bool:
    """Tell whether JSON goes by this name, too: clients read it as such, an error in it as well."""
    # Two types are one that came twice, and does not say the same.
    return not media_type or media_type.endswith(("/json", "+json")) or "," in media_type


class ScrubbedBytes:
    """Passes on as bytes what goes by no name of its own, or by a wrong one; a Passage.

    It may be a document, or events: a server that was not told what it streams calls it nothing
    (Starlette) or HTML (Flask), and a page that reads events by hand does not ask.
    """

    __slots__ = ("_document", "_events", "_held", "_passage")

    media_type = "application/octet-stream"
    tells_failures = False

    def __init__(self, document: type[ScrubbedDocument], events: type[ScrubbedEvents]) -> None:
        self._document = document
        self._events = events
        self._held = b""
        """The first bytes, while it is not known what they are of."""
        self._passage: Passage | None = None

    @property
    def keeps_length(self) -> bool:
        """Whether it is no stream of events: of a file that is downloaded the length is told."""
        return self._passage is None or self._passage.keeps_length

    def feed(self, chunk: bytes) -> bytes:
        """Return what may be passed on now. Raises AgentFailed."""
        if self._passage is None:
            self._held += chunk
            begun = self._held.removeprefix(BYTE_ORDER_MARK).lstrip(b"\r\n")
            if BYTE_ORDER_MARK.startswith(self._held) or (
                # Of nothing but line ends, each chunk would else cost as much as all before it.
                len(self._held) <= MOST_HELD_BYTES and _may_begin_events(begun)
            ):
                return b""
            self._passage = self._events() if begun.startswith(_FIELDS) else self._document()
            chunk, self._held = self._held, b""
        return self._passage.feed(chunk)

    def end(self) -> bytes:
        """Return what was held back. Raises AgentFailed."""
        if self._passage is None:
            return self._held
        return self._passage.end()

    def rest(self, why: TrustError) -> bytes:
        """Return what came before the failure."""
        return b"" if self._passage is None else self._passage.rest(why)


def _may_begin_events(begun: bytes) -> bool:
    """Tell whether more is needed to know whether these are events' first bytes."""
    return any(len(begun) < len(name) and name.startswith(begun) for name in _FIELDS)
