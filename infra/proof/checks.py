"""The checks, in the order in which they find the cheapest fault first."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from proof.terraform import Done, Terraform
from proof.verdict import Failed, NotRun, Passed, Verdict
from proof.workspace import Workspace

_TESTS = re.compile(r"(\d+) passed, (\d+) failed")
_OUT_OF_REACH = re.compile(r"list\s+of\s+available\s+versions\s+for\s+provider\s+([\w./-]+)")
_ALWAYS_THERE = "hashicorp/aws"
"""Without it nothing is run at all: `terraform.find` has seen it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that has to hold."""

    name: str
    room: Path
    """The folder that it is made in. Terraform keeps notes there: two at once would not do."""
    make: Callable[[], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the checks stand on."""

    terraform: Terraform
    workspace: Workspace
    env: Mapping[str, str]

    def run(self, folder: Path, *arguments: str) -> Done:
        """Run Terraform in a folder of the copy."""
        return self.terraform.run(folder, *arguments, env=self.env)


def terraform_checks(ground: Ground) -> Iterator[Check]:
    """Yield what needs no AWS at all: formatting, validity, and each module's own tests."""
    infra = ground.workspace.infra
    yield Check(name="fmt", room=infra, make=partial(_fmt, ground))
    yield Check(name="validate", room=infra, make=partial(_validate, ground, infra))
    for module in (infra, *ground.workspace.modules()):
        name = f"test {module.relative_to(infra.parent)}"
        yield Check(name=name, room=module, make=partial(_test, ground, module))


def plan_checks(ground: Ground) -> Iterator[Check]:
    """Yield a plan of each example; `ground.env` names an AWS that answers."""
    for variables in ground.workspace.examples():
        name = f"plan {variables.parent.name}"
        yield Check(name=name, room=ground.workspace.infra, make=partial(_plan, ground, variables))


def _fmt(ground: Ground) -> Verdict:
    root = ground.workspace.root
    folders = [name for name in ("infra", "examples") if (root / name).is_dir()]
    for folder in folders:
        done = ground.run(root / folder, "fmt", "-check", "-diff", "-recursive", "-no-color")
        if done.code:
            return Failed(why=f"{done.text}\nrun: terraform fmt -recursive {folder}")
    return Passed()


def _validate(ground: Ground, folder: Path) -> Verdict:
    for arguments in (("init",), ("validate",)):
        done = ground.run(folder, *arguments, "-no-color")
        if done.code:
            return Failed(why=done.text)
    return Passed()


def _test(ground: Ground, module: Path) -> Verdict:
    if not any(module.glob("tests/*.tftest.hcl")):
        return NotRun(why=f"{module.name} has no tests of its own")
    init = ground.run(module, "init", "-no-color")
    if init.code:
        return _unready(module, init)
    done = ground.run(module, "test", "-no-color")
    counted = _TESTS.search(done.text)
    if done.code or counted is None or counted[2] != "0":
        return Failed(why=done.text)
    # A test file without a run succeeds, and proves nothing.
    return Passed(note=f"{counted[1]} runs") if counted[1] != "0" else Failed(why=done.text)


def _unready(module: Path, init: Done) -> Verdict:
    missing = _OUT_OF_REACH.search(init.text)
    if missing is None or missing[1] == _ALWAYS_THERE:
        return Failed(why=init.text)
    return NotRun(
        why=f"{module.name} needs {missing[1]}, which can be had neither from the registry nor from"
        " a local mirror"
    )


def _plan(ground: Ground, variables: Path) -> Verdict:
    infra = ground.workspace.infra
    arguments = ("-no-color", "-lock=false", f"-var-file={variables}")
    init = ground.run(infra, "init", "-no-color")
    if init.code:
        return Failed(why=init.text)
    done = ground.run(infra, "plan", *arguments)
    if done.code:
        return Failed(why=done.text)
    summary = re.search(r"Plan: (\d+) to add", done.text)
    # A plan that would make nothing proves nothing.
    return Passed(note=summary[0]) if summary and summary[1] != "0" else Failed(why=done.text)
