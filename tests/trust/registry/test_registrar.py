"""Writing the registry: what may come, what must not, and what happens at the same moment."""

import asyncio
from dataclasses import replace

import pytest

from fakes.agents import HELLO
from fakes.clock import StoppedClock
from fakes.entries import (
    APP,
    DEFAULT,
    OWN,
    OWN_PROVIDER,
    registrar_of,
    tenant_of,
)
from trust.coordinates import TenantId, app_partition
from trust.registry import holdings
from trust.registry.errors import (
    ClaimTaken,
    EntryExists,
    EntryOfFile,
    EntryTooLarge,
    EntryUnknown,
)
from trust.registry.file import FileRegistry
from trust.registry.record import TenantUnknown
from trust.registry.registrar import Registrar
from trust.registry.registry import tenant_of_claim
from trust.registry.stored import StoredRegistry
from trust.store.table import (
    Item,
    Key,
    RowMalformed,
    Table,
)

ACME, GLOBEX = tenant_of("acme"), tenant_of("globex")
P = app_partition(APP)


async def owner_of(seen: StoredRegistry, claim: str, issuer: str = DEFAULT) -> str | None:
    """Return whose person somebody with this claim is; None: nobody's."""
    try:
        return (await tenant_of_claim(seen, issuer=issuer, default=DEFAULT, claim=claim)).id
    except TenantUnknown:
        return None


# -- claims have one owner


