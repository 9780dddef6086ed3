"""Vault's engines on one login: opened without a call, closed with nothing left open."""

import subprocess
import sys

import pytest

from fakes.clock import StoppedClock
from fakes.leasing_vault import LeasingVault
from fakes.scripted_vault import ROOT, ScriptedVault
from trust.secrets.reference import Reference, Scheme
from trust.secrets.settings import load_secret_settings
from trust.secrets.source import SecretRefused
from trust.secrets.vault.sources import Vault, open_vault


def no_svids() -> None:
    """Fail: nobody logs in by an SVID here."""
    raise AssertionError


def vault_at(url: str, clock: StoppedClock) -> Vault:
    environment = {"VAULT_ADDR": url, "VAULT_TOKEN": ROOT}
    settings = load_secret_settings(environment)
    return open_vault(settings, environment, clock, lambda: 0.0, no_svids)  # type: ignore[arg-type]


async def test_opening_asks_nothing(scripted: ScriptedVault, clock: StoppedClock) -> None:
    vault = vault_at(scripted.url, clock)
    await vault.close()

    assert scripted.calls == []


async def test_all_engines_share_the_login(scripted: ScriptedVault, clock: StoppedClock) -> None:
    LeasingVault(vault=scripted)
    vault = vault_at(scripted.url, clock)

    await vault.database.fetch(
        Reference(scheme=Scheme.VAULT_DATABASE, path="database/reader"), None
    )
    await vault.aws.fetch(Reference(scheme=Scheme.VAULT_AWS, path="aws/deployer"), None)
    with pytest.raises(SecretRefused, match="one slash"):
        await vault.transit.fetch(Reference(scheme=Scheme.VAULT_TRANSIT, path="transit/a/b"), None)
    await vault.close()

    assert {call.headers.get("x-vault-token") for call in scripted.calls} == {ROOT}


async def test_at_the_end_leases_go_back_before_the_login_does(
    scripted: ScriptedVault, clock: StoppedClock
) -> None:
    leasing = LeasingVault(vault=scripted)
    vault = vault_at(scripted.url, clock)
    found = await vault.database.fetch(
        Reference(scheme=Scheme.VAULT_DATABASE, path="database/reader"), None
    )

    await vault.close()

    assert leasing.revoked == [found.version]


def test_whoever_signs_nothing_does_not_load_cryptography() -> None:
    program = (
        "import sys, trust.secrets.vault.sources;"
        " print([name for name in ('cryptography', 'boto3', 'grpc') if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.strip() == "[]"
