"""From an entry of the registry to a provider: what calls it."""

import pytest

from bff.provider.opening import Opener
from fakes.clock import StoppedClock
from fakes.proxy.provider.carriers import InMemory
from fakes.proxy.provider.idp import CLIENT_SECRET, FakeProvider
from fakes.secret_source import KnownSecrets
from fakes.secrets import nobody, secrets_of
from trust.registry.record import ProviderEntry
from trust.secrets.reference import Scheme, parse_reference

ISSUER = "https://login.acme.test"


@pytest.mark.parametrize("private", [False, True])
async def test_only_an_entry_that_says_so_is_called_in_a_private_network(*, private: bool) -> None:
    clock = StoppedClock()
    idp = FakeProvider(issuer=ISSUER, clock=clock)
    public_calls, private_calls = InMemory(provider=idp), InMemory(provider=idp)
    opener = Opener(
        public_url="https://app.example",
        secrets=secrets_of({Scheme.ENV: KnownSecrets({"SECRET": CLIENT_SECRET})}, clock),
        svids=nobody,
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
        client_secret=parse_reference("env:SECRET"),
        private_network=private,
    )

    await (await opener(entry)).metadata()

    assert bool(private_calls.fetched) is private
    assert bool(public_calls.fetched) is not private
