"""AWS Signature Version 4 over headers (AWS General Reference, "Create a signed request").

Our own, since a signature stands on every streamed call and botocore's costs seven times as much;
proven against botocore on generated requests (tests/trust/aws/test_signer.py).
"""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

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


class _Form(NamedTuple):
    """What the canonical requests of calls to one place with the same headers have in common."""

    pieces: list[str]
    """All before the body's hash: each second one is where a value goes. Not to be changed."""
    names: Sequence[str]
    """The headers whose values these are."""
    signed: str
    """The names of all signed headers, as they are told."""


class _Moment(NamedTuple):
    """A second, and what a signature made in it is good for."""

    timestamp: str
    place: str


class _Hash(Protocol):
    """A hash that has begun."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...
    def hexdigest(self) -> str: ...
    def copy(self) -> "_Hash": ...


class _Key(NamedTuple):
    """HMAC under a key (RFC 2104 §2, §4): both hashes, fed with the key's padded block."""

    inner: _Hash
    outer: _Hash


def signed_headers(
    request: Unsigned, credentials: Credentials, scope: Scope, *, now: NumericDate
) -> dict[str, str]:
    """Return the request's headers with date, session token and signature added."""
    timestamp, place = _moment(now, scope)
    headers = {**request.headers, "X-Amz-Date": timestamp}
    if credentials.session_token is not None:
        headers["X-Amz-Security-Token"] = credentials.session_token.reveal()
    canonical, names = _canonical_request(request, headers)
    text = f"{ALGORITHM}\n{timestamp}\n{place}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = _mac(_signing_key(credentials.secret_access_key.reveal(), place), text.encode())
    headers["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{place},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    return headers


def _canonical_request(request: Unsigned, headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the canonical request and the names of the signed headers."""
    form = _form(request.method, request.host, request.path, request.query, tuple(headers))
    pieces = form.pieces.copy()
    pieces[1::2] = map(headers.__getitem__, form.names)
    block = "".join(pieces)
    if " " in block or "\t" in block:
        pieces[1::2] = [_plain(headers[name]) for name in form.names]
        block = "".join(pieces)
    return f"{block}{hashlib.sha256(request.body).hexdigest()}", form.signed


def _plain(value: str) -> str:
    # Runs of blanks become one, and those at the ends none.
    return " ".join(value.split()) if " " in value or "\t" in value else value


@lru_cache(maxsize=1024)
def _form(method: str, host: str, path: str, query: str, names: tuple[str, ...]) -> _Form:
    spelled = {name.lower(): name for name in names}
    signed = sorted(({"host"} | spelled.keys()) - UNSIGNED)
    told = ";".join(signed)
    pieces = [f"{method}\n{_canonical_path(path)}\n{_canonical_query(query)}\n"]
    for name in signed:
        pieces[-1] += f"{name}:"
        if name in spelled:
            pieces += "", "\n"
        else:
            pieces[-1] += f"{host}\n"
    pieces[-1] += f"\n{told}\n"
    return _Form(pieces, [spelled[name] for name in signed if name in spelled], told)


def _canonical_path(path: str) -> str:
    if path in {"", "/"}:
        return "/"
    # Imported here: who only posts to an API's root has no other use for it, and may be waited for.
    from urllib.parse import quote

    # The path on the wire is encoded once, the signed one twice (every service but S3).
    return quote(path, safe="/~")


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = sorted((name, value) for name, _, value in (p.partition("=") for p in query.split("&")))
    return "&".join(f"{name}={value}" for name, value in pairs)


@lru_cache(maxsize=16)
def _moment(now: NumericDate, scope: Scope) -> _Moment:
    timestamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    return _Moment(timestamp, f"{timestamp[:8]}/{scope.region}/{scope.service}/aws4_request")


@lru_cache(maxsize=256)
def _signing_key(secret: str, place: str) -> _Key:
    """Derive the day's key; the same for all calls under one grant, so it is kept."""
    key = f"AWS4{secret}".encode()
    for part in place.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    block = key.ljust(hashlib.sha256().block_size, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    return _Key(hashlib.sha256(inner), hashlib.sha256(outer))


def _mac(key: _Key, text: bytes) -> str:
    # Half of what `hmac.digest` costs, which looks the algorithm up and hashes the key each time.
    inner, outer = key.inner.copy(), key.outer.copy()
    inner.update(text)
    outer.update(inner.digest())
    return outer.hexdigest()
