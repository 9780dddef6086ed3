"""Writing the registry while others write it, while the store is down, while clocks are wrong."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fakes.clock import StoppedClock
from fakes.entries import (
    APP,
    registrar_of,
    stored_of,
    tenant_of,
)
from fakes.faulty_table import FaultyTable
from trust.coordinates import app_partition
from trust.registry import holdings
from trust.registry.file import FileRegistry
from trust.registry.registrar import Registrar
from trust.registry.rows import claim_sort
from trust.registry.stored import StoredRegistry
from trust.store.memory import MemoryTable
from trust.store.table import (
    ConditionFailed,
    Item,
    Key,
    RowMalformed,
    StoreUnavailable,
    Table,
    Write,
)

ACME, GLOBEX = tenant_of("acme"), tenant_of("globex")
P = app_partition(APP)


async def test_a_suspension_between_look_and_write_stays(clock: StoppedClock) -> None:
    """Somebody suspends the tenant while another writes its new name."""
    table = MemoryTable()
    await registrar_of(table, clock).add_tenant(ACME)

    class Slow(MemoryTable):
        get, query = table.get, table.query
        suspended = False

        async def transact(self, writes: Sequence[Write]) -> None:
            if not self.suspended:
                self.suspended = True
                await registrar_of(table, clock).suspend(ACME.id)
            await table.transact(writes)

    await registrar_of(Slow(), clock).put_tenant(replace(ACME, name="New"))

    found = await stored_of(table, clock).tenant(ACME.id)
    assert found == replace(ACME, name="New", suspended=True)


async def test_writing_a_tenant_anew_lifts_no_suspension(
    over_file: Registrar, seen: StoredRegistry, table: Table
) -> None:
    await over_file.suspend(ACME.id)
    await over_file.put_tenant(replace(ACME, name="New"))
    assert await seen.tenant(ACME.id) == replace(ACME, name="New", suspended=True)

    await table.put(Item(key=Key(P, "TENANT#acme"), version=9, attributes={"entry": "{"}))
    with pytest.raises(RowMalformed):
        await over_file.put_tenant(ACME)


async def test_a_suspension_in_the_file_is_not_lifted_by_writing_the_tenant(
    table: Table, clock: StoppedClock, seen: StoredRegistry
) -> None:
    file = FileRegistry([replace(ACME, suspended=True)], [])

    await registrar_of(table, clock, file).put_tenant(ACME)

    assert await seen.tenant(ACME.id) == replace(ACME, suspended=True)


async def test_a_registry_that_others_change_all_the_time_is_given_up(
    clock: StoppedClock,
) -> None:
    class Busy(MemoryTable):
        tries = 0

        async def transact(self, writes: Sequence[Write]) -> None:
            del writes
            self.tries += 1
            raise ConditionFailed

    table = Busy()

    with pytest.raises(StoreUnavailable):
        await registrar_of(table, clock).add_tenant(ACME)
    assert table.tries == holdings.ATTEMPTS


async def test_a_store_that_is_down_changes_nothing(clock: StoppedClock) -> None:
    table = FaultyTable(MemoryTable())
    registrar = registrar_of(table, clock)
    await registrar.add_tenant(ACME)
    table.down = True

    with pytest.raises(StoreUnavailable):
        await registrar.suspend(ACME.id)


async def test_what_goes_is_gone_for_clocks_that_are_wrong_too(
    table: Table, registrar: Registrar
) -> None:
    await registrar.add_tenant(ACME)
    await registrar.remove_tenant(ACME.id)

    late = StoppedClock()
    behind = StoppedClock(late.now() - 3600)

    assert await stored_of(table, behind).tenant(ACME.id) is None
    assert await table.get(Key(P, claim_sort("acme", issuer=None)), now=behind.now()) is None
