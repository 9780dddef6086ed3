"""Several providers at once: found by issuer, opened once, told apart, and gone when removed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from bff.provider.authorization import AuthorizationRequest
from bff.provider.errors import ProviderUnknown
from bff.provider.http import Reply
from bff.provider.metadata import ProviderMisconfigured
from bff.provider.opening import Opener
from bff.provider.providers import Party, Providers
from fakes.clock import StoppedClock
from fakes.login import ALICE, new_session
from fakes.proxy.canary import listening
from fakes.proxy.provider.carriers import InMemory
from fakes.proxy.provider.idp import CLIENT_SECRET, FakeProvider, Grant
from fakes.proxy.provider.people import ALICE as PERSON
from fakes.registry import OpenRegistry
from fakes.secrets import nobody, secrets_of
from trust.coordinates import TenantId
from trust.registry.record import ClientAuthMethod, ProviderEntry, Tenant
from trust.secret import Secret
from trust.secrets.reference import Scheme, parse_reference
from trust.secrets.source import SecretMalformed, SecretUnavailable
from trust.secrets.static import EnvironmentSource
from trust.session.errors import RefreshRejected
from trust.session.record import Session

OURS, THEIRS = "https://login.ours.test", "https://login.theirs.test"


@dataclass(kw_only=True)
class Internet:
    """The port `ProviderHttp` before any number of providers, by host."""

    carriers: dict[str, InMemory] = field(default_factory=dict[str, InMemory])

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Fetch a document."""
        return await self.carriers[urlsplit(url).netloc].get(url, headers)

    async def post(self, url: str, form: str, headers: Mapping[str, str]) -> Reply:
        """Send a form."""
        return await self.carriers[urlsplit(url).netloc].post(url, form, headers)

    async def close(self) -> None:
        """Nothing is held open."""


@dataclass(kw_only=True)
class World:
    """Two providers, and what is registered of them."""

    registry: OpenRegistry
    providers: Providers
    ours: FakeProvider
    theirs: FakeProvider
    environment: dict[str, str]
    clock: StoppedClock


def entry(issuer: str, name: str = "theirs") -> ProviderEntry:
    return ProviderEntry(
        name=name,
        issuer=issuer,
        client_id="gatehouse",
        tenant_claim="org",
        client_secret=parse_reference("env:THEIR_SECRET"),
    )


@pytest.fixture
async def world() -> World:
    clock, internet = StoppedClock(), Internet()
    made = [FakeProvider(issuer=issuer, clock=clock) for issuer in (OURS, THEIRS)]
    for idp in made:
        internet.carriers[urlsplit(idp.issuer).netloc] = InMemory(provider=idp)
    environment = {"OUR_SECRET": CLIENT_SECRET, "THEIR_SECRET": CLIENT_SECRET}
    opener = Opener(
        public_url="https://app.example",
        secrets=secrets_of({Scheme.ENV: EnvironmentSource(environment)}, clock),
        svids=nobody,
        http=internet,
        private_http=internet,
        clock=clock,
        insecure=False,
    )
    default = replace(entry(OURS, "default"), client_secret=parse_reference("env:OUR_SECRET"))
    registry = OpenRegistry(known_providers=[entry(THEIRS)])
    party = Party(entry=default, provider=await opener(default))
    return World(
        registry=registry,
        providers=Providers(party, registry, opener),
        ours=made[0],
        theirs=made[1],
        environment=environment,
        clock=clock,
    )


def tenant(issuer: str | None) -> Tenant:
    return Tenant(id=TenantId("globex"), name="Globex", claims=frozenset({"globex"}), issuer=issuer)


async def url_of(party: Party) -> str:
    request = AuthorizationRequest(state="s", nonce="n", verifier=Secret("v" * 43))
    return await party.provider.authorization_url(request)


async def test_a_tenant_is_sent_to_its_own_provider_and_others_to_the_default_one(
    world: World,
) -> None:
    own = await world.providers.for_login(tenant(THEIRS))
    usual = await world.providers.for_login(tenant(None))
    nobody = await world.providers.for_login(None)

    assert (await url_of(own)).startswith(THEIRS)
    assert (await url_of(usual)).startswith(OURS)
    assert usual is nobody is world.providers.default


async def test_a_tenant_whose_provider_is_nobodys_goes_nowhere(world: World) -> None:
    with pytest.raises(ProviderUnknown):
        await world.providers.for_login(tenant("https://login.evil.test"))


@pytest.mark.parametrize("issuer", [THEIRS + "/", THEIRS.upper(), "", "https://login.evil.test"])
async def test_an_issuer_is_compared_as_it_stands(world: World, issuer: str) -> None:
    with pytest.raises(ProviderUnknown):
        await world.providers.of(issuer)


async def test_a_provider_is_opened_once(world: World) -> None:
    assert await world.providers.of(THEIRS) is await world.providers.of(THEIRS)


