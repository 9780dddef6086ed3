"""Whatever arrives in whatever pieces: read as h11 reads it, or refused; never waited for.

h11 is another parser by other people, strict by design: what it would not read is not passed on.
`WIRE_FUZZ` is for how many seconds to look; without it a short while.
"""

import os
import re
from collections.abc import Callable, Sequence
from time import monotonic

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fakes.wire.readings import ours, theirs

SECONDS = float(os.environ.get("WIRE_FUZZ", "0"))  # noqa: TID251 no setting of the product
_EXAMPLES = 5_000 if SECONDS else 150
_PHASES = [Phase.explicit, Phase.generate, Phase.target, Phase.shrink]
bounded = settings(
    max_examples=_EXAMPLES,
    deadline=None,
    database=None,
    derandomize=not SECONDS,
    phases=_PHASES,
    suppress_health_check=list(HealthCheck),
)
"""The same examples each time in the suite; others in each long run."""


_text = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8).map(str.encode)
_headers = st.lists(
    st.tuples(st.sampled_from([b"X", b"Content-Type", b"x-y", b"Set-Cookie"]), _text), max_size=4
)
_body = st.binary(max_size=60)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Make answers that are right."""
    status = draw(st.sampled_from([b"200 OK", b"404 Not Found", b"500", b"429 Too Many"]))
    interim = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n"]))
    lines = [b"%s: %s\r\n" % (name, value) for name, value in draw(_headers)]
    framing, body = _framed(draw)
    at = draw(st.integers(0, len(lines)))
    lines.insert(at, framing)
    return interim + b"HTTP/1.1 %s\r\n%s\r\n%s" % (status, b"".join(lines), body)


def _framed(draw: st.DrawFn) -> tuple[bytes, bytes]:
    kind = draw(st.sampled_from(["length", "chunks", "closed"]))
    if kind == "closed":
        return b"Connection: close\r\n", draw(_body)
    if kind == "length":
        body = draw(_body)
        return b"Content-Length: %d\r\n" % len(body), body
    parts = draw(st.lists(st.binary(min_size=1, max_size=20), max_size=5))
    more = draw(st.sampled_from([b"", b";a=b", b';a="b"']))
    trailer = draw(st.sampled_from([b"", b"X: y\r\n"]))
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(part), more, part) for part in parts)
    return b"Transfer-Encoding: chunked\r\n", chunks + b"0\r\n" + trailer + b"\r\n"


def cut(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    """Cut some bytes into pieces, none of them empty."""
    ends = sorted({at % (len(data) + 1) for at in cuts} | {len(data)} - {0})
    starts = [0, *ends]
    return [data[start:end] for start, end in zip(starts, ends, strict=False) if start < end]


_cuts = st.lists(st.integers(0, 10_000), max_size=12)


def repeated(run: Callable[[], None]) -> None:
    """Look once, or again and again for half of the time that was asked for."""
    end = monotonic() + SECONDS / 2
    run()
    while monotonic() < end:
        run()


def test_answers_are_read_like_h11_reads_them() -> None:

    @bounded
    @given(answers(), _cuts)
    def run(data: bytes, cuts: Sequence[int]) -> None:
        read, right = ours("GET", cut(data, cuts)), theirs("GET", data)
        assert (read.status, read.body, read.whole) == (right.status, right.body, True)
        assert read.kept == (b"Connection: close" not in data)

    repeated(run)


_BLANK = re.compile(rb"\n[\r\n]+HTTP/1\.[01]")
_MEAN = [
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b";", b",", b"0", b"-1", b"+1", b"_", b"\x0b",
    b"\xff", b"ffffffffffffffff", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0", b"HTTP/1.1 100 Continue\r\n\r\n", b"0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n", b"Upgrade: h2c\r\n", b"101", b"304", b"\r\n\r\n",
    b"5\r\nhello",
]  # fmt: skip
_change = st.tuples(
    st.sampled_from(["put", "take", "change", "twice"]),
    st.integers(0, 10_000),
    st.one_of(st.sampled_from(_MEAN), st.binary(min_size=1, max_size=3)),
)


def changed(data: bytes, changes: Sequence[tuple[str, int, bytes]]) -> bytes:
    """Damage some bytes."""
    for kind, where, what in changes:
        at = where % (len(data) + 1)
        size = len(what)
        if kind == "put":
            data = data[:at] + what + data[at:]
        elif kind == "take":
            data = data[:at] + data[at + size :]
        elif kind == "change":
            data = data[:at] + what + data[at + size :]
        else:
            data = data[:at] + data[max(0, at - 4 * size) :]
    return data


def test_damaged_answers_give_no_byte_that_h11_would_not() -> None:
    """Nor is a connection kept that h11 would not keep, nor anything waited for."""

    @bounded
    @given(answers(), st.lists(_change, min_size=1, max_size=3), _cuts, _methods)
    def run(
        data: bytes, changes: Sequence[tuple[str, int, bytes]], cuts: Sequence[int], method: str
    ) -> None:
        bad = changed(data, changes)
        read, right = ours(method, cut(bad, cuts)), theirs(method, bad)
        if _BLANK.search(bad):
            # Where h11 is stricter: an empty line before an answer parts nothing from anything.
            return
        if read.whole:
            assert (read.status, read.body, right.whole) == (right.status, right.body, True)
        else:
            assert right.body.startswith(read.body)
        # h11 keeps no connection of HTTP/1.0, even if its server says that it may be kept.
        assert right.kept or not read.kept or b"HTTP/1.0" in bad

    repeated(run)


_methods = st.sampled_from(["GET", "POST", "HEAD"])
