"""Terraform itself over what needs no provider, and over the module with stand-ins for Vault's.

Vault's provider is on few machines. All that the module decides (policies, names, who may log in,
outputs, validations) is Terraform's own work, though: with each `vault_…` resource as a
`terraform_data` that holds the same arguments, Terraform does that work for us. What stays
unproven is that the provider takes these arguments: see `provider.json`.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

INFRA = Path(__file__).parents[3] / "infra"
MODULE = INFRA / "modules" / "vault-gatehouse"
DECIDED = INFRA / "vault" / "module"

_RESOURCE = re.compile(
    r'^resource "(?P<type>vault_\w+)" "(?P<name>\w+)" \{\n(?P<body>.*?)^\}\n',
    re.MULTILINE | re.DOTALL,
)
_USE = re.compile(r"\b(?P<type>vault_\w+)\.(?P<name>\w+)(?P<key>\[[^\]]+\])?\.(?=\w)")
_WRITE_ONLY = re.compile(r"^  \w+_wo +=.*\n", re.MULTILINE)
_BLOCK = re.compile(r"^  (\w+) \{$", re.MULTILINE)
_FOR_EACH = re.compile(r"^  for_each .*\n", re.MULTILINE)
_PROVIDERS = re.compile(r"^  required_providers \{.*?^  \}\n", re.MULTILINE | re.DOTALL)


def arguments_in_module() -> dict[str, list[tuple[str, frozenset[str]]]]:
    """Return each type of resource with the names and arguments of the module's resources."""
    found: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for path in sorted(MODULE.glob("*.tf")):
        for match in _RESOURCE.finditer(path.read_text(encoding="utf-8")):
            names = frozenset(re.findall(r"^  (\w+) *[={]", match["body"], re.MULTILINE))
            found.setdefault(match["type"], []).append((match["name"], names - {"for_each"}))
    return found


def with_stand_ins(into: Path) -> Path:
    """Copy both modules, Vault's resources replaced; return the folder of the outer one."""
    shutil.copytree(DECIDED, into / "vault" / "module")
    outer = into / "modules" / "vault-gatehouse"
    shutil.copytree(MODULE, outer)
    for path in outer.glob("*.tf"):
        text = _PROVIDERS.sub("", path.read_text(encoding="utf-8"))
        path.write_text(_USE.sub(_use, _RESOURCE.sub(_stand_in, text)), encoding="utf-8")
    return outer


def _stand_in(match: re.Match[str]) -> str:
    body = _WRITE_ONLY.sub("", match["body"])
    repeated = "".join(_FOR_EACH.findall(body))
    held = _BLOCK.sub(r"  \1 = {", _FOR_EACH.sub("", body))
    name = f"{match['type']}__{match['name']}"
    return f'resource "terraform_data" "{name}" {{\n{repeated}  input = {{\n{held}  }}\n}}\n'


def _use(match: re.Match[str]) -> str:
    key = match["key"] or ""
    return f"terraform_data.{match['type']}__{match['name']}{key}.input."


def run(folder: Path, *arguments: str) -> str:
    """Run Terraform in a folder. Skips the test by name where there is no Terraform."""
    binary = shutil.which("terraform")
    if binary is None:
        pytest.skip("not run: terraform is not on the PATH")
    # Nothing of this machine: no mirror, no plug-in cache, no variables.
    env = {"PATH": os.defpath, "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1"}
    done = subprocess.run(
        (binary, *arguments),
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def planned(folder: Path, variables: Mapping[str, object]) -> Any:
    """Return the plan that Terraform makes of a folder, as its JSON form."""
    (folder / "given.auto.tfvars.json").write_text(json.dumps(variables), encoding="utf-8")
    run(folder, "init", "-no-color", "-input=false")
    run(folder, "plan", "-no-color", "-input=false", "-lock=false", "-out=plan")
    return json.loads(run(folder, "show", "-json", "plan"))


def outputs(plan: Any) -> dict[str, Any]:
    """Return a plan's outputs."""
    return {name: one.get("value") for name, one in plan["planned_values"]["outputs"].items()}


def resources(plan: Any) -> dict[str, dict[str, Any]]:
    """Return the stand-ins' arguments by the addresses of what they stand for."""
    found: dict[str, dict[str, Any]] = {}
    for one in plan["planned_values"]["root_module"]["resources"]:
        kind, _, name = one["name"].partition("__")
        found[f"{kind}.{name}[{one.get('index', '')}]"] = one["values"]["input"]
    return found
