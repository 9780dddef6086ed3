"""The table in memory."""

import pytest

from contracts.table import TableContract
from trust.store.memory import MemoryTable


class TestMemoryTable(TableContract):
    @pytest.fixture
    def table(self) -> MemoryTable:
        return MemoryTable()


async def test_closing_it_costs_nothing() -> None:
    await MemoryTable().close()
