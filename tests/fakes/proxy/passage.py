"""Something to send answers through passages, in any chunks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from proxy.errors import AgentFailed
from proxy.events.passage import Passage


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """What came out, and how it failed if it did."""

    out: bytes
    failure: AgentFailed | None = None

    def __eq__(self, other: object) -> bool:
        """Failures are the same if they say the same."""
        return (
            isinstance(other, Passed)
            and self.out == other.out
            and repr(self.failure) == repr(other.failure)
        )

    __hash__ = None  # type: ignore[assignment] # nobody keeps these in sets


def passed(passage: Passage, chunks: Iterable[bytes]) -> Passed:
    """Send all chunks through."""
    out: list[bytes] = []
    try:
        for chunk in chunks:
            out.append(passage.feed(chunk))  # noqa: PERF401 what came before a failure counts
        out.append(passage.end())
    except AgentFailed as failure:
        return Passed(b"".join([*out, passage.rest(failure)]), failure)
    return Passed(b"".join(out))


def cut_at(stream: bytes, places: Iterable[int]) -> list[bytes]:
    """Return the stream in chunks that begin at these places."""
    ends = sorted({place for place in places if 0 < place < len(stream)})
    starts = [0, *ends]
    return [stream[a:b] for a, b in zip(starts, [*ends, len(stream)], strict=True)]


def assert_held_back(passage: Callable[[], Passage], document: bytes) -> None:
    """Hold passages to let nothing of a document out, in whatever chunks it comes."""
    for places in ([], range(0, len(document), max(1, len(document) // 50)), [1, 2, 3]):
        found = passed(passage(), cut_at(document, places))

        assert found.out == b""
        assert isinstance(found.failure, AgentFailed)
        assert "secret" not in str(found.failure)
