"""A whole answer, unchanged unless it is an agent's error under a good status, or Python's insides.

`bedrock_agentcore` answers so when it cannot serialise a result, of `{"error": e}` with the `repr`
of it, and many an entry point returns `{"error": str(e)}` of its own accord.
"""

from proxy.errors import AgentFailed
from proxy.events.cut import BYTE_ORDER_MARK
from proxy.events.verdict import (
    MOST_HELD_BYTES,
    Failed,
    Harmless,
    data_begins_harmless,
    is_traceback,
    may_be_traceback,
    said_verdict,
)
from trust.errors import TrustError


class ScrubbedDocument:
    """Passes a document on; a Passage. Held is only what begins like an error."""

    __slots__ = ("_decided", "_held")

    media_type = "application/json"
    tells_failures = False
    keeps_length = True

    def __init__(self) -> None:
        self._held = b""
        self._decided = False

    def feed(self, chunk: bytes) -> bytes:
        """Return what may be passed on now. Raises AgentFailed."""
        if self._decided:
            return chunk
        self._held += chunk
        if BYTE_ORDER_MARK.startswith(self._held):
            return b""
        # It passes (the length is announced), but clients leave it out, and so does the judge.
        said = self._held.removeprefix(BYTE_ORDER_MARK)
        if not self._may_be_error(said):
            return self._released()
        if len(said) > MOST_HELD_BYTES:
            self._refuse_error(said[:MOST_HELD_BYTES], whole=False)
            return self._released()
        return b""

    def end(self) -> bytes:
        """Return what was held back. Raises AgentFailed."""
        if not self._decided:
            self._refuse_error(self._held.removeprefix(BYTE_ORDER_MARK), whole=True)
        return self._released()

    def rest(self, why: TrustError) -> bytes:
        """Return nothing: what is held may be an error's beginning."""
        del why
        return b""

    def _may_be_error(self, said: bytes) -> bool:
        """Tell whether what begins with these bytes may yet be an error."""
        return not data_begins_harmless(said) or may_be_traceback(said)

    def _refuse_error(self, data: bytes, *, whole: bool) -> None:
        """Raise AgentFailed for what is one."""
        if is_traceback(data):
            raise AgentFailed("the agent reported a traceback")
        match said_verdict(data, whole=whole):
            case Failed(what):
                raise AgentFailed(f"the agent reported {what}")
            case Harmless():
                pass
            case _:
                # What would be left out of a stream, or told in other words: nothing remains here.
                raise AgentFailed("the agent reported an error, or its insides")

    def _released(self) -> bytes:
        self._decided = True
        held, self._held = self._held, b""
        return held


class Unchanged:
    """Passes on whatever comes: bytes of a kind of which nothing is known; a Passage."""

    media_type = "application/octet-stream"
    tells_failures = False
    keeps_length = True

    def feed(self, chunk: bytes) -> bytes:
        """Return the chunk."""
        return chunk

    def end(self) -> bytes:
        """Return nothing more."""
        return b""

    def rest(self, why: TrustError) -> bytes:
        """Return nothing more."""
        del why
        return b""
