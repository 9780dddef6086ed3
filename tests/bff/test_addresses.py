"""Which addresses calls to a provider may go to."""

from ipaddress import ip_address

import pytest

from bff.provider.addresses import Reach, is_allowed

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "99.77.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "100.128.0.1",
    "126.0.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]

PRIVATE = [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "fd12::1",
    "fc00::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
]

LOCAL = ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]

NEVER = {
    "this host": "0.0.0.0",  # noqa: S104 nothing is bound
    "this network": "0.1.2.3",
    "this host over IPv6": "::",
    "instance metadata": "169.254.169.254",
    "instance metadata, mapped": "::ffff:169.254.169.254",
    "instance metadata by 6to4": "2002:a9fe:a9fe::1",
    "instance metadata by NAT64": "64:ff9b::a9fe:a9fe",
    "container credentials": "169.254.170.2",
    "link-local over IPv6": "fe80::1",
    "site-local": "fec0::1",
    "instance metadata over IPv6": "fd00:ec2::254",
    "container credentials over IPv6": "fd00:ec2::23",
    "Alibaba's metadata": "100.100.100.200",
    "Oracle's metadata": "192.0.0.192",
    "Azure's metadata": "168.63.129.16",
    "multicast": "224.0.0.1",
    "multicast over IPv6": "ff02::1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "documentation": "192.0.2.1",
    "documentation over IPv6": "2001:db8::1",
    "benchmarks": "198.18.0.1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "6to4": "2002:808:808::1",
    "6to4 of this machine": "2002:7f00:1::",
    "IPv4-compatible": "::7f00:1",
    "local NAT64": "64:ff9b:1::7f00:1",
    "never given to anybody": "4000::1",
    "discarded": "100::1",
}


@pytest.mark.parametrize("reach", Reach, ids=str)
@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_always_in_reach(address: str, reach: Reach) -> None:
    assert is_allowed(ip_address(address), reach)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_networks_are_for_entries_that_say_so(address: str) -> None:
    allowed = [reach for reach in Reach if is_allowed(ip_address(address), reach)]

    assert allowed == [Reach.PRIVATE, Reach.LOCAL]


@pytest.mark.parametrize("address", LOCAL)
def test_this_machine_is_for_development_alone(address: str) -> None:
    assert [reach for reach in Reach if is_allowed(ip_address(address), reach)] == [Reach.LOCAL]


@pytest.mark.parametrize("name", NEVER)
def test_some_places_nobody_may_ever_call(name: str) -> None:
    address = ip_address(NEVER[name])

    assert [reach for reach in Reach if is_allowed(address, reach)] == []
