"""Who writes a registry, and who reads it, over every store that there is here."""

import pytest

from fakes.agents import HELLO
from fakes.clock import StoppedClock
from fakes.entries import OWN_PROVIDER, registrar_of, stored_of, tenant_of
from trust.registry.file import FileRegistry
from trust.registry.registrar import Registrar
from trust.registry.stored import StoredRegistry
from trust.store.table import Table


@pytest.fixture
def registrar(table: Table, clock: StoppedClock) -> Registrar:
    return registrar_of(table, clock)


@pytest.fixture
def seen(table: Table, clock: StoppedClock) -> StoredRegistry:
    return stored_of(table, clock)


@pytest.fixture
def over_file(table: Table, clock: StoppedClock) -> Registrar:
    return registrar_of(
        table,
        clock,
        FileRegistry([tenant_of("acme"), tenant_of("globex")], [HELLO], [OWN_PROVIDER]),
    )
