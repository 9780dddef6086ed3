"""The table in memory."""

import pytest

from contracts.table import TableContract
from trust.store.memory import MemoryTable
from trust.store.table import RowMalformed, Table


class TestMemoryTable(TableContract):
    @pytest.fixture
    def table(self) -> MemoryTable:
        return MemoryTable()

    @pytest.mark.xfail(strict=True, raises=RowMalformed, reason="holds() asks number(), which raises")
    async def test_a_number_that_is_missing_is_not_at_most_anything(self, table: Table) -> None:
        await super().test_a_number_that_is_missing_is_not_at_most_anything(table)


async def test_closing_it_costs_nothing() -> None:
    await MemoryTable().close()
