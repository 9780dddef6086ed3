"""Writing providers and agents into the registry."""

import asyncio
from dataclasses import replace

import pytest

from fakes.agents import HELLO
from fakes.clock import StoppedClock
from fakes.entries import (
    APP,
    OWN,
    OWN_PROVIDER,
    registrar_of,
    tenant_of,
)
from fakes.faulty_table import FaultyTable
from trust.clock import NumericDate
from trust.coordinates import TenantId, app_partition
from trust.registry.errors import (
    EntryExists,
    EntryInUse,
    EntryUnknown,
    IssuerTaken,
    IssuerUnknown,
)
from trust.registry.file import FileRegistry
from trust.registry.registrar import Registrar
from trust.registry.rows import issuer_sort
from trust.registry.stored import StoredRegistry
from trust.store.memory import MemoryTable
from trust.store.table import (
    Item,
    Key,
    Table,
)

ACME, GLOBEX = tenant_of("acme"), tenant_of("globex")
P = app_partition(APP)


# -- providers


async def test_a_tenant_of_no_provider_is_refused(registrar: Registrar) -> None:
    with pytest.raises(IssuerUnknown, match=rf"gatehouse providers add NAME --issuer {OWN}"):
        await registrar.add_tenant(tenant_of("initech", issuer=OWN))


async def test_a_tenant_may_be_of_a_provider_of_the_file(over_file: Registrar) -> None:
    await over_file.add_tenant(tenant_of("initech", issuer=OWN))


async def test_a_provider_of_the_file_that_a_row_replaces_counts_no_more(
    over_file: Registrar, table: Table
) -> None:
    await table.put(Item(key=Key(P, "PROVIDER#initech-login"), attributes={"entry": "{"}))

    with pytest.raises(IssuerUnknown):
        await over_file.add_tenant(tenant_of("initech", issuer=OWN))


async def test_one_issuer_is_one_provider(registrar: Registrar, seen: StoredRegistry) -> None:
    await registrar.add_provider(OWN_PROVIDER)

    with pytest.raises(EntryExists):
        await registrar.add_provider(replace(OWN_PROVIDER, client_id="evil"))
    with pytest.raises(IssuerTaken, match="initech-login already"):
        await registrar.add_provider(replace(OWN_PROVIDER, name="evil"))
    # Under the old name, the old issuer's tenants would become the new one's.
    with pytest.raises(IssuerTaken, match="another name"):
        await registrar.put_provider(replace(OWN_PROVIDER, issuer="https://evil.test"))

    assert await seen.providers() == [OWN_PROVIDER]


async def test_of_many_who_register_one_issuer_at_once_one_does(
    table: Table, clock: StoppedClock, seen: StoredRegistry
) -> None:
    async def added(number: int) -> bool:
        try:
            await registrar_of(table, clock).add_provider(replace(OWN_PROVIDER, name=f"p{number}"))
        except IssuerTaken:
            return False
        return True

    won = await asyncio.gather(*(added(number) for number in range(6)))

    assert won.count(True) == 1
    assert len(await seen.providers()) == 1


async def test_the_file_s_providers_keep_their_names_and_issuers(over_file: Registrar) -> None:
    with pytest.raises(EntryExists):
        await over_file.add_provider(OWN_PROVIDER)
    with pytest.raises(IssuerTaken, match="initech-login already"):
        await over_file.add_provider(replace(OWN_PROVIDER, name="other"))
    with pytest.raises(IssuerTaken, match="another name"):
        await over_file.put_provider(replace(OWN_PROVIDER, issuer="https://evil.test"))
    await over_file.add_provider(replace(OWN_PROVIDER, name="other", issuer="https://other.test"))
    await over_file.put_provider(replace(OWN_PROVIDER, client_id="stored"))


