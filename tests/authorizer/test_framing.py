"""HTTP/1.1 read strictly: where an answer ends has one meaning, and http.client agrees on it."""

import io
from collections.abc import Iterator, Sequence
from http.client import HTTPException, HTTPResponse
from itertools import pairwise
from socket import socket
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.framing import MAX_HEAD_BYTES, Answer, AnswerMalformed, answer, request

LIMIT = 1000
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def pieces(*parts: bytes) -> Iterator[bytes]:
    """Yield bytes as they come in; b"" from then on."""
    yield from (part for part in parts if part)
    while True:
        yield b""


def read(*parts: bytes) -> Answer:
    coming = pieces(*parts)
    return answer(lambda: next(coming), limit=LIMIT)


def chunked(*chunks: bytes, last: bytes = b"0\r\n\r\n") -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + last


# -- what is sent


def test_a_request_is_what_it_says() -> None:
    assert request("POST", "/", {"Host": "a", "X-Amz-Target": "T"}, b"{}") == (
        b"POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: T\r\nContent-Length: 2\r\n\r\n{}"
    )
    assert request("GET", "/a?b", {"Host": "a"}) == b"GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n"
    assert request("POST", "/", {}) == b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/\r\nX: 1", {}),
        ("/", {"A": "b\r\nX: 1"}),
        ("/", {"A\n": "b"}),
        ("/", {"A": "\0"}),
        ("/", {"A": "é"}),
    ],
)
def test_nothing_in_a_request_begins_another_one(target: str, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="control character"):
        request("GET", target, headers)


# -- what comes back


def test_an_answer_is_read_by_its_length() -> None:
    assert read(FINE) == Answer(200, {"content-length": "2"}, b"{}", reusable=True)


@pytest.mark.parametrize("chunks", [(), (b"{}",), (b"{", b"}" * 20)])
def test_an_answer_is_read_by_its_chunks(chunks: tuple[bytes, ...]) -> None:
    found = read(chunked(*chunks))

    assert (found.body, found.reusable) == (b"".join(chunks), True)


def test_what_stands_beside_chunks_is_left_out() -> None:
    raw = chunked(b"{}", last=b"2;name=value\r\n[]\r\n0\r\nTrailer: 1\r\n\r\n")

    assert read(raw).body == b"{}[]"


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    found = read(b"HTTP/1.1 200 OK\r\n\r\n{", b"}")

    assert (found.body, found.reusable) == (b"{}", False)


def test_an_answer_that_has_no_body() -> None:
    assert read(b"HTTP/1.1 204 \r\n\r\n") == Answer(204, {}, b"", reusable=True)
    assert read(b"HTTP/1.1 304\r\nContent-Length: 9\r\n\r\n").body == b""


def test_interim_answers_are_passed_over() -> None:
    assert (
        read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nLink: a\r\n\r\n" + FINE).body == b"{}"
    )


def test_a_header_that_came_twice_is_joined() -> None:
    head = b"HTTP/1.1 200 OK\r\nA: 1\r\na:\t2 \r\nContent-Length: 0\r\n\r\n"

    assert read(head).headers["a"] == "1, 2"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(FINE.replace(b"1.1", b"1.0"), id="http-1.0"),
        pytest.param(FINE.replace(b"OK\r\n", b"OK\r\nConnection: Close\r\n"), id="close"),
        pytest.param(FINE + b"HTTP/1.1 200 OK\r\n", id="more-than-was-asked-for"),
    ],
)
def test_a_connection_is_not_used_again_after(raw: bytes) -> None:
    found = read(raw)

    assert (found.body, found.reusable) == (b"{}", False)


