"""A secret that opens nothing any more: its keeper is asked for another one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_host.secret_settings import AgentSecrets, agent_secrets_of
from agent_host.secrets import SecretMissing, held

from fakes.leasing_vault import DATABASE, LeasingVault
from fakes.scripted_vault import ScriptedVault, refusal, scripted_vault


@pytest.fixture
def vault() -> Iterator[ScriptedVault]:
    with scripted_vault() as running:
        yield running


@pytest.fixture
def leasing(vault: ScriptedVault) -> LeasingVault:
    return LeasingVault(vault=vault)


@pytest.fixture
def secrets(vault: ScriptedVault, tmp_path: Path) -> AgentSecrets:
    (tmp_path / "jwt").write_text("header.claims.signature\n")
    found = agent_secrets_of(
        {
            "VAULT_ADDR": vault.url,
            "BFF_VAULT_AUTH": "jwt-file",
            "BFF_VAULT_ROLE": "researcher",
            "BFF_VAULT_JWT_FILE": str(tmp_path / "jwt"),
            "AGENT_SECRET_DATABASE": "vault-db:database/reader",
        }
    )
    assert found is not None
    return found


async def test_there_is_another_one_and_both_go_back(
    leasing: LeasingVault, secrets: AgentSecrets
) -> None:
    async with held(secrets, "database") as values:
        before = json.loads(values["database"].reveal())

        assert await values.refused("database")
        assert json.loads(values["database"].reveal()) != before

    assert leasing.made == 2
    assert leasing.alive == {}


async def test_who_is_refused_again_at_once_gets_no_third(
    leasing: LeasingVault, secrets: AgentSecrets
) -> None:
    async with held(secrets, "database") as values:
        await values.refused("database")

        assert not await values.refused("database")

    assert leasing.made == 2


async def test_one_that_is_not_to_be_had_is_missing(
    vault: ScriptedVault, leasing: LeasingVault, secrets: AgentSecrets
) -> None:
    async with held(secrets, "database") as values:
        vault.said[DATABASE] = lambda _: refusal(403, "canary")

        with pytest.raises(SecretMissing, match="database: ") as missing:
            await values.refused("database")

    assert "canary" not in str(missing.value)


async def test_after_the_block_there_is_none(leasing: LeasingVault, secrets: AgentSecrets) -> None:
    async with held(secrets, "database") as values:
        pass

    with pytest.raises(SecretMissing, match="block is over"):
        await values.refused("database")