async def test_a_provider_that_still_has_tenants_stays(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await registrar.add_provider(OWN_PROVIDER)
    await registrar.add_tenant(tenant_of("initech", issuer=OWN))

    with pytest.raises(EntryInUse, match="initech"):
        await registrar.remove_provider(OWN_PROVIDER.name)
    await registrar.remove_tenant(TenantId("initech"))
    await registrar.remove_provider(OWN_PROVIDER.name)

    assert await seen.providers() == []
    await registrar.add_provider(replace(OWN_PROVIDER, name="again"))


async def test_a_provider_that_has_tenants_in_the_file_stays(
    table: Table, clock: StoppedClock
) -> None:
    await registrar_of(table, clock).add_provider(OWN_PROVIDER)
    registrar = registrar_of(table, clock, FileRegistry([tenant_of("initech", issuer=OWN)], []))

    with pytest.raises(EntryInUse, match="initech"):
        await registrar.remove_provider(OWN_PROVIDER.name)


async def test_a_tenant_that_comes_while_its_provider_goes_has_one_or_is_none(
    table: Table, clock: StoppedClock, seen: StoredRegistry
) -> None:
    for number in range(4):
        await registrar_of(table, clock).add_provider(OWN_PROVIDER)
        name = f"t{number}"
        come = registrar_of(table, clock).add_tenant(tenant_of(name, issuer=OWN))
        go = registrar_of(table, clock).remove_provider(OWN_PROVIDER.name)
        came, went = await asyncio.gather(come, go, return_exceptions=True)

        assert sorted([type(came).__name__, type(went).__name__]) in (
            ["EntryInUse", "NoneType"],
            ["IssuerUnknown", "NoneType"],
        )
        if came is None:
            await registrar_of(table, clock).remove_tenant(TenantId(name))
            await registrar_of(table, clock).remove_provider(OWN_PROVIDER.name)
    assert await seen.tenants() == []


async def test_a_provider_that_went_after_it_was_looked_at_takes_no_tenant(
    clock: StoppedClock,
) -> None:
    """The removal comes just between the look at the provider and the write of the tenant."""

    class Slow(FaultyTable):
        async def get(self, key: Key, *, now: NumericDate) -> Item | None:
            if key.sort == issuer_sort(OWN) and not self.down:
                self.down = True
                await registrar_of(table, clock).remove_provider(OWN_PROVIDER.name)
                self.down = False
            return await table.get(key, now=now)

    table = MemoryTable()
    await registrar_of(table, clock).add_provider(OWN_PROVIDER)

    with pytest.raises(IssuerUnknown):
        await registrar_of(Slow(table), clock).add_tenant(tenant_of("initech", issuer=OWN))


async def test_a_provider_that_cannot_be_read_is_replaced_and_removed(
    registrar: Registrar, table: Table, seen: StoredRegistry
) -> None:
    broken = Item(key=Key(P, "PROVIDER#initech-login"), version=5, attributes={"entry": "{"})
    await table.put(broken)
    await registrar.put_provider(OWN_PROVIDER)
    assert await seen.providers() == [OWN_PROVIDER]

    await table.put(broken._replace(version=9))
    await registrar.remove_provider(OWN_PROVIDER.name)
    assert (await seen.found_providers()).names == set()
    with pytest.raises(EntryUnknown, match="no provider initech-login"):
        await registrar.remove_provider(OWN_PROVIDER.name)


# -- agents


async def test_agents_come_change_and_go(registrar: Registrar, seen: StoredRegistry) -> None:
    for tenant in (ACME, GLOBEX):
        await registrar.add_tenant(tenant)
    await registrar.put_agent(HELLO)
    await registrar.put_agent(replace(HELLO, title="New"))
    assert [agent.title for agent in await seen.agents()] == ["New"]

    await registrar.remove_agent(HELLO.name)

    assert await seen.agents() == []
    with pytest.raises(EntryUnknown, match="no agent hello"):
        await registrar.remove_agent(HELLO.name)


async def test_an_agent_of_a_tenant_that_is_none_is_refused(registrar: Registrar) -> None:
    await registrar.add_tenant(ACME)

    with pytest.raises(EntryUnknown, match="for globex, which no tenant is"):
        await registrar.put_agent(HELLO)
