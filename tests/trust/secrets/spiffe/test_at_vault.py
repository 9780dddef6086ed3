"""From the platform's word to a secret: nothing but addresses and names is configured."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devstack.spire import http
from devstack.spire.agent import Agent
from devstack.spire.faults import Fault
from fakes.clock import StoppedClock
from fakes.vault import RunningVault, vault
from trust.secrets.opening import Keepers, open_keepers
from trust.secrets.reference import parse_reference
from trust.secrets.settings import load_secret_settings
from trust.secrets.source import SecretRefused

US = "spiffe://acme.example/gatehouse"
SECRET = parse_reference("vault-kv:secret/gatehouse#client_secret")


@pytest.fixture
def running(clock: StoppedClock, spire: Agent) -> Iterator[RunningVault]:
    """Have a Vault that trusts the trust domain, and lets Gatehouse read one secret."""
    with http.served(spire, port=0) as url, vault(clock) as served:
        served.method("jwt")
        served.write("auth/jwt/config", jwks_url=f"{url}/keys")
        served.policy("gatehouse", 'path "secret/data/gatehouse" { capabilities = ["read"] }')
        let_in(served, US)
        served.put("gatehouse", client_secret="made up")
        yield served


def let_in(running: RunningVault, subject: str) -> None:
    """Let one workload read the secret, and no other."""
    running.write(
        "auth/jwt/role/gatehouse",
        role_type="jwt",
        user_claim="sub",
        bound_subject=subject,
        bound_audiences=["vault"],
        token_policies=["gatehouse"],
        token_ttl="5m",
    )


@pytest.fixture
async def keepers(
    running: RunningVault, listening: Path, clock: StoppedClock
) -> AsyncIterator[Keepers]:
    """Return the secrets of a process that has no secret of its own."""
    environment = {
        "VAULT_ADDR": running.url,
        "BFF_VAULT_AUTH": "jwt-svid",
        "BFF_VAULT_ROLE": "gatehouse",
        "SPIFFE_ENDPOINT_SOCKET": f"unix://{listening}",
        "BFF_SPIFFE_ID": US,
    }
    opened = open_keepers(load_secret_settings(environment), environment, clock)
    yield opened
    await opened.close()


async def test_who_we_are_is_enough_for_a_secret(keepers: Keepers) -> None:
    assert (await keepers.secrets.get(SECRET)).value.reveal() == "made up"


async def test_a_workload_that_vault_does_not_know_gets_nothing(
    keepers: Keepers, running: RunningVault
) -> None:
    let_in(running, "spiffe://acme.example/other")

    with pytest.raises(SecretRefused):
        await keepers.secrets.get(SECRET)


async def test_what_a_hijacked_socket_gives_never_reaches_vault(
    keepers: Keepers, spire: Agent, running: RunningVault
) -> None:
    spire.plant(Fault.FOREIGN_TRUST_DOMAIN)

    with pytest.raises(SecretRefused, match="foreign trust domain"):
        await keepers.secrets.get(SECRET)

    assert not running.tokens


async def test_the_trust_domain_may_change_its_keys(
    keepers: Keepers, spire: Agent, running: RunningVault, clock: StoppedClock
) -> None:
    await keepers.secrets.get(SECRET)
    spire.rotate_jwt_keys(forget=True)
    running.put("gatehouse", client_secret="newer")
    for token in running.tokens:
        running.revoke(token)
    clock.advance(301)  # by then a look is due, whatever chance has drawn

    assert (await keepers.secrets.get(SECRET)).value.reveal() == "newer"
