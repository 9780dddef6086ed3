"""Which tenant a claim names, and which agents a tenant may use."""

from dataclasses import replace

import pytest

from fakes.agents import HELLO
from fakes.clock import StoppedClock
from fakes.entries import APP, DEFAULT, OWN, OWN_PROVIDER, TERMS, registrar_of
from trust.coordinates import AgentName, TenantId
from trust.registry.file import FileRegistry
from trust.registry.layered import LayeredRegistry
from trust.registry.record import AgentUnknown, Tenant, TenantSuspended, TenantUnknown
from trust.registry.registry import Registry, agent_of, agents_of, tenant_by_id, tenant_of_claim
from trust.registry.stored import StoredRegistry
from trust.store.table import Table

ACME = Tenant(id=TenantId("acme"), name="Acme", claims=frozenset({"acme", "0b5c"}))
GLOBEX = Tenant(id=TenantId("globex"), name="Globex", claims=frozenset({"globex"}), suspended=True)
INITECH = Tenant(
    id=TenantId("initech"), name="Initech", claims=frozenset({"initech", "acme"}), issuer=OWN
)
LEDGER = replace(HELLO, name=AgentName("ledger"), tenants=frozenset({ACME.id}))
FILE = FileRegistry([ACME, GLOBEX, INITECH], [HELLO, LEDGER], [OWN_PROVIDER])
NO_FILE = FileRegistry([], [])


@pytest.fixture(params=["file", "store", "store-beside-a-file"])
async def registry(request: pytest.FixtureRequest, table: Table, clock: StoppedClock) -> Registry:
    """Return every adapter of the port, each with the same entries."""
    stored = StoredRegistry(table, clock, app=APP, terms=TERMS, cache_s=1)
    file = FILE if request.param == "file" else NO_FILE

    async def current() -> FileRegistry:
        return file

    if request.param != "file":
        registrar = registrar_of(table, clock)
        await registrar.add_provider(OWN_PROVIDER)
        for tenant in (ACME, GLOBEX, INITECH):
            await registrar.add_tenant(tenant)
        for agent in (HELLO, LEDGER):
            await registrar.put_agent(agent)
    return stored if request.param == "store" else LayeredRegistry(current, stored)


@pytest.mark.parametrize(
    ("issuer", "claim", "tenant"),
    [
        (DEFAULT, "acme", ACME),
        (DEFAULT, "0b5c", ACME),
        (OWN, "initech", INITECH),
        # The same word in the mouth of another provider is another tenant.
        (OWN, "acme", INITECH),
    ],
)
async def test_a_claim_names_the_tenant_of_its_issuer(
    registry: Registry, issuer: str, claim: str, tenant: Tenant
) -> None:
    found = await tenant_of_claim(registry, issuer=issuer, default=DEFAULT, claim=claim)

    assert found == tenant


@pytest.mark.parametrize(
    ("issuer", "claim"),
    [
        pytest.param(DEFAULT, "initech", id="default-provider-names-another-s-tenant"),
        pytest.param(OWN, "0b5c", id="own-provider-names-a-tenant-of-the-default"),
        pytest.param("https://evil.test", "acme", id="provider-that-nobody-chose"),
        pytest.param(f"{DEFAULT}/", "acme", id="issuer-with-a-slash"),
        pytest.param(DEFAULT, "ACME", id="claim-in-upper-case"),
        pytest.param(DEFAULT, "acm", id="beginning-of-a-claim"),
        pytest.param(DEFAULT, "", id="empty-claim"),
    ],
)
async def test_a_claim_that_names_nobody_is_refused(
    registry: Registry, issuer: str, claim: str
) -> None:
    with pytest.raises(TenantUnknown):
        await tenant_of_claim(registry, issuer=issuer, default=DEFAULT, claim=claim)


async def test_a_suspended_tenant_is_refused_wherever_it_comes_from(registry: Registry) -> None:
    with pytest.raises(TenantSuspended):
        await tenant_of_claim(registry, issuer=DEFAULT, default=DEFAULT, claim="globex")
    with pytest.raises(TenantSuspended):
        await tenant_by_id(registry, GLOBEX.id)


async def test_a_tenant_is_found_by_its_id(registry: Registry) -> None:
    assert await tenant_by_id(registry, INITECH.id) == INITECH


async def test_an_id_of_no_tenant_is_refused(registry: Registry) -> None:
    with pytest.raises(TenantUnknown):
        await tenant_by_id(registry, TenantId("umbrella"))


async def test_a_tenant_sees_its_own_agents_in_order(registry: Registry) -> None:
    assert await agents_of(registry, ACME.id) == [HELLO, LEDGER]
    assert await agents_of(registry, GLOBEX.id) == [HELLO]
    assert await agents_of(registry, INITECH.id) == []


async def test_an_agent_is_found_by_its_name(registry: Registry) -> None:
    assert await agent_of(registry, ACME.id, "ledger") == LEDGER


@pytest.mark.parametrize("name", ["ledger", "nobody", "", "hello\n", "HELLO", "../hello"])
async def test_another_tenant_s_agent_is_as_unknown_as_none_at_all(
    registry: Registry, name: str
) -> None:
    with pytest.raises(AgentUnknown) as unknown:
        await agent_of(registry, GLOBEX.id, name)

    assert (str(unknown.value), unknown.value.status) == ("no such agent for this tenant", 404)


async def test_every_entry_is_listed_once(registry: Registry) -> None:
    assert await registry.tenants() == [ACME, GLOBEX, INITECH]
    assert await registry.agents() == [HELLO, LEDGER]
    assert await registry.providers() == [OWN_PROVIDER]


async def test_a_claim_that_is_no_text_in_utf_8_names_nobody(registry: Registry) -> None:
    # JSON can spell half of a surrogate pair, and a provider may sign it.
    with pytest.raises(TenantUnknown):
        await tenant_of_claim(registry, issuer=DEFAULT, default=DEFAULT, claim="\ud800")


async def test_a_provider_that_became_the_default_one_keeps_its_tenants(
    registry: Registry,
) -> None:
    assert await tenant_of_claim(registry, issuer=OWN, default=OWN, claim="initech") == INITECH


async def test_a_claim_that_two_tenants_have_from_one_issuer_is_nobody_s(
    registry: Registry,
) -> None:
    # Since INITECH's provider is the default one now, ACME's claims are of its mouth, too.
    with pytest.raises(TenantUnknown, match="acme and initech"):
        await tenant_of_claim(registry, issuer=OWN, default=OWN, claim="acme")


async def test_an_adapter_that_looks_at_half_of_the_question_lets_nobody_in() -> None:
    class Careless(FileRegistry):
        async def claiming(self, claim: str, *, issuer: str | None) -> list[Tenant]:
            del claim, issuer
            return [ACME, INITECH]

    careless = Careless([], [])
    for issuer, claim in ((OWN, "0b5c"), (DEFAULT, "initech"), ("https://evil.test", "acme")):
        with pytest.raises(TenantUnknown):
            await tenant_of_claim(careless, issuer=issuer, default=DEFAULT, claim=claim)
