"""Connections to a provider: to an address that was looked at, and to no other.

The name is resolved here, each address is decided on, and the connection is made to that address;
TLS still asks for the name. Whoever checks the name first and lets the HTTP client resolve it again
checks one address and connects to another (DNS rebinding).
"""

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address

import httpcore
from httpcore import SOCKET_OPTION, AsyncNetworkBackend, AsyncNetworkStream

from bff.provider.addresses import Reach, is_allowed

RESOLVER_THREADS = 8
"""Threads that wait for name servers. Their own: a tenant's name server that never answers holds up
logins, and nothing else that a thread does in this process."""

CONNECT_S = 3.0
"""Longest wait for one address. A name may have several, and one that is dead must leave time."""


class AddressRefused(httpcore.ConnectError):
    """The name leads only to addresses that calls may not go to."""


class Dialer(AsyncNetworkBackend):
    """Connects to allowed addresses, over a `network` that is given addresses and no names."""

    def __init__(self, reach: Reach, network: AsyncNetworkBackend) -> None:
        self._reach = reach
        self._network = network
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="resolver")

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
        limit = CONNECT_S if timeout is None else min(timeout, CONNECT_S)
        failure: Exception = AddressRefused(_refusal(host))
        for address in await self._allowed(host, port):
            try:
                return await self._network.connect_tcp(address, port, limit, local_address, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def close(self) -> None:
        """Let the threads go; what waits for a name server waits for nothing now."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _allowed(self, host: str, port: int) -> list[str]:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        except (OSError, OverflowError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not found") from error
        addresses = [str(entry[4][0]) for entry in found]
        return [one for one in addresses if is_allowed(ip_address(one), self._reach)]


def _refusal(host: str) -> str:
    return (
        f"{host} leads to no address that may be called"
        " (one of a private network needs private_network in the provider's entry)"
    )
