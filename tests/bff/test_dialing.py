"""Connections to a provider: which address is connected to, and for how long it is tried."""

from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import pytest
from httpcore import AsyncNetworkBackend, AsyncNetworkStream

from bff.provider.addresses import Reach
from bff.provider.dialing.sockets import CONNECT_S, AddressRefused, Dialer
from fakes.loopback_names import Names

NAME = "login.test"
FIRST, SECOND, INSIDE = "8.8.8.8", "2606:4700::1111", "10.0.0.1"


class Connected(AsyncNetworkStream):
    """A connection that is only held in the hand."""


class Network(AsyncNetworkBackend):
    """A network on which a test says who answers."""

    def __init__(self) -> None:
        self.dead: dict[str, Exception] = {}
        self.tried: list[tuple[str, int, float | None]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Connect, if somebody is there."""
        del local_address, socket_options
        self.tried.append((host, port, timeout))
        if host in self.dead:
            raise self.dead[host]
        return Connected()


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


@pytest.fixture
def dialer(network: Network) -> Iterator[Dialer]:
    opened = Dialer(Reach.PUBLIC, network)
    yield opened
    opened.close()


async def test_the_network_is_given_an_address_and_no_name(
    dialer: Dialer, network: Network, names: Names
) -> None:
    names.lead(NAME, [FIRST, SECOND])

    await dialer.connect_tcp(NAME, 443, 10.0)

    assert network.tried == [(FIRST, 443, CONNECT_S)]


@pytest.mark.parametrize("failure", [httpcore.ConnectError, httpcore.ConnectTimeout])
async def test_where_one_address_is_dead_the_next_one_is_tried(
    dialer: Dialer, network: Network, names: Names, failure: type[Exception]
) -> None:
    names.lead(NAME, [FIRST, SECOND])
    network.dead[FIRST] = failure("nobody there")

    await dialer.connect_tcp(NAME, 443)

    assert network.tried == [(FIRST, 443, CONNECT_S), (SECOND, 443, CONNECT_S)]


async def test_where_all_are_dead_the_last_one_s_failure_is_told(
    dialer: Dialer, network: Network, names: Names
) -> None:
    names.lead(NAME, [FIRST])
    network.dead[FIRST] = httpcore.ConnectTimeout("too long")

    with pytest.raises(httpcore.ConnectTimeout, match="too long"):
        await dialer.connect_tcp(NAME, 443)


async def test_a_caller_with_less_time_waits_less(
    dialer: Dialer, network: Network, names: Names
) -> None:
    names.lead(NAME, [FIRST])

    await dialer.connect_tcp(NAME, 443, CONNECT_S / 2)

    assert network.tried == [(FIRST, 443, CONNECT_S / 2)]


async def test_of_several_addresses_only_the_allowed_ones_are_tried(
    dialer: Dialer, network: Network, names: Names
) -> None:
    names.lead(NAME, [INSIDE, "fe80::1%eth0", "169.254.169.254", SECOND])

    await dialer.connect_tcp(NAME, 443)

    assert [address for address, _, _ in network.tried] == [SECOND]


async def test_a_private_address_is_connected_to_where_that_is_allowed(
    network: Network, names: Names
) -> None:
    names.lead(NAME, [INSIDE])
    dialer = Dialer(Reach.PRIVATE, network)

    await dialer.connect_tcp(NAME, 443)

    dialer.close()
    assert [address for address, _, _ in network.tried] == [INSIDE]


async def test_a_refusal_says_what_would_allow_it(
    dialer: Dialer, network: Network, names: Names
) -> None:
    names.lead(NAME, [INSIDE])

    with pytest.raises(AddressRefused, match=r"login\.test .* private_network"):
        await dialer.connect_tcp(NAME, 443)

    assert network.tried == []


async def test_a_name_that_nobody_knows_is_not_found(dialer: Dialer, names: Names) -> None:
    names.lead(NAME, [])

    with pytest.raises(httpcore.ConnectError, match="not found"):
        await dialer.connect_tcp(NAME, 443)


@pytest.mark.parametrize(
    ("host", "port"),
    [("a" * 64 + ".test", 443), ("xn--a\x00", 443), ("127.0.0.1", 10**20)],
    ids=["a label too long", "no name", "no port"],
)
async def test_what_cannot_even_be_looked_up_is_not_found(
    dialer: Dialer, host: str, port: int
) -> None:
    with pytest.raises(httpcore.ConnectError, match="not found"):
        await dialer.connect_tcp(host, port)
