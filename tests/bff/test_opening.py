"""From an entry of the registry to a provider: what calls it."""

import pytest

from bff.provider.opening import Opener
from fakes.clock import StoppedClock
from fakes.proxy.provider.carriers import InMemory
from fakes.proxy.provider.idp import CLIENT_SECRET, FakeProvider
from trust.registry.record import ProviderEntry
from trust.secret import Secret
from trust.secrets.source import Secrets

ISSUER = "https://login.acme.test"


@pytest.mark.parametrize("private", [False, True])
async def test_only_an_entry_that_says_so_is_called_in_a_private_network(*, private: bool) -> None:
    clock = StoppedClock()
    idp = FakeProvider(issuer=ISSUER, clock=clock)
    public_calls, private_calls = InMemory(provider=idp), InMemory(provider=idp)
    opener = Opener(
        public_url="https://app.example",
        secrets=Secrets({}),
        http=public_calls,
        private_http=private_calls,
        clock=clock,
        insecure=False,
    )
    entry = ProviderEntry(
        name="acme-login",
        issuer=ISSUER,
        client_id="gatehouse",
        tenant_claim="tid",
        private_network=private,
    )

    await opener.opened(entry, Secret(CLIENT_SECRET)).metadata()

    assert bool(private_calls.fetched) is private
    assert bool(public_calls.fetched) is not private
