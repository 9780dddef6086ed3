"""What most tests of this folder share: instances over one store that can fail."""

import pytest

from fakes.clock import StoppedClock
from fakes.desk import CACHE_S, Desk, open_desk
from fakes.faulty_table import FaultyTable
from fakes.token_endpoint import RotatingEndpoint
from trust.store.memory import MemoryTable


@pytest.fixture
def store() -> FaultyTable:
    """Open a store."""
    return FaultyTable(MemoryTable())


@pytest.fixture
def desk(store: FaultyTable, clock: StoppedClock, endpoint: RotatingEndpoint) -> Desk:
    """Return an instance that remembers for a second."""
    return open_desk(store, clock, endpoint, cache_s=CACHE_S)


@pytest.fixture
def forgetful(store: FaultyTable, clock: StoppedClock, endpoint: RotatingEndpoint) -> Desk:
    """Return an instance that remembers nothing."""
    return open_desk(store, clock, endpoint, holder="two")
