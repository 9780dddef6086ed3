"""The file, and what is stored above it."""

from dataclasses import replace

import pytest

from fakes.agents import HELLO
from fakes.clock import StoppedClock
from fakes.entries import (
    DEFAULT,
    OWN,
    OWN_PROVIDER,
    registrar_of,
    stored_of,
    tenant_of,
)
from fakes.faulty_table import FaultyTable
from trust.coordinates import AgentName, TenantId
from trust.registry.file import FileRegistry
from trust.registry.layered import LayeredRegistry
from trust.registry.record import Tenant, TenantSuspended, TenantUnknown
from trust.registry.registrar import Registrar
from trust.registry.registry import tenant_by_id, tenant_of_claim
from trust.store.memory import MemoryTable
from trust.store.table import Item, Key, RowMalformed, StoreUnavailable

ACME, GLOBEX = tenant_of("acme"), tenant_of("globex")
LEDGER = replace(HELLO, name=AgentName("ledger"))
FILE = FileRegistry([ACME, GLOBEX], [LEDGER, HELLO], [OWN_PROVIDER])


@pytest.fixture
def table() -> FaultyTable:
    return FaultyTable(MemoryTable())


@pytest.fixture
def registrar(table: FaultyTable, clock: StoppedClock) -> Registrar:
    return registrar_of(table, clock, FILE)


@pytest.fixture
def free(table: FaultyTable, clock: StoppedClock) -> Registrar:
    """Return somebody who writes without having seen the file."""
    return registrar_of(table, clock)


def layered(table: FaultyTable, clock: StoppedClock, file: FileRegistry = FILE) -> LayeredRegistry:
    async def current() -> FileRegistry:
        return file

    return LayeredRegistry(current, stored_of(table, clock))


@pytest.fixture
def registry(table: FaultyTable, clock: StoppedClock) -> LayeredRegistry:
    return layered(table, clock)


async def login(registry: LayeredRegistry, claim: str, issuer: str = DEFAULT) -> Tenant:
    return await tenant_of_claim(registry, issuer=issuer, default=DEFAULT, claim=claim)


async def test_without_rows_the_file_speaks(registry: LayeredRegistry) -> None:
    assert await registry.tenants() == [ACME, GLOBEX]
    assert await registry.agents() == [LEDGER, HELLO]
    assert await registry.providers() == [OWN_PROVIDER]
    assert await login(registry, "acme") == ACME
    assert await tenant_by_id(registry, ACME.id) == ACME


async def test_a_tenant_of_the_file_is_suspended_by_its_row(
    registry: LayeredRegistry, registrar: Registrar
) -> None:
    await registrar.suspend(ACME.id)

    with pytest.raises(TenantSuspended):
        await tenant_by_id(registry, ACME.id)
    with pytest.raises(TenantSuspended):
        await login(registry, "acme")
    assert [tenant.suspended for tenant in await registry.tenants()] == [True, False]
    assert await login(registry, "globex") == GLOBEX


async def test_a_stored_entry_stands_in_the_place_of_the_file_s(
    registry: LayeredRegistry, free: Registrar
) -> None:
    await free.add_tenant(replace(ACME, name="Stored"))
    await free.add_tenant(tenant_of("alpha"))
    await free.add_tenant(GLOBEX)
    await free.put_agent(replace(LEDGER, title="Stored"))
    await free.put_agent(replace(HELLO, name=AgentName("alpha")))
    await free.add_provider(replace(OWN_PROVIDER, client_id="stored"))

    assert [tenant.name for tenant in await registry.tenants()] == ["Stored", "Globex", "Alpha"]
    assert [agent.title for agent in await registry.agents()] == ["Stored"] + ["Hello World"] * 2
    assert [agent.name for agent in await registry.agents()] == ["ledger", "hello", "alpha"]
    assert [provider.client_id for provider in await registry.providers()] == ["stored"]


async def test_a_claim_that_the_stored_tenant_gave_up_is_nobody_s(
    registry: LayeredRegistry, free: Registrar
) -> None:
    await free.add_tenant(tenant_of("acme", "new"))

    assert (await login(registry, "new")).id == "acme"
    with pytest.raises(TenantUnknown):
        await login(registry, "acme")


async def test_a_claim_that_file_and_store_give_to_two_tenants_is_nobody_s(
    registry: LayeredRegistry, free: Registrar
) -> None:
    await free.add_tenant(tenant_of("evil", "acme"))

    with pytest.raises(TenantUnknown, match="acme and evil"):
        await login(registry, "acme")


async def test_another_provider_mints_no_members_of_a_tenant(
    registry: LayeredRegistry, free: Registrar
) -> None:
    await free.add_provider(OWN_PROVIDER)
    await free.add_tenant(tenant_of("initech", "x", issuer=OWN))

    for claim, issuer in (("acme", OWN), ("x", DEFAULT), ("x", "https://evil.test")):
        with pytest.raises(TenantUnknown):
            await login(registry, claim, issuer)
    assert (await login(registry, "x", OWN)).id == "initech"


async def test_a_row_that_cannot_be_read_hides_the_file_s_entry(
    registry: LayeredRegistry, table: FaultyTable
) -> None:
    # It may have been a suspension.
    for sort in ("TENANT#acme", "AGENT#hello", "PROVIDER#initech-login"):
        await table.put(Item(key=Key("APP#demo", sort), attributes={"entry": "{"}))

    with pytest.raises(RowMalformed):
        await tenant_by_id(registry, ACME.id)
    with pytest.raises(RowMalformed):
        await login(registry, "acme")
    assert await registry.tenants() == [GLOBEX]
    assert await registry.agents() == [LEDGER]
    assert await registry.providers() == []
    assert await login(registry, "globex") == GLOBEX


async def test_a_store_that_is_down_makes_the_file_s_tenants_no_active_ones(
    registry: LayeredRegistry, registrar: Registrar, table: FaultyTable
) -> None:
    await registrar.suspend(ACME.id)
    table.down = True

    for tenant in (ACME, GLOBEX):
        with pytest.raises(StoreUnavailable):
            await tenant_by_id(registry, tenant.id)
        with pytest.raises(StoreUnavailable):
            await login(registry, tenant.id)
    for ask in (registry.tenants, registry.agents, registry.providers):
        with pytest.raises(StoreUnavailable):
            await ask()


async def test_each_issuer_is_one_provider_whatever_the_file_calls_it(
    table: FaultyTable, clock: StoppedClock, free: Registrar
) -> None:
    stored = replace(OWN_PROVIDER, tenant_claim="stored")
    await free.add_provider(stored)
    file = FileRegistry([], [], [replace(OWN_PROVIDER, name="another")])

    assert await layered(table, clock, file).providers() == [stored]


async def test_a_tenant_of_neither_is_unknown(registry: LayeredRegistry) -> None:
    with pytest.raises(TenantUnknown):
        await tenant_by_id(registry, TenantId("umbrella"))
