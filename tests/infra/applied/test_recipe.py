"""What the three steps make of what Terraform says, with a stand-in for it."""

import json
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from proof.applied.recipe import Deployment, changes, steps
from proof.terraform import Terraform
from proof.verdict import Failed, Passed, Verdict

# Says what the test put into SAYS_<verb>, and ends with CODE_<verb>.
STAND_IN = """#!/bin/sh
eval "printf '%s' \\"\\$SAYS_$1\\""
eval "exit \\${CODE_$1:-0}"
"""


def change(address: str, *actions: str) -> dict[str, object]:
    return {"address": address, "change": {"actions": list(actions)}}


def plan(*resources: dict[str, object]) -> dict[str, object]:
    return {"resource_changes": list(resources)}


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    binary = tmp_path / "terraform"
    binary.write_text(STAND_IN, encoding="utf-8")
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    root = tmp_path / "root.tf"
    root.write_text("", encoding="utf-8")
    return Deployment(
        terraform=Terraform(binary=str(binary)), root=root, folder=tmp_path / "apply", env={}
    )


def verdict(deployment: Deployment, step: str, env: Mapping[str, str]) -> Verdict:
    deployment.folder.mkdir(exist_ok=True)
    told = Deployment(
        terraform=deployment.terraform,
        root=deployment.root,
        folder=deployment.folder,
        env={"PATH": "/usr/bin:/bin", **env},
    )
    return dict(steps(told))[step]()


def test_an_apply_says_how_much_it_made(deployment: Deployment) -> None:
    said = "Apply complete! Resources: 106 added, 0 changed, 0 destroyed."

    assert verdict(deployment, "apply", {"SAYS_apply": said}) == Passed(note="106 resources")


@pytest.mark.parametrize(
    "env",
    [
        {"SAYS_apply": "Apply complete! Resources: 0 added, 0 changed, 0 destroyed."},
        {"SAYS_apply": "Resources: 3 added", "CODE_apply": "1"},
        {"SAYS_apply": "nothing that we know"},
        {"SAYS_apply": "Resources: 3 added", "CODE_init": "1"},
    ],
)
def test_an_apply_that_made_nothing_or_broke_off_fails(
    deployment: Deployment, env: Mapping[str, str]
) -> None:
    assert isinstance(verdict(deployment, "apply", env), Failed)


def test_of_a_failure_the_errors_are_told_and_not_what_was_made_before(
    deployment: Deployment,
) -> None:
    said = "a thousand lines\nError: no such thing\n  on main.tf"

    failed = verdict(deployment, "apply", {"SAYS_apply": said, "CODE_apply": "1"})

    assert failed == Failed(why="\nError: no such thing\n  on main.tf")


def test_a_second_plan_without_changes_passes(deployment: Deployment) -> None:
    shown = json.dumps(plan(change("a.b", "no-op"), change("data.c", "read")))

    assert verdict(deployment, "second plan", {"SAYS_show": shown}) == Passed(note="no changes")


def test_a_second_plan_that_would_change_something_fails_and_names_it(
    deployment: Deployment,
) -> None:
    shown = json.dumps(plan(change("a.b", "no-op"), change("aws_x.y", "delete", "create")))

    failed = verdict(deployment, "second plan", {"SAYS_show": shown})

    assert isinstance(failed, Failed)
    assert "delete/create aws_x.y" in failed.why


def test_a_second_plan_that_cannot_be_made_fails(deployment: Deployment) -> None:
    assert isinstance(verdict(deployment, "second plan", {"CODE_plan": "1"}), Failed)


@pytest.mark.parametrize(
    ("env", "holds"),
    [
        ({"SAYS_destroy": "Destroy complete! Resources: 3 destroyed."}, True),
        ({"SAYS_destroy": "Resources: 3 destroyed.", "SAYS_state": "a.b"}, False),
        ({"SAYS_destroy": "Resources: 3 destroyed.", "CODE_destroy": "1"}, False),
        ({"SAYS_destroy": "what?"}, False),
    ],
)
def test_a_destroy_has_to_leave_nothing(
    deployment: Deployment, env: Mapping[str, str], *, holds: bool
) -> None:
    assert isinstance(verdict(deployment, "destroy", env), Passed) is holds


def test_what_would_be_done_is_told_by_address() -> None:
    made = plan(change("a", "update"), change("b", "no-op"), change("c", "create"))

    assert changes(made) == {"a": "update", "c": "create"}
