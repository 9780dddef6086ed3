"""The body of a signed request: what its signature says of it, and what is left after framing.

Services other than S3 always sign the body's SHA-256. S3 names what was signed in
`x-amz-content-sha256`, and may frame the body in signed or unsigned chunks ("aws-chunked",
S3 API Reference: "Signature Calculations … Multiple Chunks").
"""

import base64
import hashlib
import hmac
import re
import zlib
from dataclasses import dataclass

from devstack.aws.sigv4 import EMPTY_SHA256, Signed, signature
from devstack.aws.wire import Pairs, WireRequest

UNSIGNED = "UNSIGNED-PAYLOAD"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_CHUNKS_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
CHUNKED = frozenset({UNSIGNED_TRAILER, SIGNED_CHUNKS, SIGNED_CHUNKS_TRAILER})

_CHUNK_HEAD = re.compile(rb"([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?")


class PayloadRefused(Exception):
    """A body that is not what the request says it is; `code` and the text are S3's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def hash_in_signature(request: WireRequest, signed: Signed) -> str:
    """Return the payload hash that belongs in the canonical request. Raises PayloadRefused."""
    if signed.scope.service != "s3":
        return hashlib.sha256(request.body).hexdigest()
    declared = request.header("x-amz-content-sha256")
    if declared is None and signed.expires_s is not None:
        return UNSIGNED
    if declared is None:
        raise PayloadRefused(
            "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"
        )
    if declared not in {UNSIGNED, *CHUNKED}:
        _match(declared, hashlib.sha256(request.body).hexdigest())
    return declared


def _match(declared: str, actual: str) -> None:
    if declared != actual:
        raise PayloadRefused(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A body without its framing, and the headers that came behind it."""

    body: bytes
    trailers: Pairs = ()


def payload(request: WireRequest, signed: Signed, *, key: bytes) -> Payload:
    """Return the plain body. Raises PayloadRefused if framing, chunk signature or checksum is off.

    Call it only after the request's own signature was found good: the first chunk's signature
    starts from it.
    """
    declared = request.header("x-amz-content-sha256")
    if signed.scope.service != "s3" or declared not in CHUNKED:
        plain = Payload(body=request.body)
    elif declared == UNSIGNED_TRAILER:
        plain = _dechunked(request.body, chain=None)
    else:
        plain = _dechunked(request.body, chain=_Chain(signed=signed, key=key))
    _check_length(request, plain)
    if request.method == "PUT":
        # Elsewhere the same headers speak of the object that the request completes or copies.
        _check_checksums((*request.headers, *plain.trailers), plain.body)
    return plain


class _Chain:
    """Signatures of chunks, each over the one before it, from the request's own."""

    def __init__(self, *, signed: Signed, key: bytes) -> None:
        self._head = f"{signed.timestamp}\n{signed.scope.text}"
        self._key = key
        self._previous = signed.signature

    def check_chunk(self, data: bytes, given: str) -> None:
        text = f"{EMPTY_SHA256}\n{hashlib.sha256(data).hexdigest()}"
        self._check("AWS4-HMAC-SHA256-PAYLOAD", text, given)

    def check_trailer(self, lines: Pairs, given: str) -> None:
        text = "".join(f"{name}:{value}\n" for name, value in lines)
        self._check("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(text.encode()).hexdigest(), given)

    def _check(self, kind: str, text: str, given: str) -> None:
        expected = signature(self._key, f"{kind}\n{self._head}\n{self._previous}\n{text}")
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise PayloadRefused(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
            )
        self._previous = expected


def _dechunked(framed: bytes, *, chain: _Chain | None) -> Payload:
    data, at = bytearray(), 0
    while True:
        head, at = _line(framed, at)
        match = _CHUNK_HEAD.fullmatch(head)
        if match is None:
            raise PayloadRefused("InvalidChunkSizeError", "A chunk of the body is malformed.")
        size = int(match[1], 16)
        chunk = framed[at : at + size]
        if chain is not None:
            chain.check_chunk(chunk, (match[2] or b"").decode())
        if size == 0:
            return Payload(body=bytes(data), trailers=_trailers(framed, at, chain=chain))
        data += chunk
        if len(chunk) != size or framed[at + size : at + size + 2] != b"\r\n":
            raise _incomplete()
        at += size + 2


def _line(framed: bytes, at: int) -> tuple[bytes, int]:
    end = framed.find(b"\r\n", at)
    if end < 0:
        raise _incomplete()
    return framed[at:end], end + 2


def _incomplete() -> PayloadRefused:
    return PayloadRefused(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )


def _trailers(framed: bytes, at: int, *, chain: _Chain | None) -> Pairs:
    lines: list[tuple[str, str]] = []
    while at < len(framed):
        line, at = _line(framed, at)
        name, _, value = line.decode("latin-1").partition(":")
        if name:
            lines.append((_trailer_name(name), value.strip()))
    given = dict(lines).get("x-amz-trailer-signature")
    kept = tuple(pair for pair in lines if pair[0] != "x-amz-trailer-signature")
    if chain is not None and (kept or given):
        chain.check_trailer(kept, given or "")
    return kept


def _trailer_name(name: str) -> str:
    lower = name.strip().lower()
    # Whatever else stood here would become a header that nobody signed.
    if not lower.startswith("x-amz-checksum-") and lower != "x-amz-trailer-signature":
        raise PayloadRefused("MalformedTrailerError", "The request contained trailing data.")
    return lower


def _check_length(request: WireRequest, plain: Payload) -> None:
    declared = request.header("x-amz-decoded-content-length")
    if declared is not None and declared != str(len(plain.body)):
        raise _incomplete()


def _crc32(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4)


def _sha1(body: bytes) -> bytes:
    return hashlib.sha1(body, usedforsecurity=False).digest()


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


_CHECKSUMS = {
    "x-amz-checksum-crc32": _crc32,
    "x-amz-checksum-sha1": _sha1,
    "x-amz-checksum-sha256": _sha256,
    "content-md5": _md5,
}
"""Checksums that Python's standard library knows; CRC32C and CRC64NVME are taken on trust."""


def _check_checksums(headers: Pairs, body: bytes) -> None:
    for name, value in headers:
        compute = _CHECKSUMS.get(name)
        if compute is not None and value != base64.b64encode(compute(body)).decode():
            raise PayloadRefused(
                "BadDigest", f"The {name} you specified did not match the calculated checksum."
            )
