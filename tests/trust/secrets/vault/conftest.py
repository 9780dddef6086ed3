"""A Vault that says what a test wants, and a session there."""

from collections.abc import AsyncIterator, Iterator

import pytest

from fakes.clock import StoppedClock
from fakes.leasing_vault import LeasingVault, Never
from fakes.scripted_vault import ScriptedVault, scripted_vault
from fakes.vault_session import ByName, Opened, http_at
from trust.secrets.freshness import Terms
from trust.secrets.vault.database import DatabaseSource
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.leases import Leases
from trust.secrets.vault.login.port import Login
from trust.secrets.vault.session import VaultSession


@pytest.fixture
def scripted() -> Iterator[ScriptedVault]:
    with scripted_vault() as running:
        yield running


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def http(scripted: ScriptedVault) -> AsyncIterator[VaultHttp]:
    opened = http_at(scripted.url)
    yield opened
    await opened.close()


@pytest.fixture
def opened(http: VaultHttp, clock: StoppedClock) -> Opened:
    """Return a session by a way to log in; there is no chance in its times."""

    def opened(login: Login) -> VaultSession:
        return VaultSession(http, login, terms=Terms(), clock=clock, draw=lambda: 0.0)

    return opened


@pytest.fixture
def session(opened: Opened) -> VaultSession:
    return opened(ByName())


@pytest.fixture
def leasing(scripted: ScriptedVault) -> LeasingVault:
    return LeasingVault(vault=scripted)


@pytest.fixture
async def leases(session: VaultSession, clock: StoppedClock) -> AsyncIterator[Leases]:
    opened = Leases(session, clock, pause=Never())
    yield opened
    await opened.close()


@pytest.fixture
def database(leases: Leases) -> DatabaseSource:
    return DatabaseSource(leases)
