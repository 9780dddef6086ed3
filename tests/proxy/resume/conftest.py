"""What the tests of this folder share: two processes over one table."""

from collections.abc import AsyncIterator

import pytest

from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from fakes.resume.instance import Instance, instance
from trust.store.memory import MemoryTable


@pytest.fixture
def clock() -> StoppedClock:
    """Stop the wall clock."""
    return StoppedClock()


@pytest.fixture
def table() -> FaultyTable:
    """Open the table of both processes."""
    return FaultyTable(MemoryTable())


@pytest.fixture
async def one(table: FaultyTable, clock: StoppedClock) -> AsyncIterator[Instance]:
    """Run a process."""
    async with instance(table, clock) as opened:
        yield opened


@pytest.fixture
async def other(table: FaultyTable, clock: StoppedClock) -> AsyncIterator[Instance]:
    """Run another one."""
    async with instance(table, clock) as opened:
        yield opened
