"""Fetching a key set: small, in time, and never redirected."""

from urllib.parse import urlsplit

from authorizer.framing import request
from authorizer.sockets import Connection
from trust.aws.message import OK, Lost
from trust.clock import Clock
from trust.session.errors import ProviderUnavailable

TOTAL_S = 5.0
"""How long everything may take. API Gateway waits 10 s for an authorizer."""

MAX_BYTES = 1_000_000
"""Largest document that is read: key sets have some thousand bytes."""

_PORTS = {"http": 80, "https": 443}


def fetch(url: str, clock: Clock) -> bytes:
    """Return the document at an http(s) URL. Raises ProviderUnavailable."""
    try:
        parts = urlsplit(url)
        port = parts.port
        call = request("GET", _target(parts.path, parts.query), _headers(parts.netloc))
    except ValueError as error:
        raise ProviderUnavailable("key set: no URL") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ProviderUnavailable("key set: no http URL")
    tls = parts.scheme == "https"
    connection = Connection(parts.hostname, port or _PORTS[parts.scheme], clock, tls=tls)
    answer = connection.exchange(call, within_s=TOTAL_S, limit=MAX_BYTES)
    connection.close()
    if isinstance(answer, Lost):
        raise ProviderUnavailable(f"key set: {answer.kind}")
    if answer.status != OK:
        raise ProviderUnavailable(f"key set: status {answer.status}")
    return answer.body


def _target(path: str, query: str) -> str:
    return f"{path or '/'}?{query}" if query else path or "/"


def _headers(host: str) -> dict[str, str]:
    # Settings refuse a URL with a user's name in it.
    return {"Host": host, "Accept": "application/json", "Connection": "close"}
