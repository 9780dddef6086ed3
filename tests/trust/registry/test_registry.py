"""Which tenant a claim names, and which agents a tenant may use."""

from dataclasses import replace

import pytest

from fakes.agents import HELLO
from trust.coordinates import AgentName, TenantId
from trust.registry.file import FileRegistry
from trust.registry.record import AgentUnknown, Tenant, TenantSuspended, TenantUnknown
from trust.registry.registry import agent_of, agents_of, tenant_by_id, tenant_of_claim

DEFAULT = "https://login.test"
OWN = "https://login.initech.test"

ACME = Tenant(id=TenantId("acme"), name="Acme", claims=frozenset({"acme", "0b5c"}))
GLOBEX = Tenant(id=TenantId("globex"), name="Globex", claims=frozenset({"globex"}), suspended=True)
INITECH = Tenant(
    id=TenantId("initech"), name="Initech", claims=frozenset({"initech", "acme"}), issuer=OWN
)
LEDGER = replace(HELLO, name=AgentName("ledger"), tenants=frozenset({ACME.id}))
REGISTRY = FileRegistry([ACME, GLOBEX, INITECH], [HELLO, LEDGER])


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
    issuer: str, claim: str, tenant: Tenant
) -> None:
    found = await tenant_of_claim(REGISTRY, issuer=issuer, default=DEFAULT, claim=claim)

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
async def test_a_claim_that_names_nobody_is_refused(issuer: str, claim: str) -> None:
    with pytest.raises(TenantUnknown):
        await tenant_of_claim(REGISTRY, issuer=issuer, default=DEFAULT, claim=claim)


async def test_a_suspended_tenant_is_refused_wherever_it_comes_from() -> None:
    with pytest.raises(TenantSuspended):
        await tenant_of_claim(REGISTRY, issuer=DEFAULT, default=DEFAULT, claim="globex")
    with pytest.raises(TenantSuspended):
        await tenant_by_id(REGISTRY, GLOBEX.id)


async def test_a_tenant_is_found_by_its_id() -> None:
    assert await tenant_by_id(REGISTRY, INITECH.id) == INITECH


async def test_an_id_of_no_tenant_is_refused() -> None:
    with pytest.raises(TenantUnknown):
        await tenant_by_id(REGISTRY, TenantId("umbrella"))


async def test_a_tenant_sees_its_own_agents_in_order() -> None:
    assert await agents_of(REGISTRY, ACME.id) == [HELLO, LEDGER]
    assert await agents_of(REGISTRY, GLOBEX.id) == [HELLO]
    assert await agents_of(REGISTRY, INITECH.id) == []


async def test_an_agent_is_found_by_its_name() -> None:
    assert await agent_of(REGISTRY, ACME.id, "ledger") == LEDGER


@pytest.mark.parametrize("name", ["ledger", "nobody", "", "hello\n", "HELLO", "../hello"])
async def test_another_tenant_s_agent_is_as_unknown_as_none_at_all(name: str) -> None:
    with pytest.raises(AgentUnknown) as unknown:
        await agent_of(REGISTRY, GLOBEX.id, name)

    assert (str(unknown.value), unknown.value.status) == ("no such agent for this tenant", 404)
