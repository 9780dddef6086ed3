"""The agent's own secrets: had by its own identity, and gone when their block is over."""

import gc
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_host.secret_settings import AgentSecrets, SecretsMisplaced, agent_secrets_of
from agent_host.secrets import SecretMissing, held

from agent_client.memory import gone, holders, uncollected
from fakes.leasing_vault import LeasingVault
from fakes.scripted_vault import ScriptedVault, document, refusal, scripted_vault
from trust.secrets.source import SecretRefused

YRANAC = "oof-ton-eb-llahs-taht-yranac"
"""The secret, backwards: so nobody but who was given it has it in memory."""


@pytest.fixture
def vault() -> Iterator[ScriptedVault]:
    with scripted_vault() as running:
        running.said["secret/data/agents/search"] = lambda call: (
            document(data={"data": {"token": YRANAC[::-1]}, "metadata": {"version": 1}})
            if call.headers.get("x-vault-token") in running.alive
            else refusal(403, "permission denied")
        )
        yield running


def by_vault(vault: ScriptedVault, folder: Path, **named: str) -> AgentSecrets:
    """Return secrets that are in Vault, where the agent logs in by a token of its platform."""
    (folder / "jwt").write_text("header.claims.signature\n")
    found = agent_secrets_of(
        {
            "VAULT_ADDR": vault.url,
            "BFF_VAULT_AUTH": "jwt-file",
            "BFF_VAULT_ROLE": "researcher",
            "BFF_VAULT_JWT_FILE": str(folder / "jwt"),
            **{f"AGENT_SECRET_{name.upper()}": text for name, text in named.items()},
        }
    )
    assert found is not None
    return found


async def test_a_secret_is_had_by_the_agent_s_own_identity(
    vault: ScriptedVault, tmp_path: Path
) -> None:
    secrets = by_vault(vault, tmp_path, search_token="vault-kv:secret/agents/search#token")

    async with held(secrets, "search_token") as values:
        assert values["search_token"].reveal() == YRANAC[::-1]

    (login,) = vault.asked("auth/jwt/login")
    assert json.loads(login.body) == {"role": "researcher", "jwt": "header.claims.signature"}


async def test_after_the_block_nothing_in_the_process_holds_it(
    vault: ScriptedVault, tmp_path: Path
) -> None:
    secrets = by_vault(vault, tmp_path, search_token="vault-kv:secret/agents/search#token")

    with uncollected():
        async with held(secrets, "search_token") as values:
            assert values["search_token"]
            assert holders(YRANAC) != []

        assert await gone(YRANAC)


async def test_nor_the_login(vault: ScriptedVault, tmp_path: Path) -> None:
    secrets = by_vault(vault, tmp_path, search_token="vault-kv:secret/agents/search#token")

    async with held(secrets, "search_token"):
        assert "hvs.token-1" in vault.alive

    assert "hvs.token-1" not in vault.alive


async def test_after_the_block_the_name_leads_nowhere(vault: ScriptedVault, tmp_path: Path) -> None:
    secrets = by_vault(vault, tmp_path, search_token="vault-kv:secret/agents/search#token")

    async with held(secrets, "search_token") as values:
        pass

    with pytest.raises(SecretMissing, match="block is over"):
        values["search_token"]


async def test_it_is_dropped_when_the_block_fails(vault: ScriptedVault, tmp_path: Path) -> None:
    secrets = by_vault(vault, tmp_path, search_token="vault-kv:secret/agents/search#token")

    with pytest.raises(ZeroDivisionError):
        async with held(secrets, "search_token"):
            raise ZeroDivisionError

    assert "hvs.token-1" not in vault.alive
    gc.collect()
    assert await gone(YRANAC)


async def test_credentials_of_a_database_live_as_long_as_the_block(
    vault: ScriptedVault, tmp_path: Path
) -> None:
    leasing = LeasingVault(vault=vault)
    secrets = by_vault(vault, tmp_path, database="vault-db:database/reader")

    async with held(secrets, "database") as values:
        user = json.loads(values["database"].reveal())
        assert user == {"username": "v-reader-1", "password": "canary-1"}
        assert leasing.alive

    assert leasing.revoked == ["database/creds/reader/1"]
    assert leasing.alive == {}


