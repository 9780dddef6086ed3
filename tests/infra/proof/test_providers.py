"""A module whose provider this machine cannot have is named, and neither passed nor failed."""

import os
import stat
from pathlib import Path

import pytest

from proof.checks import Ground, terraform_checks
from proof.terraform import Terraform
from proof.verdict import Failed, NotRun, Verdict
from proof.workspace import copied

_SAID = """
Error: Failed to query available provider packages

Could not retrieve the list of available versions for provider
hashicorp/{name}: could not connect to registry.example: no such host
"""


def _verdict_after(init: str, folder: Path) -> Verdict:
    module = folder / "checkout" / "infra" / "modules" / "vault-gatehouse"
    (module / "tests").mkdir(parents=True)
    (module / "tests" / "one.tftest.hcl").touch()
    program = folder / "terraform"
    program.write_text(f"#!/bin/sh\ncat <<'EOT'\n{init}\nEOT\nexit 1\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    ground = Ground(
        terraform=Terraform(binary=str(program)),
        workspace=copied(folder / "checkout", folder / "copy"),
        env={"PATH": os.defpath},
    )
    checks = {check.name: check for check in terraform_checks(ground)}
    return checks["test infra/modules/vault-gatehouse"].make()


def test_another_provider_out_of_reach_is_not_run_by_name(tmp_path: Path) -> None:
    verdict = _verdict_after(_SAID.format(name="vault"), tmp_path)

    assert verdict == NotRun(
        why="vault-gatehouse needs hashicorp/vault, which can be had neither from the registry nor"
        " from a local mirror"
    )


@pytest.mark.parametrize("said", [_SAID.format(name="aws"), "Error: Unsupported argument"])
def test_anything_else_that_goes_wrong_is_a_failure(tmp_path: Path, said: str) -> None:
    assert isinstance(_verdict_after(said, tmp_path), Failed)
