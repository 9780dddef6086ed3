"""The three steps of a deployment that is made, looked at again and taken down."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proof.terraform import Done, Terraform
from proof.verdict import Failed, Passed, Verdict

_MADE = re.compile(r"Resources: (\d+) added")
_GONE = re.compile(r"Resources: (\d+) destroyed")
_UNCHANGED = ({"no-op"}, {"read"})

EXCEPTIONS: Mapping[str, str] = {}
"""What a second plan may change on the emulated AWS: address to reason. Nothing, as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One root module, and where its copy is applied."""

    terraform: Terraform
    root: Path
    folder: Path
    env: Mapping[str, str]

    def run(self, *arguments: str) -> Done:
        """Run Terraform."""
        return self.terraform.run(self.folder, *arguments, "-no-color", env=self.env)


def steps(deployment: Deployment) -> Iterator[tuple[str, Callable[[], Verdict]]]:
    """Yield the steps by their names, in their order."""
    yield "apply", lambda: _apply(deployment)
    yield "second plan", lambda: _plan_again(deployment)
    yield "destroy", lambda: _destroy(deployment)


def _apply(deployment: Deployment) -> Verdict:
    shutil.rmtree(deployment.folder, ignore_errors=True)
    deployment.folder.mkdir(parents=True)
    shutil.copy(deployment.root, deployment.folder / "main.tf")
    init = deployment.run("init")
    if init.code:
        return Failed(why=init.text)
    done = deployment.run("apply", "-auto-approve")
    made = _MADE.search(done.text)
    # An apply that made nothing proves nothing.
    if done.code or made is None or made[1] == "0":
        return Failed(why=_errors(done.text))
    return Passed(note=f"{made[1]} resources")


def _plan_again(deployment: Deployment) -> Verdict:
    planned = deployment.run("plan", "-out=again.tfplan")
    if planned.code:
        return Failed(why=_errors(planned.text))
    changed = changes(json.loads(deployment.run("show", "-json", "again.tfplan").text))
    strange = {address: what for address, what in changed.items() if address not in EXCEPTIONS}
    if strange:
        listed = "\n".join(f"{what} {address}" for address, what in sorted(strange.items()))
        return Failed(why=f"{listed}\n{planned.text}")
    return Passed(note=", ".join(sorted(changed)) or "no changes")


def changes(plan: Mapping[str, Any]) -> dict[str, str]:
    """Return what a plan would do: address to actions."""
    return {
        change["address"]: "/".join(change["change"]["actions"])
        for change in plan.get("resource_changes", [])
        if set(change["change"]["actions"]) not in _UNCHANGED
    }


def _destroy(deployment: Deployment) -> Verdict:
    done = deployment.run("destroy", "-auto-approve")
    gone = _GONE.search(done.text)
    if done.code or gone is None:
        return Failed(why=_errors(done.text))
    left = deployment.run("state", "list").text.strip() if gone[1] != "0" else ""
    return Failed(why=f"left over:\n{left}") if left else Passed(note=f"{gone[1]} resources")


def _errors(text: str) -> str:
    """Return Terraform's errors; a log of a hundred resources hides them."""
    begun = text.find("\nError: ")
    return text[begun:] if begun >= 0 else text
