"""A PostgreSQL with the library in it, and a Vault that leases its users."""

from collections.abc import Generator
from pathlib import Path

import pytest
from agent_host.settings import Settings, settings_of

from fakes.library import MOUNT, LeasedLibrary, leased_library, prepare
from fakes.postgresql import RunningPostgresql, running_postgresql


@pytest.fixture(scope="session")
def _prepared() -> Generator[tuple[RunningPostgresql, str]]:
    with running_postgresql() as database:
        yield database, prepare(database)


@pytest.fixture
def kept(_prepared: tuple[RunningPostgresql, str]) -> Generator[LeasedLibrary]:
    with leased_library(*_prepared) as library:
        yield library
        # However a test has ended: none is left to the next.
        library.vault.write(f"sys/leases/revoke-prefix/{MOUNT}/creds")


@pytest.fixture
def variables(kept: LeasedLibrary, tmp_path: Path) -> dict[str, str]:
    return kept.variables(tmp_path)


@pytest.fixture
def settings(variables: dict[str, str]) -> Settings:
    return settings_of(variables)
