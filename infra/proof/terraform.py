"""Terraform as this machine has it, and where its provider comes from."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PROVIDER = Path("registry.terraform.io", "hashicorp", "aws")
_PROBE = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }
}
"""
_PROBE_S = 90
_STEP_S = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A run of Terraform that came to its end."""

    code: int
    text: str
    """Both streams, as they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terraform:
    """Terraform with a provider that it can reach."""

    binary: str
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    def run(
        self, folder: Path, *arguments: str, env: Mapping[str, str], within_s: int = _STEP_S
    ) -> Done:
        """Run one command in a folder. A run that takes too long counts as failed."""
        argv = (self.binary, *arguments)
        known = {**env, **self.settings, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        return _run(argv, folder, known, within_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """There is no Terraform, or no provider for it."""

    why: str


def find(env: Mapping[str, str], scratch: Path) -> Terraform | Absent:
    """Return Terraform with a provider: by its own configuration, or out of a local mirror.

    The registry is asked first, as on any machine with a network; a mirror is looked for only
    where that fails.
    """
    binary = shutil.which("terraform", path=env.get("PATH"))
    if binary is None:
        return Absent(why="terraform is not on the PATH; install 1.11 or newer")
    configuration = env.get("TF_CLI_CONFIG_FILE", "")
    # A variable that names no file is a warning on each run, and means nothing.
    own = {} if Path(configuration).is_file() else {"TF_CLI_CONFIG_FILE": os.devnull}
    candidates = [own, *({"TF_CLI_CONFIG_FILE": c} for c in _configurations(env, scratch))]
    for settings in candidates:
        terraform = Terraform(binary=binary, settings=settings)
        if _reaches_provider(terraform, env, scratch):
            return terraform
    return Absent(
        why="hashicorp/aws can be had neither from the registry nor from a local mirror; "
        "set TERRAFORM_MIRROR to a folder that holds registry.terraform.io/hashicorp/aws"
    )


def mirrors(env: Mapping[str, str], shares: Sequence[Path]) -> Iterator[Path]:
    """Yield the folders that hold the provider: the one named, then those found in `shares`."""
    named = env.get("TERRAFORM_MIRROR", "")
    found = [Path(named)] if named else []
    for share in shares:
        found.extend(sorted(share.glob("*/")) if share.is_dir() else [])
    yield from (folder for folder in found if (folder / _PROVIDER).is_dir())


def _configurations(env: Mapping[str, str], scratch: Path) -> Iterator[str]:
    home = Path(env.get("HOME", "/"))
    shares = [
        home / ".terraform.d",
        *(Path("/", *parts) for parts in (("usr", "local", "share"), ("usr", "share"), ("opt",))),
    ]
    for number, mirror in enumerate(mirrors(env, shares)):
        path = scratch / f"mirror-{number}.tfrc"
        path.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n',
            encoding="utf-8",
        )
        yield str(path)


def _reaches_provider(terraform: Terraform, env: Mapping[str, str], scratch: Path) -> bool:
    probe = scratch / "probe"
    shutil.rmtree(probe, ignore_errors=True)
    probe.mkdir(parents=True)
    (probe / "main.tf").write_text(_PROBE, encoding="utf-8")
    return terraform.run(probe, "init", "-no-color", env=env, within_s=_PROBE_S).code == 0


def _run(argv: Sequence[str], folder: Path, env: Mapping[str, str], within_s: int) -> Done:
    try:
        done = subprocess.run(  # noqa: S603 terraform, found on the PATH
            argv,
            cwd=folder,
            env=dict(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=within_s,
        )
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode(errors="replace")
        return Done(code=124, text=f"{said}\nnot done after {within_s} s")
    return Done(code=done.returncode, text=done.stdout)
