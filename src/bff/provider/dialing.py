"""Connections to a provider: to an address that was looked at, and to no other.

The name is resolved here, each address is decided on, and the connection is made to that address;
TLS still asks for the name. Whoever checks the name first and lets the HTTP client resolve it again
checks one address and connects to another.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from ipaddress import ip_address
from typing import cast

import httpcore
import httpx
from httpcore import SOCKET_OPTION, AsyncNetworkBackend, AsyncNetworkStream

from bff.provider.addresses import Reach, is_allowed


class AddressRefused(httpcore.ConnectError):
    """The name leads only to addresses that calls may not go to."""


class Dialer(AsyncNetworkBackend):
    """Connects to allowed addresses."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._network = cast("AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Connect to the first allowed address that answers. Raises httpcore.ConnectError."""
        options = list(socket_options or ())
        failure: Exception = AddressRefused(f"{host} leads to no address that may be called")
        for address in await self._allowed(host, port):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _allowed(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not found") from error
        # A zone (`%eth0`) belongs to link-local addresses alone, and those are refused.
        addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
        return [one for one in addresses if is_allowed(ip_address(one), self._reach)]


class GuardedTransport(httpx.AsyncBaseTransport):
    """httpx's requests over httpcore's pool, with the dialer below it."""

    def __init__(self, reach: Reach) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=Dialer(reach)
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
