"""An agent on a real socket, with a clock that a test moves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.spire.agent import Agent, agent
from devstack.spire.service import served
from fakes.clock import StoppedClock
from fakes.spire_socket import agent_socket

GATEHOUSE = "spiffe://acme.example/gatehouse"


@pytest.fixture
def clock() -> StoppedClock:
    """Return a clock that stands still."""
    return StoppedClock()


@pytest.fixture
def spire(clock: StoppedClock) -> Agent:
    """Return an agent whose workload is Gatehouse."""
    return agent(GATEHOUSE, clock=clock)


@pytest.fixture
def socket_place() -> Iterator[Path]:
    """Return where an agent may listen."""
    with agent_socket() as place:
        yield place


@pytest.fixture
def listening(spire: Agent, socket_place: Path) -> Iterator[Path]:
    """Have the agent listen; return where."""
    with served(spire, socket_place):
        yield socket_place
