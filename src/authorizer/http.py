"""Fetching a key set: by the standard library alone, small, in time, and never redirected."""

from http.client import HTTPException, HTTPResponse
from typing import cast
from urllib.error import URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

from trust.clock import Clock
from trust.session.errors import ProviderUnavailable

TIMEOUT_S = 3.0
"""How long the connection, or a pause in it, may take."""

TOTAL_S = 5.0
"""How long the body may take. API Gateway waits 10 s for an authorizer."""

MAX_BYTES = 1_000_000
"""Largest document that is read: key sets have some thousand bytes."""

_CHUNK_BYTES = 65_536


def fetch(url: str, clock: Clock) -> bytes:
    """Return the document at an http(s) URL. Raises ProviderUnavailable."""
    try:
        with _opened(url) as response:
            return _body(response, clock)
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise ProviderUnavailable(f"key set: {type(error).__name__}") from error


def _opened(url: str) -> HTTPResponse:
    # Put together by hand: `urlopen` would follow redirects to wherever, obey a proxy named in the
    # environment and open file: and ftp: URLs.
    opener = OpenerDirector()
    handlers = (HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor(), HTTPDefaultErrorHandler())
    for handler in handlers:
        opener.add_handler(handler)
    request = Request(url, headers={"Accept": "application/json"})  # noqa: S310 see above
    response = opener.open(request, timeout=TIMEOUT_S)
    if response is None:
        raise URLError("no http URL")
    return cast("HTTPResponse", response)


def _body(response: HTTPResponse, clock: Clock) -> bytes:
    deadline = clock.monotonic() + TOTAL_S
    body = b""
    while chunk := response.read1(_CHUNK_BYTES):
        body += chunk
        if len(body) > MAX_BYTES:
            raise ProviderUnavailable("key set: too large")
        if clock.monotonic() > deadline:
            # The time-out of a socket begins anew with every byte that drips in.
            raise ProviderUnavailable("key set: too slow")
    return body
