"""AWS Signature Version 4 over headers (AWS General Reference, "Create a signed request").

Our own, since a signature stands on every streamed call and botocore's costs seven times as much;
proven against botocore on generated requests (tests/trust/aws/test_signer.py).
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from trust.clock import NumericDate
from trust.grant.record import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"

UNSIGNED = frozenset(
    {"authorization", "baggage", "connection", "expect", "keep-alive", "proxy-authenticate"}
    | {"proxy-authorization", "proxy-connection", "te", "traceparent", "tracestate", "trailer"}
    | {"transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"}
)
"""Headers that a hop on the way may add or change: as in botocore, never part of the signature."""


class Scope(NamedTuple):
    """What a signature is good for, besides its day."""

    region: str
    service: str


class Unsigned(NamedTuple):
    """A request as it will go out; `path` and `query` are percent-encoded, as on the wire."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    query: str = ""
    body: bytes = b""


def signed_headers(
    request: Unsigned, credentials: Credentials, scope: Scope, *, now: NumericDate
) -> dict[str, str]:
    """Return the request's headers with date, session token and signature added."""
    timestamp = _timestamp(now)
    headers = dict(request.headers) | {"X-Amz-Date": timestamp}
    if credentials.session_token is not None:
        headers["X-Amz-Security-Token"] = credentials.session_token.reveal()
    canonical, names = canonical_request(request, headers)
    day = timestamp[:8]
    place = f"{day}/{scope.region}/{scope.service}/aws4_request"
    text = f"{ALGORITHM}\n{timestamp}\n{place}\n{_sha256(canonical.encode())}"
    key = _signing_key(credentials.secret_access_key.reveal(), day, scope.region, scope.service)
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{place},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    return headers


def canonical_request(request: Unsigned, headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the canonical request and the names of the signed headers."""
    lines = {"host": request.host}
    for name, value in headers.items():
        lower = _signed_name(name)
        if lower is not None:
            # Runs of blanks become one, and those at the ends none.
            plain = " " not in value and "\t" not in value
            lines[lower] = value if plain else " ".join(value.split())
    ordered = sorted(lines)
    names = ";".join(ordered)
    block = "".join([f"{name}:{lines[name]}\n" for name in ordered])
    canonical = (
        f"{request.method}\n{_canonical_path(request.path)}\n{_canonical_query(request.query)}\n"
        f"{block}\n{names}\n{_sha256(request.body)}"
    )
    return canonical, names


@lru_cache(maxsize=256)
def _signed_name(name: str) -> str | None:
    lower = name.lower()
    return None if lower in UNSIGNED else lower


@lru_cache(maxsize=1024)
def _canonical_path(path: str) -> str:
    if path in {"", "/"}:
        return "/"
    # Imported here: who only posts to an API's root has no other use for it, and may be waited for.
    from urllib.parse import quote

    # The path on the wire is encoded once, the signed one twice (every service but S3).
    return quote(path, safe="/~")


@lru_cache(maxsize=1024)
def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = sorted((name, value) for name, _, value in (p.partition("=") for p in query.split("&")))
    return "&".join(f"{name}={value}" for name, value in pairs)


@lru_cache(maxsize=4)
def _timestamp(now: NumericDate) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))


@lru_cache(maxsize=256)
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """Derive the day's key; the same for all calls under one grant, so it is kept."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
