"""Which request headers reach the store; a header that asks for more refuses the request."""

import re

from devstack.aws.errors import AwsError
from devstack.aws.wire import Pairs, WireRequest

_PASSED = frozenset(
    {
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "range",
        "x-amz-checksum-algorithm",
        "x-amz-checksum-mode",
        "x-amz-checksum-type",
        "x-amz-copy-source-if-match",
        "x-amz-copy-source-if-modified-since",
        "x-amz-copy-source-if-none-match",
        "x-amz-copy-source-if-unmodified-since",
        "x-amz-copy-source-range",
        "x-amz-metadata-directive",
        "x-amz-mp-object-size",
        "x-amz-object-attributes",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-server-side-encryption",
        "x-amz-storage-class",
        "x-amz-tagging",
        "x-amz-tagging-directive",
    }
)
_PASSED_PATTERN = re.compile(r"x-amz-(?:meta-[!-~]+|checksum-(?:crc32c?|crc64nvme|sha1|sha256))")
_OURS = frozenset(
    {
        "x-amz-content-sha256",
        "x-amz-copy-source",
        "x-amz-date",
        "x-amz-decoded-content-length",
        "x-amz-expected-bucket-owner",
        "x-amz-security-token",
        "x-amz-source-expected-bucket-owner",
        "x-amz-trailer",
        "x-amz-user-agent",
    }
)
"""Headers that are answered for before the store, or that say nothing to it."""
_FRAMING = "aws-chunked"


def passed_on(request: WireRequest, *, account: str) -> Pairs:
    """Return the headers for the store. Raises AwsError for one that asks for something unknown.

    `NotImplemented` is S3's own answer to "a header you provided implies functionality that is not
    implemented": access lists, object locks, customer keys, requester pays, and all to come.
    """
    for name, value in request.headers:
        if name.startswith("x-amz-") and not _known(name):
            raise AwsError("NotImplemented", 501, f"The local S3 does not know the header {name}.")
        if name.endswith("expected-bucket-owner") and value != account:
            raise AwsError("AccessDenied", 403, "Access Denied")
    kept = [(name, value) for name, value in request.headers if _is_passed(name)]
    return tuple(pair for pair in map(_without_framing, kept) if pair[1])


def _known(name: str) -> bool:
    return name in _OURS or _is_passed(name)


def _is_passed(name: str) -> bool:
    return name in _PASSED or _PASSED_PATTERN.fullmatch(name) is not None


def _without_framing(pair: tuple[str, str]) -> tuple[str, str]:
    name, value = pair
    if name != "content-encoding":
        return pair
    kept = [part.strip() for part in value.split(",") if part.strip() != _FRAMING]
    return name, ",".join(kept)
