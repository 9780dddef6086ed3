"""Where calls to an identity provider may go: a decision about an address that a name led to.

A tenant's provider is a URL that somebody typed in, and its discovery document names further ones:
who may choose what this process calls may look for what only it can reach (server-side request
forgery): the instance's own credentials, a database, an administrator's page. So it is the address
that is looked at, the one that is connected to, and not the name, which may mean another one a
moment later (DNS rebinding).
"""

from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address


class Reach(Enum):
    """How far calls may reach."""

    PUBLIC = "public"
    """The internet and nothing else."""
    PRIVATE = "private"
    """Also the networks that RFC 1918, RFC 4193 and RFC 6598 set aside: an entry says so."""
    LOCAL = "local"
    """Also this machine itself, as in development."""


def _networks(*texts: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


_LOOPBACK = _networks("127.0.0.0/8", "::1/128")
_PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")

_NEVER = _networks(
    # "This host": on Linux, 0.0.0.0 connects to the machine itself.
    "0.0.0.0/8",
    # Link-local: among them the metadata services of the clouds and of ECS (169.254.170.2).
    "169.254.0.0/16",
    "fe80::/10",
    "fec0::/10",
    # Metadata services that are not link-local: AWS over IPv6, Alibaba, Azure,
    # Oracle (among the IETF's own).
    "fd00:ec2::/32",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "192.0.0.0/24",
    # Documentation, benchmarks, old relays, multicast, reserved, broadcast: no provider is there.
    "192.0.2.0/24",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
    # The IETF's own, among them Teredo (RFC 4380), which hides an IPv4 address as 6to4 does.
    "2001::/23",
    "2001:db8::/32",
    # 6to4 (RFC 3056): its relays are gone (RFC 7526), and inside is an IPv4 address of any kind.
    "2002::/16",
    "3fff::/20",
)
_INTERNET = IPv6Network("2000::/3")
"""All IPv6 addresses that have ever been given to anybody (IANA)."""

_NAT64 = IPv6Network("64:ff9b::/96")
_EMBEDDED_BITS = 0xFFFF_FFFF


def is_allowed(address: Address, reach: Reach) -> bool:
    """Tell whether calls may go to an address."""
    if isinstance(address, IPv6Address):
        # An IPv4 address in IPv6's clothes is where the packets go in the end.
        embedded = _embedded(address)
        if embedded is not None:
            return is_allowed(embedded, reach)
    if _is_in(address, _NEVER):
        return False
    if _is_in(address, _LOOPBACK):
        return reach is Reach.LOCAL
    if _is_in(address, _PRIVATE):
        return reach is not Reach.PUBLIC
    return isinstance(address, IPv4Address) or address in _INTERNET


def _is_in(address: Address, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return any(address in network for network in networks)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address inside: mapped (RFC 4291 §2.5.5.2) or NAT64 (RFC 6052 §2.1).

    NAT64 is how a network that speaks IPv6 alone reaches a provider that does not.
    """
    if address in _NAT64:
        return IPv4Address(int(address) & _EMBEDDED_BITS)
    return address.ipv4_mapped