MALFORMED = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"garbage\r\n\r\n", id="garbage"),
    pytest.param(b"HTTP/2 200\r\n\r\n", id="http-2"),
    pytest.param(b"HTTP/1.1 20\r\n\r\n", id="short-status"),
    pytest.param(b"HTTP/1.1 2x0\r\n\r\n", id="no-status"),
    pytest.param(FINE.replace(b"200", b"099"), id="low-status"),
    pytest.param(FINE[:-1], id="short-body"),
    pytest.param(FINE[:20], id="short-head"),
    pytest.param(FINE.replace(b": 2", b": -2"), id="negative-length"),
    pytest.param(FINE.replace(b": 2", b": +2"), id="signed-length"),
    pytest.param(FINE.replace(b": 2", b": 2, 2"), id="lengths"),
    pytest.param(FINE.replace(b": 2", b": 2\r\nContent-Length: 3"), id="two-lengths"),
    pytest.param(FINE.replace(b": 2", b": " + b"9" * 5000), id="endless-length"),
    pytest.param(FINE.replace(b": 2", b": 1001") + b"x" * 999, id="length-over-the-limit"),
    pytest.param(FINE.replace(b": 2", b": \xb2"), id="superscript-length"),
    pytest.param(FINE.replace(b": 2", b": 2\r\n folded"), id="folded"),
    pytest.param(FINE.replace(b"Length:", b"Length :"), id="space-before-colon"),
    pytest.param(FINE.replace(b": 2", b": 2\nA: 1"), id="bare-line-feed"),
    pytest.param(FINE.replace(b"OK", b"OK\n"), id="bare-line-feed-in-status"),
    pytest.param(FINE.replace(b"OK", b"OK\r"), id="bare-return"),
    pytest.param(FINE.replace(b": 2", b": 2\r\nA: \0"), id="nul"),
    pytest.param(FINE.replace(b": 2", b": 2\r\nA"), id="no-colon"),
    pytest.param(FINE.replace(b": 2", b": 2\r\n: 1"), id="no-name"),
    pytest.param(FINE.replace(b": 2", b": 2\r\nTransfer-Encoding: chunked"), id="both"),
    pytest.param(FINE.replace(b"Content-Length: 2", b"Transfer-Encoding: gzip"), id="coding"),
    pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LIMIT + 1), id="endless-body"),
    pytest.param(b"HTTP/1.1 200 OK\r\nA: " + b"x" * MAX_HEAD_BYTES + b"x" * 99, id="endless-head"),
    pytest.param(chunked(b"x" * 600, b"x" * 600), id="chunks-over-the-limit"),
    pytest.param(
        chunked().replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n", 1), id="chunks-and-length"
    ),
    pytest.param(chunked(last=b""), id="no-last-chunk"),
    pytest.param(chunked(last=b"0\r\n"), id="no-end-of-trailers"),
    pytest.param(chunked(last=b"\r\n"), id="no-chunk-size"),
    pytest.param(chunked(last=b"x\r\n"), id="chunk-size-no-number"),
    pytest.param(chunked(last=b"-1\r\n"), id="chunk-size-negative"),
    pytest.param(chunked(last=b"0x1\r\na\r\n0\r\n\r\n"), id="chunk-size-prefixed"),
    pytest.param(chunked(last=b"123456789\r\n"), id="chunk-size-endless"),
    pytest.param(chunked(last=b"1\r\nab\r\n0\r\n\r\n"), id="chunk-longer-than-its-size"),
    pytest.param(chunked(last=b"0" + b";x" * 200 + b"\r\n\r\n"), id="chunk-extension-endless"),
    pytest.param(chunked(last=b"0\r\n" + b"a: 1\r\n" * 40 + b"\r\n"), id="trailers-endless"),
]


@pytest.mark.parametrize("raw", MALFORMED)
def test_what_is_not_plainly_of_the_form_is_refused(raw: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        read(raw)


# -- http.client is the oracle


class Canned:
    """What http.client takes for a socket."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, _mode: str) -> io.BytesIO:
        """Return what came in."""
        return io.BytesIO(self._raw)


def by_http_client(raw: bytes) -> tuple[int, bytes] | None:
    response = HTTPResponse(cast("socket", Canned(raw)))
    try:
        response.begin()
        return response.status, response.read()
    except (HTTPException, ValueError, OSError):
        return None
    finally:
        response.close()


FRAGMENTS = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 404 Not Found\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n",
    b"content-length:7\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: Chunked\r\n",
    b"Connection: close\r\n",
    b"A: b\r\n",
    b" folded\r\n",
    b"\r\n",
    b"\n",
    b"5\r\nhello\r\n",
    b"0\r\n\r\n",
    b"hello",
    b"A;ext=1\r\n",
    b"0123456789\r\n",
]


@given(
    parts=st.lists(st.sampled_from(FRAGMENTS), max_size=9).map(b"".join),
    cuts=st.lists(st.integers(0, 120), max_size=6),
)
def test_whatever_is_taken_is_what_http_client_takes_and_not_by_how_it_came_in(
    parts: bytes, cuts: Sequence[int]
) -> None:
    raw = b"HTTP/1.1 200 OK\r\n" + parts
    edges = [0, *sorted(cuts), len(raw)]
    cut = [raw[a:b] for a, b in pairwise(edges)]
    try:
        found = read(raw)
    except AnswerMalformed:
        with pytest.raises(AnswerMalformed):
            read(*cut)
        return

    again = read(*cut)
    assert (again.status, again.headers, again.body) == (found.status, found.headers, found.body)
    assert (found.status, found.body) == by_http_client(raw)


@given(raw=st.binary(max_size=60).filter(lambda raw: not raw.startswith(b"HTTP/")))
def test_noise_is_refused(raw: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        read(raw)
