"""A Vault to test, and clients to test it with."""

from collections.abc import Generator, Iterator

import pytest

from fakes.clock import StoppedClock
from fakes.vault import RunningVault, vault
from fakes.vault_client import As, Client, clients


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def running(clock: StoppedClock) -> Generator[RunningVault]:
    with vault(clock) as served:
        yield served


@pytest.fixture
def having(running: RunningVault) -> Iterator[As]:
    with clients(running.url) as made:
        yield made


@pytest.fixture
def root(running: RunningVault, having: As) -> Client:
    return having(running.root_token)


@pytest.fixture
def nobody(having: As) -> Client:
    return having("")