async def test_a_claim_of_another_tenant_is_refused_and_nothing_is_written(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await registrar.add_tenant(tenant_of("acme", "acme", "shared"))

    with pytest.raises(ClaimTaken, match=r"shared is acme's already.*--claim"):
        await registrar.add_tenant(tenant_of("globex", "globex", "shared"))

    assert [tenant.id for tenant in await seen.tenants()] == ["acme"]
    assert await owner_of(seen, "shared") == "acme"
    assert await owner_of(seen, "globex") is None


async def test_of_many_who_claim_one_value_at_once_one_gets_it(
    table: Table, clock: StoppedClock, seen: StoredRegistry
) -> None:
    async def added(number: int) -> bool:
        try:
            await registrar_of(table, clock).add_tenant(tenant_of(f"t{number}", "shared"))
        except ClaimTaken:
            return False
        return True

    won = await asyncio.gather(*(added(number) for number in range(6)))

    assert won.count(True) == 1
    assert [tenant.id for tenant in await seen.tenants()] == [f"t{won.index(True)}"]
    assert await owner_of(seen, "shared") == f"t{won.index(True)}"


async def test_of_many_who_add_one_tenant_at_once_one_does(
    table: Table, clock: StoppedClock, seen: StoredRegistry
) -> None:
    async def added(number: int) -> bool:
        try:
            await registrar_of(table, clock).add_tenant(tenant_of("acme", f"claim-{number}"))
        except EntryExists:
            return False
        return True

    won = await asyncio.gather(*(added(number) for number in range(6)))

    assert won.count(True) == 1
    owners = [await owner_of(seen, f"claim-{number}") for number in range(6)]
    assert owners == ["acme" if win else None for win in won]


async def test_the_same_word_of_two_providers_is_two_claims(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await registrar.add_provider(OWN_PROVIDER)
    await registrar.add_tenant(tenant_of("acme", "x"))
    await registrar.add_tenant(tenant_of("initech", "x", issuer=OWN))

    assert await owner_of(seen, "x") == "acme"
    assert await owner_of(seen, "x", OWN) == "initech"
    assert await owner_of(seen, "x", "https://evil.test") is None


async def test_the_default_provider_s_claims_are_the_same_spelled_out_or_not(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await registrar.add_tenant(tenant_of("acme", "x", issuer=DEFAULT))

    with pytest.raises(ClaimTaken):
        await registrar.add_tenant(tenant_of("globex", "x"))
    assert (await seen.tenants())[0].issuer is None


async def test_a_claim_that_was_given_back_may_be_taken(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await registrar.add_tenant(tenant_of("acme", "a", "b"))
    await registrar.put_tenant(tenant_of("acme", "b", "c"))
    await registrar.add_tenant(tenant_of("globex", "a"))

    assert [await owner_of(seen, claim) for claim in "abc"] == ["globex", "acme", "acme"]
    with pytest.raises(ClaimTaken):
        await registrar.put_tenant(tenant_of("acme", "a"))


async def test_a_tenant_that_moves_to_another_provider_takes_no_claim_along(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await registrar.add_provider(OWN_PROVIDER)
    await registrar.add_tenant(tenant_of("acme", "x"))
    await registrar.put_tenant(tenant_of("acme", "x", issuer=OWN))

    assert await owner_of(seen, "x") is None
    assert await owner_of(seen, "x", OWN) == "acme"


async def test_the_file_s_claims_are_as_taken_as_the_stored_ones(
    table: Table, clock: StoppedClock
) -> None:
    registrar = registrar_of(table, clock, FileRegistry([ACME], []))

    with pytest.raises(ClaimTaken, match="in the registry's file"):
        await registrar.add_tenant(tenant_of("globex", "acme"))
    # Once a stored row says what acme claims, the file's word for it counts no more.
    await registrar.put_tenant(tenant_of("acme", "new"))
    await registrar.add_tenant(tenant_of("globex", "acme"))


async def test_more_claims_than_a_transaction_takes_are_refused(registrar: Registrar) -> None:
    many = [f"claim-{number}" for number in range(holdings.MOST_WRITES)]

    with pytest.raises(EntryTooLarge):
        await registrar.add_tenant(tenant_of("acme", *many))
    await registrar.add_tenant(tenant_of("acme", *many[1:]))


# -- tenants come and go


async def test_adding_replaces_nothing(registrar: Registrar, seen: StoredRegistry) -> None:
    await registrar.add_tenant(ACME)
    await registrar.suspend(ACME.id)

    with pytest.raises(EntryExists):
        await registrar.add_tenant(replace(ACME, name="Evil"))

    assert await seen.tenant(ACME.id) == replace(ACME, suspended=True)


async def test_a_tenant_of_the_file_is_not_added_once_more(
    table: Table, clock: StoppedClock
) -> None:
    with pytest.raises(EntryExists):
        await registrar_of(table, clock, FileRegistry([ACME], [])).add_tenant(ACME)


async def test_a_tenant_is_suspended_and_resumed_as_often_as_it_is_said(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await registrar.add_tenant(ACME)

    for _ in range(2):
        await registrar.suspend(ACME.id)
        assert await seen.tenant(ACME.id) == replace(ACME, suspended=True)
    for _ in range(2):
        await registrar.resume(ACME.id)
        assert await seen.tenant(ACME.id) == ACME
    assert await owner_of(seen, "acme") == "acme"


async def test_a_removed_tenant_is_unknown_and_its_claims_are_free(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await registrar.add_tenant(tenant_of("acme", "a", "b"))
    await registrar.add_tenant(GLOBEX)

    await registrar.remove_tenant(ACME.id)

    assert await seen.tenant(ACME.id) is None
    assert await seen.tenants() == [GLOBEX]
    assert await owner_of(seen, "a") is None
    await registrar.add_tenant(tenant_of("acme", "b"))
    await registrar.add_tenant(tenant_of("initech", "a"))
    assert [await owner_of(seen, claim) for claim in "ab"] == ["initech", "acme"]


async def test_who_is_not_there_is_neither_suspended_nor_resumed_nor_removed(
    registrar: Registrar,
) -> None:
    for act in (registrar.suspend, registrar.resume, registrar.remove_tenant):
        with pytest.raises(EntryUnknown, match="no tenant umbrella"):
            await act(TenantId("umbrella"))


async def test_a_row_that_cannot_be_read_is_not_suspended_but_removed(
    registrar: Registrar, table: Table, seen: StoredRegistry
) -> None:
    await registrar.add_tenant(ACME)
    await table.put(Item(key=Key(P, "TENANT#acme"), version=5, attributes={"entry": "{"}))

    with pytest.raises(RowMalformed):
        await registrar.suspend(ACME.id)
    with pytest.raises(RowMalformed):
        await registrar.resume(ACME.id)
    await registrar.remove_tenant(ACME.id)
    await registrar.add_tenant(ACME)

    assert await seen.tenant(ACME.id) == ACME


# -- tenants of the file


async def test_a_tenant_of_the_file_is_suspended_by_a_copy_that_resuming_takes_away(
    over_file: Registrar, seen: StoredRegistry
) -> None:
    await over_file.suspend(ACME.id)
    assert await seen.tenants() == [replace(ACME, suspended=True)]

    await over_file.resume(ACME.id)

    # Otherwise every later change of the file would be hidden by what nobody remembers.
    assert await seen.tenants() == []


async def test_resuming_who_is_active_stores_nothing(
    over_file: Registrar, seen: StoredRegistry
) -> None:
    await over_file.resume(ACME.id)

    assert await seen.tenants() == []


async def test_a_tenant_that_the_file_suspends_is_resumed_by_a_copy(
    table: Table, clock: StoppedClock, seen: StoredRegistry
) -> None:
    file = FileRegistry([replace(ACME, suspended=True)], [])

    await registrar_of(table, clock, file).resume(ACME.id)

    assert await seen.tenant(ACME.id) == ACME


async def test_a_stored_tenant_that_differs_from_the_file_s_stays_when_it_is_resumed(
    over_file: Registrar, seen: StoredRegistry
) -> None:
    stored = replace(ACME, name="Stored")
    await over_file.put_tenant(stored)
    await over_file.suspend(ACME.id)

    await over_file.resume(ACME.id)

    assert await seen.tenant(ACME.id) == stored


async def test_a_tenant_whose_claims_are_contested_can_be_suspended_all_the_same(
    over_file: Registrar, table: Table, clock: StoppedClock, seen: StoredRegistry
) -> None:
    await registrar_of(table, clock).add_tenant(tenant_of("evil", "acme"))

    await over_file.suspend(ACME.id)

    assert await seen.tenant(ACME.id) == replace(ACME, suspended=True)
    assert await owner_of(seen, "acme") == "evil"


async def test_what_stands_in_the_file_is_not_removed_by_a_command(
    over_file: Registrar, seen: StoredRegistry
) -> None:
    await over_file.suspend(ACME.id)

    with pytest.raises(EntryOfFile):
        await over_file.remove_tenant(ACME.id)
    with pytest.raises(EntryOfFile):
        await over_file.remove_agent(HELLO.name)
    with pytest.raises(EntryOfFile):
        await over_file.remove_provider(OWN_PROVIDER.name)

    # Had the row gone, the file's active entry would have come back.
    assert await seen.tenants() == [replace(ACME, suspended=True)]
