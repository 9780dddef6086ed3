"""Server-side request forgery: a provider whose name, documents or redirects lead inside."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bff.provider.addresses import Reach
from bff.provider.http import HttpxProvider
from bff.provider.metadata import ProviderMisconfigured, parse_metadata
from fakes.proxy.wire import Call, Wire, serving
from trust.session.errors import ProviderUnavailable

ISSUER = "https://login.evil.test"


class Names:
    """A name server that a test answers for; each name may mean something new every time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[str]] = {}
        self.asked: list[str] = []
        monkeypatch.setattr(socket, "getaddrinfo", self._found)

    def _found(self, host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else str(host)
        self.asked.append(name)
        addresses = self.answers.get(name, [name])
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


@pytest.fixture
async def inside() -> AsyncIterator[Wire]:
    """Open something on this machine that nobody outside may reach."""

    async def answer(call: Call) -> None:
        call.respond(200, body=b'{"secret": "of the inside"}')

    async with serving(answer) as wire:
        yield wire


async def refused(url: str, reach: Reach = Reach.PUBLIC) -> bool:
    """Tell whether a call to `url` is refused."""
    provider = HttpxProvider(reach)
    try:
        await provider.get(url)
    except ProviderUnavailable as error:
        return "AddressRefused" in str(error)
    finally:
        await provider.close()
    return False


def port_of(wire: Wire) -> str:
    return wire.origin.rpartition(":")[2]


async def test_a_name_that_leads_to_this_machine_is_refused(names: Names, inside: Wire) -> None:
    names.answers["login.evil.test"] = ["127.0.0.1"]

    assert await refused(f"http://login.evil.test:{port_of(inside)}/")
    assert inside.calls == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"],  # noqa: S104 the attack
)
@pytest.mark.parametrize("reach", [Reach.PUBLIC, Reach.PRIVATE], ids=str)
async def test_no_spelling_of_this_machine_is_called(inside: Wire, host: str, reach: Reach) -> None:
    assert await refused(f"http://{host}:{port_of(inside)}/", reach)
    assert inside.calls == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1"])
async def test_an_old_spelling_of_an_address_is_what_it_resolves_to(
    inside: Wire, host: str
) -> None:
    assert await refused(f"http://{host}:{port_of(inside)}/")
    assert inside.calls == []


@pytest.mark.parametrize("host", ["0177.0.0.1", "1.2.3.4.5", "a b", "%31.0.0.1", "[::1"])
async def test_a_host_that_is_none_is_an_outage_and_no_crash(host: str) -> None:
    assert not await refused(f"https://{host}/")


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200"]
)
@pytest.mark.parametrize("reach", Reach, ids=str)
async def test_the_instance_s_own_credentials_are_out_of_every_reach(
    names: Names, address: str, reach: Reach
) -> None:
    names.answers["login.evil.test"] = [address]

    assert await refused("http://login.evil.test/latest/meta-data/", reach)


async def test_a_name_that_changes_its_mind_is_asked_once(names: Names, inside: Wire) -> None:
    """DNS rebinding: public when it is looked at, this machine when it is connected to."""
    names.answers["login.evil.test"] = ["192.0.2.1", "127.0.0.1"]

    assert await refused(f"http://login.evil.test:{port_of(inside)}/")
    assert names.asked == ["login.evil.test"]
    assert inside.calls == []


async def test_a_private_network_is_called_where_the_entry_says_so_and_nowhere_else(
    names: Names,
) -> None:
    names.answers["login.intra.test"] = ["10.255.255.1"]

    assert await refused("http://login.intra.test/")


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "//evil.test/", "https://{host}/", "http://["]
)
async def test_a_redirect_to_another_origin_is_not_followed(location: str) -> None:
    async def answer(call: Call) -> None:
        call.respond(302, [("Location", location.replace("{host}", call.header("host") or ""))])

    provider = HttpxProvider(Reach.LOCAL)
    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable, match="redirected to"):
            await provider.get(f"{wire.origin}/.well-known/openid-configuration")
        assert len(wire.calls) == 1
    await provider.close()


async def test_a_redirect_within_the_origin_is_followed_three_times() -> None:
    async def answer(call: Call) -> None:
        step = int(call.target.lstrip("/"))
        call.respond(302, [("Location", f"/{step + 1}")]) if step < 3 else call.respond(
            200, body=b'{"a": 1}'
        )

    provider = HttpxProvider(Reach.LOCAL)
    async with serving(answer) as wire:
        assert (await provider.get(f"{wire.origin}/0")).document == {"a": 1}
    await provider.close()


async def test_a_redirect_that_goes_round_is_given_up() -> None:
    async def answer(call: Call) -> None:
        call.respond(302, [("Location", "/again")])

    provider = HttpxProvider(Reach.LOCAL)
    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable, match="too often"):
            await provider.get(wire.origin)
        assert len(wire.calls) == 4
    await provider.close()


async def test_a_few_bytes_that_would_unpack_to_gigabytes_are_not_unpacked() -> None:
    async def answer(call: Call) -> None:
        assert call.header("accept-encoding") == "identity"
        call.respond(200, [("Content-Encoding", "gzip")], b"\x1f\x8b")

    provider = HttpxProvider(Reach.LOCAL)
    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable, match="encoded"):
            await provider.get(wire.origin)
    await provider.close()


async def test_the_environment_s_proxy_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, inside: Wire
) -> None:
    monkeypatch.setenv("HTTP_PROXY", inside.origin)
    monkeypatch.setenv("ALL_PROXY", inside.origin)

    assert await refused("http://10.0.0.1/")
    assert inside.calls == []


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "revocation_endpoint"])
@pytest.mark.parametrize("url", ["http://login.evil.test/x", "file:///etc/passwd", "gopher://x/"])
def test_a_document_that_names_other_schemes_is_refused(name: str, url: str) -> None:
    document = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/jwks",
        name: url,
    }

    with pytest.raises(ProviderMisconfigured, match="https"):
        parse_metadata(document, issuer=ISSUER, insecure=False)
