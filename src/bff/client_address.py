"""From where a request comes: the peer's address, or what a trusted proxy says of it.

`X-Forwarded-For` is a list that every proxy appends to, and that a client may begin with whatever
it likes. So it is read from its end, only as far as the addresses are those of our own proxies
(`BFF_TRUSTED_PROXIES`), and not at all where none is named: a guess would let anybody choose the
address under which they are counted and written down.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

CLIENT_ADDRESS = "gatehouse.client_address"
"""Where in the ASGI scope the address is, once it is known."""

UNKNOWN = "unknown"
"""For a peer without one, such as a Unix socket's: they are all counted as one."""

_COUNTED_BITS = 64
"""An IPv6 subscriber has at least a /64 of their own, and may send from any address of it."""


def client_address(scope: Scope, trusted: Sequence[Network]) -> str:
    """Return the client's address; of IPv6, the network that one subscriber has."""
    client = scope.get("client")
    if not client:
        return UNKNOWN
    if not trusted:
        return _alone(client[0])
    peer = _parsed(str(client[0]))
    if peer is None:
        return UNKNOWN
    hops = [peer]
    for raw in reversed(_forwarded(scope)):
        if not _is_ours(hops[-1], trusted):
            break
        hop = _parsed(raw)
        if hop is None:
            # What one of ours appended is an address: this is not theirs, and nothing before it.
            break
        hops.append(hop)
    return _counted(hops[-1])


def _forwarded(scope: Scope) -> list[str]:
    """Return the entries of all X-Forwarded-For headers, in the order of the hops."""
    lines = [value.decode("latin-1") for name, value in scope["headers"] if _is_forwarded(name)]
    return [entry.strip() for line in lines for entry in line.split(",")]


def _is_forwarded(name: bytes) -> bool:
    return name.lower() == b"x-forwarded-for"


@lru_cache(maxsize=4096)
def _alone(raw: str) -> str:
    """Return what a peer is counted as before whom nobody is trusted."""
    peer = _parsed(str(raw))
    return UNKNOWN if peer is None else _counted(peer)


@lru_cache(maxsize=4096)
def _parsed(raw: str) -> Address | None:
    """Read an address, with or without a port; an IPv4 one in IPv6's clothes is an IPv4 one."""
    host = raw.removeprefix("[").partition("]")[0] if raw.startswith("[") else raw
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_ours(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


@lru_cache(maxsize=4096)
def _counted(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, _COUNTED_BITS), strict=False))
