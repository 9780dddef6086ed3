"""httpx's requests over httpcore's connections, with the dialer below them."""

from collections.abc import AsyncIterator
from typing import cast

import httpcore
import httpx

from bff.provider.addresses import Reach
from bff.provider.dialing.sockets import Dialer

MAX_IDLE_CONNECTIONS = 20
IDLE_S = 5.0
"""How long a connection is kept for the next call. Short: a provider that closes it just then
would cost a refresh, and where its name leads is looked at with every connection."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Carries requests to allowed addresses only."""

    def __init__(self, reach: Reach) -> None:
        network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self._dialer = Dialer(reach, network)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            network_backend=self._dialer,
            # Whoever calls bounds them. Where calls wait in here, httpcore (1.0.9) loses a
            # connection for each that is cancelled as it is given one, in the end all.
            max_connections=None,
            max_keepalive_connections=MAX_IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_S,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises httpx.TransportError."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        sent = httpcore.Request(
            request.method,
            url,
            headers=request.headers.raw,
            content=cast("httpx.AsyncByteStream", request.stream),
            extensions=request.extensions,
        )
        try:
            got = await self._pool.handle_async_request(sent)
        except _FAILURES as error:
            raise httpx.TransportError(f"{type(error).__name__}: {error}") from error
        stream = _Answer(cast("httpx.AsyncByteStream", got.stream))
        return httpx.Response(got.status, headers=got.headers, stream=stream)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()
        self._dialer.close()


class _Answer(httpx.AsyncByteStream):
    """An answer's body; httpcore's errors become httpx's."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body's pieces. Raises httpx.TransportError."""
        try:
            async for piece in self._stream:
                yield piece
        except _FAILURES as error:
            raise httpx.TransportError(type(error).__name__) from error

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._stream.aclose()


_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)
