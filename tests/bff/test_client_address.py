"""From where a request comes, and who is believed about it."""

from ipaddress import ip_network

import pytest

from bff.client_address import UNKNOWN, client_address
from events.recorded import load
from proxy.lambda_stream.event import read_event

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def address(peer: str | None, *forwarded: str, trusted: bool = True) -> str:
    headers = [(b"X-Forwarded-For", line.encode("latin-1")) for line in forwarded]
    client = (peer, 4711) if peer else None
    scope = {"client": client, "headers": [(b"accept", b"*/*"), *headers]}
    return client_address(scope, PROXIES if trusted else [])


def test_without_trusted_proxies_the_header_is_not_read() -> None:
    assert address("10.0.0.1", "198.51.100.7", trusted=False) == "10.0.0.1"


def test_a_stranger_s_header_is_not_read() -> None:
    assert address("203.0.113.9", "198.51.100.7") == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (["198.51.100.7"], "198.51.100.7"),
        (["198.51.100.7:50123"], "198.51.100.7"),
        (["198.51.100.7, 10.1.1.1"], "198.51.100.7"),
        (["1.1.1.1, 198.51.100.7, 10.1.1.1"], "198.51.100.7"),
        (["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
        (["10.9.9.9"], "10.9.9.9"),
        (["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        (["[2001:db8:1:2::5]:443"], "2001:db8:1:2::/64"),
        (["[2001:db8:1:2::5]"], "2001:db8:1:2::/64"),
        (["::ffff:198.51.100.7"], "198.51.100.7"),
    ],
    ids=str,
)
def test_a_trusted_proxy_is_believed_from_the_end(forwarded: list[str], client: str) -> None:
    assert address("10.0.0.1", *forwarded) == client


@pytest.mark.parametrize(
    "forwarded", ["", "unknown", "_hidden", "198.51.100.7, nonsense", "1.2.3.4.5", "\xe4", "a:b"]
)
def test_what_is_no_address_stops_the_reading_at_the_proxy(forwarded: str) -> None:
    assert address("10.0.0.1", forwarded) == "10.0.0.1"


def test_spoofing_a_client_puts_the_made_up_address_before_the_real_one() -> None:
    assert address("10.0.0.1", "8.8.8.8, 203.0.113.9") == "203.0.113.9"


def test_an_ipv6_peer_is_counted_by_its_subscriber() -> None:
    one, two = address("2001:db8::1"), address("2001:db8::ffff")

    assert one == two == "2001:db8::/64"


@pytest.mark.parametrize("peer", [None, "", "/run/socket", "testclient"])
def test_a_peer_without_an_address_is_unknown(peer: str | None) -> None:
    assert address(peer, "198.51.100.7") == UNKNOWN


def test_a_mapped_peer_is_the_proxy_that_it_is() -> None:
    assert address("::ffff:10.0.0.1", "198.51.100.7") == "198.51.100.7"


def test_a_link_local_zone_is_left_out() -> None:
    assert address("fe80::1%eth0") == "fe80::/64"


@pytest.mark.parametrize("recorded", ["http_v2", "rest_v1"])
def test_on_lambda_it_is_the_address_that_api_gateway_saw(recorded: str) -> None:
    event = load(recorded)
    event["headers"]["X-Forwarded-For"] = "198.51.100.7"

    assert client_address(read_event(event).scope(), []) == "203.0.113.7"
