"""Server-side request forgery: a provider whose name, documents or redirects lead inside."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bff.provider.addresses import Reach
from bff.provider.http import HttpxProvider
from bff.settings import load_settings
from bff.wiring import open_gate
from fakes.loopback_names import Names
from fakes.loopback_tls import Shown, certificate, showing
from fakes.proxy.house import environment
from fakes.proxy.wire import Call, Headers, Wire, serving
from trust.session.errors import ProviderUnavailable

JSON: Headers = [("Content-Type", "application/json")]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


@pytest.fixture
async def inside() -> AsyncIterator[Wire]:
    """Open something on this machine that nobody outside may reach."""

    async def answer(call: Call) -> None:
        call.respond(200, JSON, b'{"secret": "of the inside"}')

    async with serving(answer) as wire:
        yield wire


@pytest.fixture
async def local() -> AsyncIterator[HttpxProvider]:
    """Open what may call this machine, as in development."""
    opened = HttpxProvider(Reach.LOCAL)
    yield opened
    await opened.close()


async def refusal(url: str, reach: Reach = Reach.PUBLIC) -> str:
    """Return why a call to `url` fails."""
    provider = HttpxProvider(reach)
    with pytest.raises(ProviderUnavailable) as raised:
        await provider.get(url)
    await provider.close()
    return str(raised.value)


def port_of(wire: Wire) -> str:
    return wire.origin.rpartition(":")[2]


REFUSED = "leads to no address that may be called"


async def test_a_name_that_leads_to_this_machine_is_refused(names: Names, inside: Wire) -> None:
    names.lead("login.evil.test", ["127.0.0.1"])

    assert REFUSED in await refusal(f"https://login.evil.test:{port_of(inside)}/")
    assert inside.connections == 0


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"],  # noqa: S104 the attack
)
@pytest.mark.parametrize("reach", [Reach.PUBLIC, Reach.PRIVATE], ids=str)
async def test_no_spelling_of_this_machine_is_called(inside: Wire, host: str, reach: Reach) -> None:
    assert REFUSED in await refusal(f"https://{host}:{port_of(inside)}/", reach)
    assert inside.connections == 0


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1"])
async def test_an_old_spelling_of_an_address_is_what_it_resolves_to(
    inside: Wire, host: str
) -> None:
    assert REFUSED in await refusal(f"https://{host}:{port_of(inside)}/")
    assert inside.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://0177.0.0.1.5/",
        "https://1.2.3.4.5/",
        "https://a b/",
        "https://%31.0.0.1/",
        "https://[::1/",
        "https:///x",
        "https://127.0.0.1:99999/",
        "https://xn--/",
        f"https://{'a' * 64}.test/",
        f"https://{'a.' * 130}test/",
    ],
)
async def test_a_host_that_is_none_is_an_outage_and_no_crash(url: str) -> None:
    assert await refusal(url)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200"]
)
@pytest.mark.parametrize("reach", Reach, ids=str)
async def test_the_instance_s_own_credentials_are_out_of_every_reach(
    names: Names, address: str, reach: Reach
) -> None:
    names.lead("login.evil.test", [address])

    assert REFUSED in await refusal("https://login.evil.test/latest/meta-data/", reach)


async def test_a_name_that_changes_its_mind_is_asked_once(
    names: Names, inside: Wire, local: HttpxProvider
) -> None:
    """DNS rebinding: allowed when it is looked at, somewhere else when it is connected to."""
    names.lead("login.evil.test", ["127.0.0.1"], ["169.254.169.254"])

    await local.get(f"http://login.evil.test:{port_of(inside)}/")

    assert names.asked == ["login.evil.test"]
    assert [call.header("host") for call in inside.calls] == [f"login.evil.test:{port_of(inside)}"]


async def test_a_name_that_changes_its_mind_between_two_calls_is_looked_at_again(
    names: Names, inside: Wire, local: HttpxProvider
) -> None:
    inside.handler = _closing
    names.lead("login.evil.test", ["127.0.0.1"], ["169.254.169.254"])
    url = f"http://login.evil.test:{port_of(inside)}/"
    await local.get(url)

    with pytest.raises(ProviderUnavailable, match=REFUSED):
        await local.get(url)


async def _closing(call: Call) -> None:
    call.respond(200, [*JSON, ("Connection", "close")], b"{}")


@pytest.fixture
async def impostor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shown]:
    """Open a server with a certificate for login.good.test, which is trusted here."""
    shows = certificate("login.good.test", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(shows))
    async with showing(shows) as shown:
        yield shown


async def test_the_server_has_to_prove_the_name_and_not_the_address(
    names: Names, impostor: Shown
) -> None:
    for name in ("login.good.test", "login.evil.test"):
        names.lead(name, ["127.0.0.1"])
    provider = HttpxProvider(Reach.LOCAL)

    reply = await provider.get(f"https://login.good.test:{impostor.port}/")
    with pytest.raises(ProviderUnavailable, match="certificate verify failed"):
        await provider.get(f"https://login.evil.test:{impostor.port}/")

    await provider.close()
    assert reply.document == {"a": 1}
    assert impostor.asked == ["login.good.test", "login.evil.test"]


@pytest.mark.parametrize(
    ("scheme", "changes", "why"),
    [
        ("http:", {}, "^issuer is"),
        ("https:", {"BFF_ENV": "prod"}, REFUSED),
        ("https:", {"BFF_ENV": "prod", "BFF_OIDC_PRIVATE_NETWORK": "1"}, REFUSED),
    ],
    ids=["development", "production", "production, private network"],
)
async def test_only_in_development_the_provider_may_be_this_machine(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    inside: Wire,
    scheme: str,
    changes: dict[str, str],
    why: str,
) -> None:
    issuer = inside.origin.replace("http:", scheme)
    variables = environment(
        tmp_path, issuer=issuer, runtime="https://127.0.0.1:1", changes={**PRODUCTION, **changes}
    )
    variables["BFF_STORE"] = f"sqlite:{tmp_path / 'gatehouse.db'}"
    for name in filter(lambda name: name.startswith("AWS_"), variables):
        monkeypatch.setenv(name, variables[name])
    gate = await open_gate(load_settings(variables), variables)

    with pytest.raises(ProviderUnavailable, match=why):
        await gate.providers.default.provider.metadata()

    await gate.close()


PRODUCTION = {"BFF_PUBLIC_URL": "https://app.example", "BFF_SECRETS_ALLOW_STATIC": "1"}


@pytest.mark.parametrize("reach", [Reach.PUBLIC, Reach.PRIVATE], ids=str)
@pytest.mark.parametrize("scheme", ["http", "ftp", "file", "unix"])
async def test_outside_development_nothing_but_https_is_called(reach: Reach, scheme: str) -> None:
    assert "is not https" in await refusal(f"{scheme}://8.8.8.8/", reach)


async def test_a_user_in_a_url_is_not_sent_as_credentials(
    inside: Wire, local: HttpxProvider
) -> None:
    with pytest.raises(ProviderUnavailable, match="a user stands in the URL"):
        await local.post(inside.origin.replace("//", "//user:password@"), "a=1", {})

    assert inside.calls == []


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/",
        "//evil.test/",
        "https://{host}/",
        "http://{host}0/",
        "file:///etc/passwd",
        "http://é/",
    ],
)
async def test_a_redirect_to_another_origin_is_not_followed(
    local: HttpxProvider, location: str
) -> None:
    async def answer(call: Call) -> None:
        call.respond(302, [("Location", location.replace("{host}", call.header("host") or ""))])

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable, match="redirected to"):
            await local.get(f"{wire.origin}/.well-known/openid-configuration")
        assert len(wire.calls) == 1


@pytest.mark.parametrize("location", ["http://[", "https://xn--/", "http://:x/"])
async def test_a_redirect_to_nowhere_is_an_outage_and_no_crash(
    local: HttpxProvider, location: str
) -> None:
    async def answer(call: Call) -> None:
        call.respond(302, [("Location", location)])

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable):
            await local.get(wire.origin)
        assert len(wire.calls) == 1


async def test_a_form_s_redirect_to_nowhere_is_an_outage_and_no_crash(local: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.respond(302, [("Location", "https://xn--/")])

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable):
            await local.post(wire.origin, "code=secret", {})
        assert len(wire.calls) == 1


@pytest.mark.parametrize("status", [300, 304, 305])
async def test_what_is_no_redirect_leads_nowhere(local: HttpxProvider, status: int) -> None:
    async def answer(call: Call) -> None:
        call.respond(status, [("Location", "/elsewhere")])

    async with serving(answer) as wire:
        assert (await local.get(wire.origin)).status == status
        assert len(wire.calls) == 1


async def test_a_redirect_that_brings_credentials_is_not_followed(local: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.respond(302, [("Location", f"http://user:password@{call.header('host')}/")])

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable, match="a user stands in the URL"):
            await local.get(wire.origin)
        assert len(wire.calls) == 1


async def test_a_redirect_within_the_origin_is_followed_three_times(local: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        step = int(call.target.lstrip("/"))
        if step < 3:
            call.respond(302, [("Location", f"/{step + 1}")])
        else:
            call.respond(200, JSON, b'{"a": 1}')

    async with serving(answer) as wire:
        assert (await local.get(f"{wire.origin}/0")).document == {"a": 1}


async def test_a_redirect_that_goes_round_is_given_up(local: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.respond(302, [("Location", "/again")])

    async with serving(answer) as wire:
        with pytest.raises(ProviderUnavailable, match="too often"):
            await local.get(wire.origin)
        assert len(wire.calls) == 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_form_with_a_code_in_it_is_sent_nowhere_else(
    local: HttpxProvider, status: int
) -> None:
    async def answer(call: Call) -> None:
        call.respond(status, [("Location", "/elsewhere")])

    async with serving(answer) as wire:
        assert (await local.post(f"{wire.origin}/token", "code=secret", {})).status == status
        assert [call.target for call in wire.calls] == ["/token"]


async def test_a_call_that_brings_a_token_is_not_redirected(local: HttpxProvider) -> None:
    async def answer(call: Call) -> None:
        call.respond(302, [("Location", "/elsewhere")])

    async with serving(answer) as wire:
        reply = await local.get(f"{wire.origin}/userinfo", {"Authorization": "Bearer secret"})
        assert reply.status == 302
        assert [call.target for call in wire.calls] == ["/userinfo"]


async def test_the_environment_s_proxy_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, inside: Wire
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, inside.origin)

    assert REFUSED in await refusal("https://10.0.0.1/")
    assert inside.connections == 0


async def test_the_environment_s_passwords_are_not_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, inside: Wire, local: HttpxProvider
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login alice password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    await local.get(inside.origin)

    assert [call.header("authorization") for call in inside.calls] == [None]
