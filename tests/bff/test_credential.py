"""A credential that is rotated at its place while the BFF serves on."""

import asyncio
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from bff.provider.authorization import AuthorizationRequest
from bff.provider.credential import FixedCredential, KeptCredential
from bff.provider.opening import Opener
from bff.provider.provider import Provider
from fakes.clock import StoppedClock
from fakes.proxy.provider.carriers import InMemory
from fakes.proxy.provider.idp import CLIENT_ID, FakeProvider, document
from fakes.proxy.provider.tokens import SigningKey, ec_key, rsa_key
from fakes.secret_source import KnownSecrets
from fakes.secrets import TERMS, nobody, secrets_of
from trust.registry.record import ClientAuthMethod, ProviderEntry
from trust.secret import Secret
from trust.secrets.reference import Scheme, parse_reference
from trust.secrets.source import SecretOutage, SecretRefused
from trust.session.errors import ProviderUnavailable

ISSUER = "https://login.acme.test"
OLD, NEW = Secret("old"), Secret("new")
KEPT_S, AGAIN_S = TERMS.ttl_s, TERMS.forced_every_s


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def place() -> KnownSecrets:
    return KnownSecrets({"KEY": "old"})


@pytest.fixture
async def credential(place: KnownSecrets, clock: StoppedClock) -> KeptCredential:
    secrets = secrets_of({Scheme.ENV: place}, clock)
    return KeptCredential(await secrets.keep(parse_reference("env:KEY"), lambda secret: secret))


async def test_a_refused_credential_is_looked_for_at_once(
    credential: KeptCredential, clock: StoppedClock, place: KnownSecrets
) -> None:
    place.secrets["KEY"] = "new"
    clock.advance(AGAIN_S)

    assert await credential.replaces(OLD)
    assert await credential.current() == NEW


async def test_refusals_do_not_flood_the_place(
    credential: KeptCredential, clock: StoppedClock, place: KnownSecrets
) -> None:
    clock.advance(AGAIN_S)
    for _ in range(5):
        assert not await credential.replaces(OLD)

    assert len(place.asked) == 2


async def test_who_was_refused_with_the_old_one_learns_of_the_new_one(
    credential: KeptCredential, clock: StoppedClock, place: KnownSecrets
) -> None:
    place.secrets["KEY"] = "new"
    clock.advance(AGAIN_S)
    await credential.replaces(OLD)
    clock.advance(AGAIN_S)

    assert await credential.replaces(OLD)
    assert len(place.asked) == 2


async def test_many_that_are_refused_at_once_are_one_look(
    credential: KeptCredential, clock: StoppedClock, place: KnownSecrets
) -> None:
    place.secrets["KEY"] = "new"
    clock.advance(AGAIN_S)

    assert all(await asyncio.gather(*(credential.replaces(OLD) for _ in range(40))))
    assert len(place.asked) == 2


async def test_a_credential_that_was_taken_away_is_used_no_more(
    credential: KeptCredential, clock: StoppedClock, place: KnownSecrets
) -> None:
    place.fault = SecretRefused("env:KEY: denied")
    clock.advance(AGAIN_S)

    assert not await credential.replaces(OLD)
    with pytest.raises(SecretRefused):
        await credential.current()


async def test_an_outage_leaves_the_old_one_in_use(
    credential: KeptCredential, clock: StoppedClock, place: KnownSecrets
) -> None:
    place.fault = SecretOutage("env:KEY: no answer")
    clock.advance(AGAIN_S)

    assert not await credential.replaces(OLD)
    assert await credential.current() == OLD


async def test_a_fixed_credential_stays() -> None:
    kept = FixedCredential(OLD)

    assert await kept.current() == OLD
    assert not await kept.replaces(OLD)


def private(key: SigningKey) -> str:
    return json.dumps(key.as_dict(private=True))


@pytest.fixture
def idp(clock: StoppedClock) -> FakeProvider:
    return FakeProvider(issuer=ISSUER, clock=clock, client_key=rsa_key("client-1"))


@pytest.fixture
def secrets() -> KnownSecrets:
    return KnownSecrets({"KEY": private(rsa_key("client-1"))})


@pytest.fixture
async def provider(idp: FakeProvider, secrets: KnownSecrets, clock: StoppedClock) -> Provider:
    """Open a provider whose key is kept in `secrets`."""
    http = InMemory(provider=idp)
    opener = Opener(
        public_url="https://app.example",
        secrets=secrets_of({Scheme.ENV: secrets}, clock),
        svids=nobody,
        http=http,
        private_http=http,
        clock=clock,
        insecure=False,
    )
    entry = ProviderEntry(
        name="acme",
        issuer=ISSUER,
        client_id=CLIENT_ID,
        client_auth=ClientAuthMethod.PRIVATE_KEY_JWT,
        client_key=parse_reference("env:KEY"),
        tenant_claim="tid",
    )
    return await opener(entry)


async def test_a_provider_that_dropped_the_old_key_is_asked_once_more_with_the_new_one(
    provider: Provider, idp: FakeProvider, secrets: KnownSecrets, clock: StoppedClock
) -> None:
    # The code is unspent: who is not believed to be the client is not listened to.
    location = await provider.authorization_url(asked())
    code = Secret(idp.authorize(location)["code"])
    idp.client_key, secrets.secrets["KEY"] = ec_key("client-2"), private(ec_key("client-2"))
    clock.advance(AGAIN_S)

    tokens = await provider.exchange(code, Secret("v" * 43))

    assert tokens.access_token.reveal() in idp.issued
    assert idp.count("/token") == 2


async def test_a_client_that_is_refused_without_a_new_key_does_not_try_again(
    provider: Provider, idp: FakeProvider, clock: StoppedClock
) -> None:
    await provider.metadata()
    idp.faults["/token"] = document({"error": "invalid_client"}, 401)
    clock.advance(AGAIN_S)

    with pytest.raises(ProviderUnavailable):
        await provider.exchange(Secret("code"), Secret("v" * 43))

    assert idp.count("/token") == 1


@pytest.mark.parametrize("status", [400, 500])
async def test_another_refusal_is_no_reason_to_try_again(
    provider: Provider, idp: FakeProvider, secrets: KnownSecrets, clock: StoppedClock, status: int
) -> None:
    await provider.metadata()
    error = "invalid_client" if status >= 500 else "server_error"
    idp.faults["/token"] = document({"error": error}, status)
    secrets.secrets["KEY"] = private(ec_key("client-2"))
    clock.advance(AGAIN_S)

    with pytest.raises(ProviderUnavailable):
        await provider.exchange(Secret("code"), Secret("v" * 43))

    assert idp.count("/token") == 1


async def test_requests_are_signed_with_the_newest_key(
    provider: Provider, idp: FakeProvider, secrets: KnownSecrets, clock: StoppedClock
) -> None:
    idp.par, idp.metadata = False, {"require_signed_request_object": True}
    idp.client_key, secrets.secrets["KEY"] = ec_key("client-2"), private(ec_key("client-2"))
    clock.advance(KEPT_S)

    location = await provider.authorization_url(asked())

    assert "request" in dict(parse_qsl(urlsplit(location).query))
    assert idp.request_of(location)["state"] == "s"


def asked() -> AuthorizationRequest:
    return AuthorizationRequest(state="s", nonce="n", verifier=Secret("v" * 43))
