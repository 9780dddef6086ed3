"""From the platform's word to a secret, at a Vault that nobody reaches without a certificate."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devstack.spire import http
from devstack.spire.agent import Agent, agent
from devstack.spire.authority import CertificateAuthority
from devstack.spire.faults import Fault
from devstack.spire.service import served
from fakes.mutual_tls import demanding, vault_behind
from fakes.vault import RunningVault
from trust.clock import SystemClock
from trust.secrets.opening import Keepers, open_keepers
from trust.secrets.reference import parse_reference
from trust.secrets.settings import load_secret_settings
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.spiffe.opening import open_svids
from trust.secrets.vault.sources import Vault, open_vault

US = "spiffe://acme.example/gatehouse"
SECRET = parse_reference("vault-kv:secret/gatehouse#client_secret")

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="files in memory are Linux's"
)


@pytest.fixture
def spire() -> Agent:
    """Return an agent by the machine's clock, which TLS goes by."""
    return agent(US, clock=SystemClock())


@pytest.fixture
def listener(spire: Agent, tmp_path: Path) -> ssl.SSLContext:
    """Return Vault's listener: of an authority of its own, for workloads of the trust domain."""
    own = CertificateAuthority("vault.example", SystemClock().now())
    return demanding(own, tmp_path, of=spire.issuer.authority)


@pytest.fixture
def running(spire: Agent, listener: ssl.SSLContext) -> Iterator[RunningVault]:
    """Have a Vault that trusts the trust domain, and lets Gatehouse read."""
    with http.served(spire, port=0) as url, vault_behind(listener, SystemClock()) as served:
        served.method("jwt")
        served.write("auth/jwt/config", jwks_url=f"{url}/keys")
        served.policy("gatehouse", 'path "secret/data/gatehouse" { capabilities = ["read"] }')
        served.write(
            "auth/jwt/role/gatehouse",
            role_type="jwt",
            user_claim="sub",
            bound_subject=US,
            bound_audiences=["vault"],
            token_policies=["gatehouse"],
            token_ttl="5m",
        )
        served.put("gatehouse", client_secret="made up")
        yield served


@pytest.fixture
def environment(
    running: RunningVault, spire: Agent, socket_place: Path, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """Return addresses and names, which is all that is configured."""
    with served(spire, socket_place):
        yield {
            "VAULT_ADDR": running.url,
            "VAULT_CACERT": str(tmp_path / "ca.pem"),
            "BFF_VAULT_AUTH": "jwt-svid",
            "BFF_VAULT_ROLE": "gatehouse",
            "BFF_VAULT_CLIENT_CERT": "spiffe",
            "SPIFFE_ENDPOINT_SOCKET": f"unix://{socket_place}",
            "BFF_SPIFFE_ID": US,
        }


@pytest.fixture
async def keepers(environment: dict[str, str]) -> AsyncIterator[Keepers]:
    """Return the secrets of a process that has no secret of its own."""
    opened = open_keepers(load_secret_settings(environment), environment, SystemClock())
    yield opened
    await opened.close()


async def test_who_we_are_opens_the_connection_and_the_secret(
    keepers: Keepers, running: RunningVault
) -> None:
    assert (await keepers.secrets.get(SECRET)).value.reveal() == "made up"

    await keepers.close()
    # So the connection was there to the end, for giving the token back.
    assert running.tokens == ()


async def test_without_the_setting_nobody_is_let_in(
    environment: dict[str, str], running: RunningVault
) -> None:
    del environment["BFF_VAULT_CLIENT_CERT"]
    keepers = open_keepers(load_secret_settings(environment), environment, SystemClock())

    with pytest.raises(SecretOutage):
        await keepers.secrets.get(SECRET)

    await keepers.close()
    assert running.tokens == ()


async def test_a_hijacked_socket_reaches_no_listener(
    keepers: Keepers, spire: Agent, running: RunningVault
) -> None:
    spire.plant(Fault.FOREIGN_TRUST_DOMAIN)

    with pytest.raises(SecretRefused, match="foreign trust domain"):
        await keepers.secrets.get(SECRET)

    assert running.tokens == ()


async def test_the_authority_may_be_rotated_in_mid_use(
    environment: dict[str, str], spire: Agent, listener: ssl.SSLContext
) -> None:
    settings, clock = load_secret_settings(environment), SystemClock()
    svids = open_svids(settings, clock)
    vault = open_vault(settings, environment, clock, lambda: 0.0, lambda: svids)
    assert await reads(vault)
    spire.rotate_authority()

    # The connection that is open would do, and a listener that does not know the new authority lets
    # no new one in: so that is how it is seen that the new certificate is shown.
    async with asyncio.timeout(5):
        while await reads(vault):
            await asyncio.sleep(0.001)
    listener.load_verify_locations(cadata=spire.issuer.authority.pem.decode())

    assert await reads(vault)
    await vault.close()
    await svids.close()


async def reads(vault: Vault) -> bool:
    """Say whether the secret can be had now."""
    try:
        found = await vault.kv.fetch(SECRET.place, None)
    except SecretOutage:
        return False
    return "made up" in found.value.reveal()
