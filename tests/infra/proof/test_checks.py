"""What a check makes of what Terraform says, with a stand-in for it."""

import os
import stat
from pathlib import Path

import pytest

from proof.cedar import read
from proof.checkov import scan, verdict_of
from proof.checks import Ground, plan_checks, terraform_checks
from proof.terraform import Terraform
from proof.verdict import Failed, NotRun, Passed, Verdict
from proof.workspace import copied

# Says what the test put into SAYS when it gets to the verb, and ends with CODE.
STAND_IN = """#!/bin/sh
[ "$1" = "${VERB:-}" ] || exit 0
printf '%s' "$SAYS"
exit "${CODE:-0}"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    files = {
        "infra/main.tf": "",
        "infra/modules/agentcore-one/main.tf": "",
        "infra/modules/agentcore-one/tests/one.tftest.hcl": "",
        "infra/modules/agentcore-two/main.tf": "",
        "infra/bridge/module/main.tf": "",
        "infra/.terraform/junk": "",
        "examples/1-hello-world/terraform.tfvars": "",
        "src/trust/clock.py": "",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    program = tmp_path / "terraform"
    program.write_text(STAND_IN, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Terraform(binary=str(program))


def verdicts(checkout: Path, terraform: Terraform, **env: str) -> dict[str, Verdict]:
    workspace = copied(checkout, checkout.parent / "copy")
    ground = Ground(terraform=terraform, workspace=workspace, env={"PATH": os.defpath, **env})
    made = [*terraform_checks(ground), *plan_checks(ground)]
    return {check.name: check.make() for check in made}


def test_the_copy_has_what_terraform_reads_keeps_its_state_here_and_leaves_the_checkout_alone(
    checkout: Path,
) -> None:
    before = sorted(checkout.rglob("*"))

    workspace = copied(checkout, checkout.parent / "copy")

    assert [path.name for path in workspace.modules()] == [
        "agentcore-one",
        "agentcore-two",
        "module",
    ]
    assert [path.parent.name for path in workspace.examples()] == ["1-hello-world"]
    assert 'backend "local"' in (workspace.infra / "backend_override.tf").read_text("utf-8")
    assert not (workspace.infra / ".terraform").exists()
    assert sorted(checkout.rglob("*")) == before


def test_a_module_without_tests_is_named_and_not_passed(
    checkout: Path, terraform: Terraform
) -> None:
    made = verdicts(checkout, terraform, VERB="test", SAYS="Success! 3 passed, 0 failed.")

    assert made["test infra/modules/agentcore-one"] == Passed(note="3 runs")
    assert made["test infra/modules/agentcore-two"] == NotRun(
        why="agentcore-two has no tests of its own"
    )


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("Failure! 2 passed, 1 failed.", "1"),
        ("Success! 2 passed, 1 failed.", "0"),
        # A test file without a run succeeds, and proves nothing.
        ("Success! 0 passed, 0 failed.", "0"),
        ("", "0"),
    ],
)
def test_tests_that_fail_or_do_not_run_do_not_pass(
    checkout: Path, terraform: Terraform, says: str, code: str
) -> None:
    made = verdicts(checkout, terraform, VERB="test", SAYS=says, CODE=code)

    assert made["test infra/modules/agentcore-one"] == Failed(why=says)


@pytest.mark.parametrize("verb", ["fmt", "init", "validate", "plan"])
def test_a_verb_that_fails_is_told_with_its_words(
    checkout: Path, terraform: Terraform, verb: str
) -> None:
    made = verdicts(checkout, terraform, VERB=verb, SAYS="Error: here", CODE="1")

    failed = [verdict for verdict in made.values() if isinstance(verdict, Failed)]
    assert any("Error: here" in verdict.why for verdict in failed)


def test_a_plan_counts_only_if_it_makes_something(checkout: Path, terraform: Terraform) -> None:
    name = "plan 1-hello-world"
    full, empty = "Plan: 12 to add, 0 to change", "Plan: 0 to add, 0 to change"

    assert verdicts(checkout, terraform, VERB="plan", SAYS=full)[name] == Passed(
        note="Plan: 12 to add"
    )
    assert isinstance(verdicts(checkout, terraform, VERB="plan", SAYS=empty)[name], Failed)


def report(*, failed: int = 0, comment: str = "", passed: int = 5) -> object:
    check = {"check_id": "CKV_1", "resource": "aws_x.y", "file_path": "/a.tf", "check_name": "n"}
    skipped = {**check, "check_result": {"result": "SKIPPED", "suppress_comment": comment}}
    return {
        "results": {
            "failed_checks": [check] * failed,
            "skipped_checks": [skipped],
        },
        "summary": {"passed": passed, "skipped": 1},
    }


def test_a_rule_that_fails_and_a_skip_without_a_reason_are_named() -> None:
    assert verdict_of(report(comment="OAC instead")) == Passed(
        note="5 hold, 1 skipped with a reason"
    )
    assert verdict_of(report(failed=1, comment="x")) == Failed(why="CKV_1 aws_x.y (/a.tf): n")
    assert verdict_of(report(comment=" ")) == Failed(why="CKV_1 aws_x.y: skipped without a reason")
    assert verdict_of(report(comment="x", passed=0)) == Failed(why="not one rule was applied")


def test_checkov_that_is_not_installed_or_says_nothing_is_no_success(
    checkout: Path, tmp_path: Path
) -> None:
    workspace = copied(checkout, tmp_path / "copy")
    silent = tmp_path / "checkov"
    silent.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    silent.chmod(silent.stat().st_mode | stat.S_IXUSR)

    assert isinstance(scan(tmp_path / "absent", workspace, {}), NotRun)
    assert isinstance(scan(silent, workspace, {}), Failed)


def test_cedar_that_cannot_be_asked_or_says_no_is_no_success(
    checkout: Path, tmp_path: Path
) -> None:
    def verdict(python: Path) -> Verdict:
        return read(python, copied(checkout, tmp_path / "copy"), {})

    def standing_in(says: str, code: int) -> Path:
        program = tmp_path / f"python{code}"
        program.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    good, broken = standing_in("{}", 0), standing_in("no module", 1)
    assert isinstance(verdict(tmp_path / "absent"), NotRun)
    assert verdict(good) == NotRun(why="there are no policies")

    (checkout / "examples" / "1-hello-world" / "a.cedar").write_text("permit(", encoding="utf-8")
    assert verdict(good) == Passed(note="1 policies")
    assert isinstance(verdict(broken), Failed)
    assert isinstance(verdict(standing_in('{"a.cedar": "cannot parse"}', 0)), Failed)
