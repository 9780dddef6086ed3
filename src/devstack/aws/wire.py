"""An HTTP request and its answer as they stand on the wire, before anybody interprets them."""

from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

Pairs = tuple[tuple[str, str], ...]
"""Names and values in order; a name may occur more than once."""

UNRESERVED = "-._~"
"""What RFC 3986 §2.3 leaves unescaped, besides letters and digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """One request, read whole."""

    method: str
    path: str
    """As it was sent: percent-encoded, without the query."""
    query: str
    """As it was sent, without the question mark."""
    headers: Pairs
    """Names in lower case; values as Latin-1 text, so that every byte survives."""
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's value, or None.

        A header that was sent twice comes back joined by a comma, as RFC 9110 §5.3 reads it: no
        part of this program may take the first and another the last.
        """
        values = [value for key, value in self.headers if key == name]
        return ",".join(values) if values else None

    @property
    def parameters(self) -> Pairs:
        """The query's names and values, decoded; `+` stays a plus, as in SigV4."""
        return tuple((decoded(name), decoded(value)) for name, value in query_pairs(self.query))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer that is not streamed."""

    status: int
    headers: Pairs = ()
    body: bytes = b""


def query_pairs(query: str) -> Pairs:
    """Split a query at `&` and the first `=`, without decoding anything."""
    parts = [part.partition("=") for part in query.split("&") if part]
    return tuple((name, value) for name, _, value in parts)


def decoded(text: str) -> str:
    """Undo percent-encoding; bytes that are not UTF-8 survive as surrogates."""
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape")


def encoded(text: str, *, also_safe: str = "") -> str:
    """Percent-encode as AWS wants it (RFC 3986 §2.3), undoing what `decoded` did."""
    return quote(text.encode("utf-8", "surrogateescape"), safe=UNRESERVED + also_safe)
