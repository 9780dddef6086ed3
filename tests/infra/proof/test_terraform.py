"""Finding Terraform and its provider: by its own means, in a mirror, or not at all."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from proof.terraform import Absent, Terraform, find, mirrors

PROVIDER = Path("registry.terraform.io", "hashicorp", "aws", "5.100.0")
# `init` succeeds where the configuration names a mirror, or the registry is "there".
STAND_IN = """#!/bin/sh
[ -n "${REGISTRY:-}" ] && exit 0
grep -q filesystem_mirror "$TF_CLI_CONFIG_FILE"
"""
Install = Callable[[str], dict[str, str]]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Put a stand-in for Terraform on a PATH; return the environment."""

    def installed(script: str) -> dict[str, str]:
        program = tmp_path / "bin" / "terraform"
        program.parent.mkdir()
        program.write_text(script, encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return {"PATH": f"{program.parent}:{os.defpath}", "HOME": str(tmp_path)}

    return installed


def test_without_terraform_nothing_can_be_proven_and_the_reason_says_so(tmp_path: Path) -> None:
    found = find({"PATH": str(tmp_path)}, tmp_path)

    assert found == Absent(why="terraform is not on the PATH; install 1.11 or newer")


def test_the_registry_comes_before_any_mirror(install: Install, tmp_path: Path) -> None:
    env = install(STAND_IN) | {"REGISTRY": "1", "TERRAFORM_MIRROR": str(tmp_path)}

    found = find(env, tmp_path)

    assert isinstance(found, Terraform)
    assert found.settings == {"TF_CLI_CONFIG_FILE": os.devnull}


def test_a_configuration_of_the_machine_is_kept(install: Install, tmp_path: Path) -> None:
    own = tmp_path / "own.tfrc"
    own.write_text("provider_installation { filesystem_mirror { } }", encoding="utf-8")

    found = find(install(STAND_IN) | {"TF_CLI_CONFIG_FILE": str(own)}, tmp_path)

    assert isinstance(found, Terraform)
    assert found.settings == {}


def test_a_mirror_serves_where_there_is_no_registry(install: Install, tmp_path: Path) -> None:
    mirror = tmp_path / "a mirror"
    (mirror / PROVIDER).mkdir(parents=True)

    found = find(install(STAND_IN) | {"TERRAFORM_MIRROR": str(mirror)}, tmp_path)

    assert isinstance(found, Terraform)
    configuration = Path(found.settings["TF_CLI_CONFIG_FILE"]).read_text(encoding="utf-8")
    assert f'path = "{mirror}"' in configuration


def test_with_neither_the_reason_says_what_would_help(install: Install, tmp_path: Path) -> None:
    found = find(install("#!/bin/sh\nexit 1\n"), tmp_path)

    assert isinstance(found, Absent)
    assert "set TERRAFORM_MIRROR" in found.why


def test_only_folders_with_the_provider_in_them_are_mirrors(tmp_path: Path) -> None:
    (tmp_path / "share" / "good" / PROVIDER).mkdir(parents=True)
    (tmp_path / "share" / "other").mkdir()
    (tmp_path / "named" / PROVIDER).mkdir(parents=True)
    env = {"TERRAFORM_MIRROR": str(tmp_path / "named")}

    found = list(mirrors(env, [tmp_path / "share", tmp_path / "absent"]))

    assert found == [tmp_path / "named", tmp_path / "share" / "good"]


def test_a_run_that_takes_too_long_is_a_failure_with_what_it_said(
    install: Install, tmp_path: Path
) -> None:
    env = install("#!/bin/sh\necho begun\nexec sleep 60\n")
    terraform = Terraform(binary=str(tmp_path / "bin" / "terraform"))

    done = terraform.run(tmp_path, "plan", env=env, within_s=1)

    assert done.code == 124
    assert done.text == "begun\n\nnot done after 1 s"
