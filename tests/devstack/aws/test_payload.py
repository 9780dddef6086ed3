"""What a signature says of a body, and what is left of the body without its framing."""

import base64
import hashlib
import io
import zlib

import pytest
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum

from devstack.aws.payload import PayloadRefused, hash_in_signature, payload
from devstack.aws.sigv4 import Scope, Signed, signing_key
from devstack.aws.wire import Pairs, WireRequest
from trust.secret import Secret

# S3 API Reference, "Signature Calculations … Multiple Chunks", its worked example.
SCOPE = Scope(date="20130524", region="us-east-1", service="s3")
KEY = signing_key(Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), SCOPE)
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
CHUNKS = [
    (b"a" * 65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
    (b"a" * 1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
    (b"", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
]


def said(*, service: str = "s3", expires_s: int | None = None) -> Signed:
    return Signed(
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        scope=Scope(date=SCOPE.date, region=SCOPE.region, service=service),
        timestamp="20130524T000000Z",
        signed_headers=("host",),
        signature=SEED,
        session_token=None,
        expires_s=expires_s,
    )


def put(body: bytes, *headers: tuple[str, str], method: str = "PUT") -> WireRequest:
    pairs: Pairs = tuple(headers)
    return WireRequest(method=method, path="/b/k", query="", headers=pairs, body=body)


def framed(chunks: list[tuple[bytes, str]]) -> bytes:
    lines = [
        f"{len(data):x};chunk-signature={sig}\r\n".encode() + data + b"\r\n" for data, sig in chunks
    ]
    return b"".join(lines)


SIGNED_CHUNKS = ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
UNSIGNED_TRAILER = ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")


def test_signed_chunks_of_the_manual_come_out_whole() -> None:
    request = put(framed(CHUNKS), SIGNED_CHUNKS, ("x-amz-decoded-content-length", "66560"))

    assert payload(request, said(), key=KEY).body == b"a" * 66560


@pytest.mark.parametrize(
    ("chunks", "code"),
    [
        pytest.param(
            [(b"b" * 65536, CHUNKS[0][1]), *CHUNKS[1:]], "SignatureDoesNotMatch", id="changed"
        ),
        pytest.param([CHUNKS[1], CHUNKS[0], CHUNKS[2]], "SignatureDoesNotMatch", id="reordered"),
        pytest.param([CHUNKS[0], CHUNKS[2]], "SignatureDoesNotMatch", id="one left out"),
        pytest.param(CHUNKS[:2], "IncompleteBody", id="the last left out"),
    ],
)
def test_tampered_chunks_are_refused(chunks: list[tuple[bytes, str]], code: str) -> None:
    with pytest.raises(PayloadRefused) as refused:
        payload(put(framed(chunks), SIGNED_CHUNKS), said(), key=KEY)

    assert refused.value.code == code


def test_chunks_without_signatures_are_refused_where_signed_ones_were_promised() -> None:
    with pytest.raises(PayloadRefused):
        payload(put(b"3\r\nabc\r\n0\r\n\r\n", SIGNED_CHUNKS), said(), key=KEY)


def test_botocores_chunks_come_out_whole_with_their_checksum() -> None:
    wrapper = AwsChunkedWrapper(
        io.BytesIO(b"note " * 100),
        checksum_cls=Crc32Checksum,
        checksum_name="x-amz-checksum-crc32",
        chunk_size=64,
    )
    request = put(wrapper.read(), UNSIGNED_TRAILER, ("x-amz-trailer", "x-amz-checksum-crc32"))

    plain = payload(request, said(), key=KEY)

    assert plain.body == b"note " * 100
    crc = base64.b64encode(zlib.crc32(b"note " * 100).to_bytes(4)).decode()
    assert plain.trailers == (("x-amz-checksum-crc32", crc),)


def test_a_wrong_checksum_behind_the_chunks_is_refused() -> None:
    body = b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"

    with pytest.raises(PayloadRefused) as refused:
        payload(put(body, UNSIGNED_TRAILER), said(), key=KEY)

    assert refused.value.code == "BadDigest"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"zz\r\nabc\r\n0\r\n\r\n", id="no number"),
        pytest.param(b"5\r\nabc\r\n0\r\n\r\n", id="chunk longer than it is"),
        pytest.param(b"3\r\nabcd\r\n0\r\n\r\n", id="chunk shorter than it is"),
        pytest.param(b"3\r\nabc\r\n", id="no end"),
    ],
)
def test_broken_framing_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadRefused):
        payload(put(body, UNSIGNED_TRAILER), said(), key=KEY)


@pytest.mark.parametrize("name", ["x-amz-copy-source", "x-amz-acl", "content-type", "host"])
def test_nothing_but_checksums_comes_behind_the_chunks(name: str) -> None:
    body = f"3\r\nabc\r\n0\r\n{name}:planted\r\n\r\n".encode()

    with pytest.raises(PayloadRefused) as refused:
        payload(put(body, UNSIGNED_TRAILER), said(), key=KEY)

    assert refused.value.code == "MalformedTrailerError"


def test_a_body_of_another_length_than_announced_is_refused() -> None:
    request = put(b"3\r\nabc\r\n0\r\n\r\n", UNSIGNED_TRAILER, ("x-amz-decoded-content-length", "4"))

    with pytest.raises(PayloadRefused):
        payload(request, said(), key=KEY)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-checksum-sha1", "AAAAAA=="),
        ("x-amz-checksum-sha256", "AAAAAA=="),
        ("content-md5", "AAAAAA=="),
    ],
)
def test_a_wrong_checksum_in_a_header_is_refused(name: str, value: str) -> None:
    with pytest.raises(PayloadRefused) as refused:
        payload(put(b"abc", (name, value)), said(), key=KEY)

    assert refused.value.code == "BadDigest"


def test_the_checksum_of_a_completed_upload_is_not_the_bodys() -> None:
    request = put(b"<xml/>", ("x-amz-checksum-crc32", "AAAAAA=="), method="POST")

    assert payload(request, said(), key=KEY).body == b"<xml/>"


def test_s3_signs_the_hash_that_its_header_names() -> None:
    digest = hashlib.sha256(b"abc").hexdigest()

    assert hash_in_signature(put(b"abc", ("x-amz-content-sha256", digest)), said()) == digest
    unsigned = put(b"abc", ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"))
    assert hash_in_signature(unsigned, said()) == "UNSIGNED-PAYLOAD"


def test_s3_refuses_a_hash_that_is_not_the_bodys() -> None:
    request = put(b"xyz", ("x-amz-content-sha256", hashlib.sha256(b"abc").hexdigest()))

    with pytest.raises(PayloadRefused) as refused:
        hash_in_signature(request, said())

    assert refused.value.code == "XAmzContentSHA256Mismatch"


def test_s3_wants_the_hash_unless_the_request_is_presigned() -> None:
    with pytest.raises(PayloadRefused):
        hash_in_signature(put(b"abc"), said())

    assert hash_in_signature(put(b"abc"), said(expires_s=60)) == "UNSIGNED-PAYLOAD"


def test_other_services_always_sign_the_body_itself() -> None:
    unsigned = put(b"abc", ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"))

    digest = hash_in_signature(unsigned, said(service="dynamodb"))

    assert digest == hashlib.sha256(b"abc").hexdigest()
