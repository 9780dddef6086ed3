"""From what is configured to a registry."""

from pathlib import Path

import pytest

from fakes.clock import StoppedClock
from fakes.entries import APP, TERMS, tenant_of
from trust.coordinates import TenantId
from trust.errors import SettingsError
from trust.registry.opening import Place, open_registrar, open_registry
from trust.store.memory import MemoryTable

ACME = TenantId("acme")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "registry.toml"
    path.write_text('[tenants.acme]\nname = "Acme"\n')
    return path


def place(file: Path | None, *, cache_s: float = 0) -> Place:
    return Place(file=file, app=APP, terms=TERMS, cache_s=cache_s)


async def test_a_file_is_the_ground_and_the_store_above_it(file: Path, clock: StoppedClock) -> None:
    table = MemoryTable()
    registry = open_registry(place(file), table, clock)
    registrar = open_registrar(place(file), table, clock)
    assert await registry.tenant(ACME) == tenant_of("acme")

    await registrar.suspend(ACME)

    found = await registry.tenant(ACME)
    assert found is not None
    assert found.suspended


async def test_the_store_alone_knows_of_no_file(clock: StoppedClock) -> None:
    table = MemoryTable()
    registry = open_registry(place(None), table, clock)
    registrar = open_registrar(place(None), table, clock)
    assert await registry.tenants() == []

    await registrar.add_tenant(tenant_of("acme"))

    assert await registry.tenants() == [tenant_of("acme")]


@pytest.mark.parametrize("cache_s", [0, 0.5])
async def test_rows_are_remembered_for_as_long_as_is_said(
    file: Path, clock: StoppedClock, cache_s: float
) -> None:
    table = MemoryTable()
    registry = open_registry(place(file, cache_s=cache_s), table, clock)
    await registry.tenant(ACME)
    await open_registrar(place(file), table, clock).suspend(ACME)

    found = await registry.tenant(ACME)
    clock.advance(cache_s)
    later = await registry.tenant(ACME)

    assert found is not None
    assert found.suspended is (cache_s == 0)
    assert later is not None
    assert later.suspended


@pytest.mark.parametrize("open_it", [open_registry, open_registrar])
def test_a_file_with_faults_is_told(file: Path, clock: StoppedClock, open_it: object) -> None:
    file.write_text("[tenants.Acme]")

    with pytest.raises(SettingsError):
        open_it(place(file), MemoryTable(), clock)  # type: ignore[operator] # either of both
