"""AWS Signature Version 4: what is signed, and with what (pure functions).

The shape follows the AWS General Reference, "Create a signed AWS API request": canonical request,
string to sign, derived key, signature. Nothing here knows about HTTP servers or about time.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from devstack.aws.wire import Pairs, WireRequest, decoded, encoded, query_pairs
from trust.secret import Secret

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
SIGNATURE_PARAMETER = "X-Amz-Signature"
LONGEST_PRESIGNED_S = 604_800
"""A presigned request is good for a week at most (S3 API Reference, "Query string")."""
_PRESIGN = frozenset(
    {
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Security-Token",
        "X-Amz-SignedHeaders",
        SIGNATURE_PARAMETER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a signature is good: one day, one region, one service."""

    date: str
    region: str
    service: str

    @property
    def text(self) -> str:
        """The scope as it stands in the string to sign."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a request says about its own signature; nothing of it is verified yet."""

    access_key_id: str
    scope: Scope
    timestamp: str
    """`X-Amz-Date`, in the form 20260101T120000Z."""
    signed_headers: tuple[str, ...]
    signature: str
    session_token: str | None
    expires_s: int | None
    """How long a presigned request is good for, in seconds; None if signed in the header."""


def canonical_request(request: WireRequest, signed: Signed, *, payload_hash: str) -> str:
    """Return the text both sides must agree on."""
    lines = [
        request.method,
        canonical_path(request.path, service=signed.scope.service),
        canonical_query(request.query),
        *[f"{name}:{canonical_value(request.headers, name)}" for name in signed.signed_headers],
        "",
        ";".join(signed.signed_headers),
        payload_hash,
    ]
    return "\n".join(lines)


def canonical_path(path: str, *, service: str) -> str:
    """Return the path as it is signed: encoded once for S3, twice for everything else."""
    if service == "s3":
        # An object key is any text: "a//b" and "a/../b" are names, not directions.
        return encoded(decoded(path), also_safe="/") or "/"
    return encoded(_without_dot_segments(path), also_safe="/") or "/"


def _without_dot_segments(path: str) -> str:
    """Resolve `.`, `..` and doubled slashes (RFC 3986 §5.2.4, stricter as AWS wants it)."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    tail = "/" if kept and path.endswith("/") else ""
    return "/" + "/".join(kept) + tail


def canonical_query(query: str) -> str:
    """Return the query sorted and re-encoded, without the signature itself."""
    pairs = [
        (encoded(decoded(name)), encoded(decoded(value)))
        for name, value in query_pairs(query)
        if name != SIGNATURE_PARAMETER
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def canonical_value(headers: Pairs, name: str) -> str:
    """Return one header's value as it is signed: repeated ones joined, white space folded."""
    values = [" ".join(value.split()) for key, value in headers if key == name]
    return ",".join(values)


def string_to_sign(canonical: str, signed: Signed) -> str:
    """Return the text the signature is computed over."""
    # Latin-1: a header's bytes are hashed as they came, whatever they were meant to be.
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    return f"{ALGORITHM}\n{signed.timestamp}\n{signed.scope.text}\n{digest}"


def signing_key(secret: Secret, scope: Scope) -> bytes:
    """Derive the key that is good for one day, region and service."""
    key = b"AWS4" + secret.reveal().encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature(key: bytes, text: str) -> str:
    """Sign a text; 64 hexadecimal digits."""
    return hmac.digest(key, text.encode("latin-1"), "sha256").hex()


_HEADER = re.compile(
    rf"{ALGORITHM}\s+Credential=(?P<credential>[^,\s]+)\s*,"
    r"\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})\s*"
)
_CREDENTIAL = re.compile(
    r"(?P<key>[\w-]{4,128})/(?P<date>\d{8})/(?P<region>[a-z0-9-]{1,40})"
    r"/(?P<service>[a-z0-9-]{1,60})/aws4_request",
    re.ASCII,
)
_TIMESTAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_EXPIRES = re.compile(r"\d{1,7}", re.ASCII)


class NotASignature(Exception):
    """A request that speaks of a signature but does not carry a well-formed one."""


def signed(request: WireRequest) -> Signed | None:
    """Read the signature from header or query; None if there is none. Raises NotASignature."""
    parameters = _signing_parameters(request)
    header = request.header("authorization")
    if header is not None and parameters:
        # Whoever sends two signatures may hope that two readers pick different ones.
        raise NotASignature("only one of Authorization header and X-Amz-Algorithm may be used")
    if parameters:
        return _presigned(parameters)
    return None if header is None else _header_signed(request, header)


def _signing_parameters(request: WireRequest) -> dict[str, str]:
    if "AWSAccessKeyId" in dict(request.parameters):
        raise NotASignature("Signature Version 2 is not taken; boto3: signature_version='s3v4'")
    pairs = [pair for pair in request.parameters if pair[0] in _PRESIGN]
    if len(dict(pairs)) != len(pairs):
        raise NotASignature("a parameter of the signature stands in the query twice")
    return dict(pairs)


def _header_signed(request: WireRequest, header: str) -> Signed:
    match = _HEADER.fullmatch(header)
    if match is None:
        raise NotASignature("the Authorization header is not an AWS4-HMAC-SHA256 signature")
    key, scope = _credential(match["credential"])
    return Signed(
        access_key_id=key,
        scope=scope,
        timestamp=_timestamp(request.header("x-amz-date") or "", scope),
        signed_headers=tuple(match["headers"].lower().split(";")),
        signature=match["signature"],
        session_token=request.header("x-amz-security-token"),
        expires_s=None,
    )


def _presigned(parameters: dict[str, str]) -> Signed:
    if parameters.get("X-Amz-Algorithm") != ALGORITHM:
        raise NotASignature("X-Amz-Algorithm only supports AWS4-HMAC-SHA256")
    expires = parameters.get("X-Amz-Expires", "")
    if not _EXPIRES.fullmatch(expires) or int(expires) > LONGEST_PRESIGNED_S:
        raise NotASignature("X-Amz-Expires must be a number of seconds up to 604800")
    given = parameters.get(SIGNATURE_PARAMETER, "")
    if not _SIGNATURE.fullmatch(given):
        raise NotASignature("X-Amz-Signature must be 64 hexadecimal digits")
    key, scope = _credential(parameters.get("X-Amz-Credential", ""))
    return Signed(
        access_key_id=key,
        scope=scope,
        timestamp=_timestamp(parameters.get("X-Amz-Date", ""), scope),
        signed_headers=tuple(parameters.get("X-Amz-SignedHeaders", "").lower().split(";")),
        signature=given,
        session_token=parameters.get("X-Amz-Security-Token"),
        expires_s=int(expires),
    )


def _credential(text: str) -> tuple[str, Scope]:
    match = _CREDENTIAL.fullmatch(text)
    if match is None:
        raise NotASignature("the Credential is not <key>/<date>/<region>/<service>/aws4_request")
    return match["key"], Scope(date=match["date"], region=match["region"], service=match["service"])


def _timestamp(text: str, scope: Scope) -> str:
    if not _TIMESTAMP.fullmatch(text) or not text.startswith(scope.date):
        raise NotASignature("X-Amz-Date is missing, malformed or not of the Credential's day")
    return text