async def test_a_block_has_what_it_asked_for_and_no_more(
    vault: ScriptedVault, tmp_path: Path
) -> None:
    LeasingVault(vault=vault)
    secrets = by_vault(
        vault,
        tmp_path,
        search_token="vault-kv:secret/agents/search#token",
        database="vault-db:database/reader",
    )

    async with held(secrets, "search_token") as values:
        with pytest.raises(SecretMissing, match="did not ask for it"):
            values["database"]

    assert vault.asked("database/creds/reader") == []


async def test_a_secret_that_cannot_be_had_is_told_by_its_name(
    vault: ScriptedVault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vault.said["secret/data/agents/search"] = lambda _: refusal(403, YRANAC[::-1])
    secrets = by_vault(vault, tmp_path, search_token="vault-kv:secret/agents/search#token")

    with pytest.raises(SecretMissing, match="search_token") as missing:
        async with held(secrets, "search_token"):
            raise AssertionError

    assert YRANAC[::-1] not in str(missing.value)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {"event": "secret.missing", "secret": "search_token", "error": "Denied"} in told
    assert vault.alive == {"hvs.root-of-a-test"}


async def test_one_that_is_gone_in_mid_block_is_missing(tmp_path: Path) -> None:
    secrets = agent_secrets_of({"AGENT_SECRET_KEY": f"file:{tmp_path / 'key'}"})
    (tmp_path / "key").write_text("a secret")

    async with held(secrets, "key") as values:
        values._kept["key"]._cell.evict(SecretRefused("it was taken away"))
        with pytest.raises(SecretMissing, match="key: "):
            values["key"]


@pytest.mark.parametrize("names", [("key", "other"), ("other",)])
async def test_a_secret_that_is_not_configured_is_missing(names: tuple[str, ...]) -> None:
    secrets = agent_secrets_of({"AGENT_SECRET_KEY": "env:KEY", "KEY": "a secret"})

    with pytest.raises(SecretMissing, match="AGENT_SECRET_OTHER is not set"):
        async with held(secrets, *names):
            raise AssertionError


async def test_without_any_each_is_missing() -> None:
    assert agent_secrets_of({"SOMETHING": "else"}) is None

    with pytest.raises(SecretMissing, match="AGENT_SECRET_KEY is not set"):
        async with held(None, "key"):
            raise AssertionError


def test_what_is_no_reference_is_told_by_its_variable_and_not_quoted() -> None:
    with pytest.raises(SecretsMisplaced) as misplaced:
        agent_secrets_of({"AGENT_SECRET_KEY": "sk-canary", "BFF_VAULT_TIMEOUT": "soon"})

    told = str(misplaced.value).splitlines()
    assert any(line.startswith("AGENT_SECRET_KEY: a secret reference is") for line in told)
    assert any(line.startswith("BFF_VAULT_TIMEOUT") for line in told)
    assert "sk-canary" not in str(misplaced.value)


def test_a_wrapper_that_opens_once_is_no_login_for_an_agent() -> None:
    environment = {
        "AGENT_SECRET_KEY": "vault-kv:secret/a#b",
        "BFF_VAULT_AUTH": "approle-wrapped",
        "BFF_VAULT_ROLE_ID": "role",
        "BFF_VAULT_WRAPPED_SECRET_ID": "/run/wrapped",
    }

    with pytest.raises(SecretsMisplaced, match="another method"):
        agent_secrets_of(environment)


def test_a_dump_of_the_settings_shows_none() -> None:
    secrets = agent_secrets_of({"AGENT_SECRET_KEY": "env:KEY", "KEY": "canary"})

    assert "canary" not in repr(secrets)


def without(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What Python does where a module is not there.
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "agent_host.secrets")


def test_a_package_without_trust_says_so_at_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    without("trust.secrets.reference", monkeypatch)

    with pytest.raises(SecretsMisplaced, match="images of 3-deepresearch"):
        agent_secrets_of({"AGENT_SECRET_KEY": "env:KEY"})


def test_and_does_not_go_without(monkeypatch: pytest.MonkeyPatch) -> None:
    without("trust.secrets.opening", monkeypatch)

    with pytest.raises(ImportError, match="images of 3-deepresearch"):
        importlib.import_module("agent_host.secrets")