async def test_a_provider_is_opened_anew_when_its_entry_changes(world: World) -> None:
    before = await world.providers.of(THEIRS)
    world.registry.known_providers = [replace(entry(THEIRS), scopes="openid other")]

    after = await world.providers.of(THEIRS)

    assert after is not before
    assert after.entry.scopes == "openid other"


async def test_a_provider_that_was_removed_is_known_no_longer(world: World) -> None:
    await world.providers.of(THEIRS)
    world.registry.known_providers = []

    with pytest.raises(ProviderUnknown):
        await world.providers.of(THEIRS)


async def test_a_provider_whose_secret_is_missing_is_not_ready(world: World) -> None:
    world.environment.clear()

    with pytest.raises(SecretUnavailable):
        await world.providers.of(THEIRS)

    world.environment["THEIR_SECRET"] = CLIENT_SECRET
    world.clock.advance(2)
    assert (await world.providers.of(THEIRS)).entry.issuer == THEIRS


async def test_a_provider_without_a_credential_is_misconfigured(world: World) -> None:
    world.registry.known_providers = [replace(entry(THEIRS), client_secret=None)]

    with pytest.raises(ProviderMisconfigured, match="no credential"):
        await world.providers.of(THEIRS)


async def test_a_provider_whose_key_is_no_key_is_not_ready(world: World) -> None:
    by_key = replace(
        entry(THEIRS),
        client_auth=ClientAuthMethod.PRIVATE_KEY_JWT,
        client_key=parse_reference("env:THEIR_SECRET"),
    )
    world.registry.known_providers = [by_key]

    with pytest.raises(SecretMalformed, match="no private"):
        await world.providers.of(THEIRS)


async def test_two_that_answer_at_one_place_have_to_say_who_they_are(world: World) -> None:
    world.theirs.sends_issuer = False

    with pytest.raises(ProviderMisconfigured, match="own_callback"):
        await world.providers.for_login(tenant(THEIRS))
    assert await world.providers.for_login(None) is world.providers.default


async def test_one_with_a_callback_of_its_own_need_not_say_who_it_is(world: World) -> None:
    world.theirs.sends_issuer = world.ours.sends_issuer = False
    world.registry.known_providers = [replace(entry(THEIRS), own_callback=True)]

    own = await world.providers.for_login(tenant(THEIRS))
    await world.providers.for_login(None)

    assert own.callback == "/auth/callback/theirs"
    await url_of(own)
    (pushed,) = world.theirs.pushed.values()
    assert pushed["redirect_uri"] == "https://app.example/auth/callback/theirs"


async def test_one_that_is_alone_need_not_say_who_it_is(world: World) -> None:
    world.ours.sends_issuer = False
    world.registry.known_providers = []

    assert await world.providers.for_login(None) is world.providers.default


def session_of(world: World, issuer: str) -> Session:
    grant = Grant(person=PERSON, nonce=None, challenge="", redirect_uri="", family="f")
    for idp in (world.ours, world.theirs):
        idp.refresh_tokens["first"] = grant
    session = new_session(ALICE)
    return replace(
        session,
        identity=replace(session.identity, issuer=issuer),
        tokens=replace(session.tokens, refresh_token=Secret("first")),
    )


@pytest.mark.parametrize("issuer", [OURS, THEIRS])
async def test_tokens_are_refreshed_and_revoked_where_they_come_from(
    world: World, issuer: str
) -> None:
    session = session_of(world, issuer)

    tokens = await world.providers.refresh(session)
    await world.providers.revoke(issuer, tokens)

    asked, other = (world.ours, world.theirs) if issuer == OURS else (world.theirs, world.ours)
    assert (asked.count("/token"), asked.count("/revoke")) == (1, 1)
    assert (other.count("/token"), other.count("/revoke")) == (0, 0)


async def test_nobody_stays_logged_in_by_a_provider_that_was_removed(world: World) -> None:
    session = session_of(world, THEIRS)
    world.registry.known_providers = []

    with pytest.raises(RefreshRejected):
        await world.providers.refresh(session)
    with listening() as canary:
        await world.providers.revoke(THEIRS, session.tokens)
        assert await world.providers.logout_url(THEIRS) is None
    assert canary.events("provider.revocation_failed")
    assert canary.events("provider.logout_url_unknown")
    assert world.ours.calls == world.theirs.calls == []


async def test_a_person_logs_out_where_they_logged_in(world: World) -> None:
    url = await world.providers.logout_url(THEIRS)

    assert url is not None
    assert url.startswith(f"{THEIRS}/logout?")
    assert dict(parse_qsl(urlsplit(url).query))["client_id"] == "gatehouse"


async def test_the_default_provider_is_not_replaced_by_a_registered_one(world: World) -> None:
    world.registry.known_providers = [replace(entry(OURS, "impostor"), client_id="impostor")]

    assert await world.providers.of(OURS) is world.providers.default
    assert [found.name for found in await world.providers.entries()] == ["default"]
