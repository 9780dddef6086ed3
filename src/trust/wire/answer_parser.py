"""Answers as llhttp's parser reads them, within bounds.

Nothing is parsed behind the end of an answer: bytes that nobody asked for make the connection
unusable, so that they can never pass for the next answer. The answer before them stands: whether
they come along with it is a matter of luck.
"""

from httptools import HttpParserError, HttpResponseParser

from trust.wire.call import Broken
from trust.wire.framing import Body, body_of, has_controls, joined

HEAD_BYTES = 65_536
"""Longest head of an answer, and longest framing around a body beyond what its chunks explain."""

MOST_HEADERS = 128
MOST_INTERIM = 8
"""Interim answers (1xx) before a final one."""

FRAMING_FACTOR = 16
"""Bytes of framing that one byte of a body may cost: a chunk of one byte has five."""

_CONTINUE, _SWITCHING, _FINAL = 100, 101, 200
_VERSIONS = frozenset({"1.0", "1.1"})


class AnswerParser:
    """A base of what has a connection: one answer after the other, each begun by `_begin`."""

    __slots__ = (
        "_body",
        "_chunks",
        "_complete",
        "_fed",
        "_given",
        "_held",
        "_interim",
        "_keeps_alive",
        "_method",
        "_parser",
        "_raw",
        "headers",
        "status",
    )

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._begin("")
        self._complete = True

    def _begin(self, method: str) -> None:
        """Await the answer to a call."""
        self._method = method
        self._complete = False
        """Whether all of it is here."""
        self._body: Body | None = None
        """How its body ends; None until its head is here."""
        self.status = 0
        self.headers: dict[str, str] = {}
        self._raw: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []
        """What is here of its body, and nobody has taken."""
        self._keeps_alive = False
        self._held = self._fed = self._given = self._interim = 0

    def _parse(self, data: bytes) -> None:
        if not self._fed and not data.startswith(b"H"):
            # The parser would skip line ends here. An answer is never asked for by them.
            raise Broken("no HTTP/1.1")
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            # Among others an upgrade that nobody asked for, and whatever a callback refused.
            cause = error.__context__
            raise cause if isinstance(cause, Broken) else Broken("no HTTP/1.1") from error
        if self._fed - self._given * FRAMING_FACTOR > HEAD_BYTES:
            raise Broken("more framing than content")

    # What the parser tells.

    def on_message_begin(self) -> None:
        """Refuse a second answer in what arrived with the first."""
        if self._complete:
            raise Broken("bytes behind the end of an answer")

    def on_status(self, reason: bytes) -> None:
        """Refuse controls in the reason: the parser does it in headers only."""
        if has_controls(reason.decode("latin-1")):
            raise Broken("a control inside of a head")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; of a trailer no notice is taken."""
        if self._body is not None:
            return
        raw = self._raw
        raw.append((name, value))
        # Their bytes are looked at when the head is complete; until then `_parse` has a bound.
        if len(raw) > MOST_HEADERS:
            raise Broken("a head without bounds")

    def on_headers_complete(self) -> None:
        """Take the head, unless it is an interim one (RFC 9110 §15.2)."""
        status, version = self._parser.get_status_code(), self._parser.get_http_version()
        if self._is_too_long():
            raise Broken("a head without bounds")
        headers = joined(self._raw)
        if version not in _VERSIONS:
            raise Broken("no HTTP/1.1")
        if _CONTINUE <= status < _FINAL:
            if status == _SWITCHING or "transfer-encoding" in headers:
                raise Broken("an upgrade, or a body of what has none")
            return
        self._body = body_of(self._method, status, version, headers)
        self.status, self.headers = status, headers
        # An answer may last for an hour: its head is not kept twice.
        self._raw = []
        if self._method == "HEAD":
            # The parser cannot be told: it would wait for the body that the headers speak of.
            self._complete = True

    def _is_too_long(self) -> bool:
        """Return whether the head has too many bytes, of which most of what came may be."""
        return (
            self._fed > HEAD_BYTES
            and sum(len(name) + len(value) for name, value in self._raw) > HEAD_BYTES
        )

    def on_body(self, body: bytes) -> None:
        """Hold a piece of the body. Raises Broken for one of an answer that has none."""
        if self._body is None or self._complete:
            raise Broken("a body of what has none")
        self._chunks.append(body)
        self._held += len(body)
        self._given += len(body)

    def on_message_complete(self) -> None:
        """Note the end of the answer, or forget an interim one."""
        if self._body is not None:
            self._complete = True
            # Asked for here, since the parser forgets it with the message. Of an answer to HEAD it
            # has read a body that must not be.
            self._keeps_alive = self._method != "HEAD" and self._parser.should_keep_alive()
            return
        self._raw.clear()
        self._interim += 1
        if self._interim > MOST_INTERIM:
            raise Broken("interim answers without end")
