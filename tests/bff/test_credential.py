"""A credential that is rotated at its place while the BFF serves on."""

import asyncio
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from bff.provider.authorization import AuthorizationRequest
from bff.provider.client_auth import CredentialMalformed
from bff.provider.credential import AGAIN_S, KEPT_S, Credential, fixed
from bff.provider.opening import Opener
from bff.provider.provider import Provider
from fakes.clock import StoppedClock
from fakes.proxy.asgi import others_run
from fakes.proxy.canary import Canary, listening
from fakes.proxy.provider.carriers import InMemory
from fakes.proxy.provider.idp import CLIENT_ID, FakeProvider, document
from fakes.proxy.provider.tokens import SigningKey, ec_key, rsa_key
from fakes.secret_source import KnownSecrets
from trust.registry.record import ClientAuthMethod, ProviderEntry
from trust.secret import Secret
from trust.secrets.reference import Scheme, parse_reference
from trust.secrets.source import Secrets, SecretUnavailable
from trust.session.errors import ProviderUnavailable

ISSUER = "https://login.acme.test"
OLD, NEW = Secret("old"), Secret("new")


class Place:
    """Where a credential is kept; None where it cannot be read."""

    def __init__(self, value: Secret | None) -> None:
        self.value = value
        self.looks = 0
        self.open = asyncio.Event()
        self.open.set()

    async def read(self) -> Secret:
        """Return the credential. Raises SecretUnavailable."""
        self.looks += 1
        await self.open.wait()
        if self.value is None:
            raise SecretUnavailable("env:KEY is not known")
        return self.value


def refuse_a_number(credential: Secret) -> None:
    if credential.reveal().isdigit():
        raise CredentialMalformed("is a number")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def place() -> Place:
    return Place(NEW)


@pytest.fixture
def credential(place: Place, clock: StoppedClock) -> Credential:
    return Credential(place.read, clock, check=refuse_a_number, first=OLD)


async def test_a_credential_serves_for_a_while_without_a_look(
    credential: Credential, clock: StoppedClock, place: Place
) -> None:
    clock.advance(KEPT_S - 1)

    assert await credential.current() == OLD
    assert place.looks == 0


async def test_a_rotated_credential_is_picked_up(
    credential: Credential, clock: StoppedClock
) -> None:
    clock.advance(KEPT_S)

    assert await credential.current() == NEW


async def test_one_look_is_enough_for_many(
    credential: Credential, clock: StoppedClock, place: Place
) -> None:
    clock.advance(KEPT_S)
    place.open.clear()
    first = asyncio.ensure_future(credential.current())
    await others_run()

    assert await credential.current() == OLD, "who comes meanwhile does not wait"
    place.open.set()
    assert await first == NEW
    assert place.looks == 1


@pytest.mark.parametrize("found", [None, Secret("123")], ids=["away", "malformed"])
async def test_the_old_one_serves_on_where_there_is_no_good_new_one(
    credential: Credential, clock: StoppedClock, place: Place, found: Secret | None
) -> None:
    place.value = found
    clock.advance(KEPT_S)
    canary: Canary
    with listening() as canary:
        assert await credential.current() == OLD

    assert len(canary.events("provider.credential_stale")) == 1
    assert canary.leaks(["123"]) == []


async def test_a_refused_credential_is_looked_for_at_once(
    credential: Credential, clock: StoppedClock
) -> None:
    clock.advance(AGAIN_S)

    assert await credential.replaces(OLD)
    assert await credential.current() == NEW


async def test_refusals_do_not_flood_the_place(
    credential: Credential, clock: StoppedClock, place: Place
) -> None:
    place.value = OLD
    clock.advance(AGAIN_S)
    for _ in range(5):
        assert not await credential.replaces(OLD)

    assert place.looks == 1


async def test_who_was_refused_with_the_old_one_learns_of_the_new_one(
    credential: Credential, clock: StoppedClock, place: Place
) -> None:
    clock.advance(AGAIN_S)
    await credential.replaces(OLD)

    assert await credential.replaces(OLD)
    assert place.looks == 1


async def test_a_fixed_credential_stays(clock: StoppedClock) -> None:
    kept = fixed(OLD, clock)
    clock.advance(KEPT_S)

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
        secrets=Secrets({Scheme.ENV: secrets}),
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
