"""The pipeline's steps, with a stand-in on the PATH that writes down how Terraform was called."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[3] / "infra" / "scripts"
STAND_IN = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$*" in
*"output -raw url"*) printf '%s' "${URL:-}" ;;
*"output -raw"*) printf '%s' value ;;
*" plan -var-file"*"-out="*) touch "${*##*-out=}" ;;
*" plan -detailed-exitcode"*) exit "${PLAN_CODE:-0}" ;;
esac
"""


class Steps:
    """A checkout with only the scripts in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.calls = root / "calls"
        scripts = root / "infra" / "scripts"
        scripts.mkdir(parents=True)
        (scripts / "pipeline.sh").write_bytes((SCRIPTS / "pipeline.sh").read_bytes())
        for name, text in (("terraform", STAND_IN), ("python3", "#!/bin/sh\nexit ${BRIDGE:-0}\n")):
            path = root / "bin" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run(self, *arguments: str, **env: str) -> tuple[int, str]:
        known = {
            "PATH": f"{self.root / 'bin'}:{os.defpath}",
            "CALLS": str(self.calls),
            "STATE_BUCKET": "the-state",
            "AWS_REGION": "eu-west-2",
        }
        done = subprocess.run(
            ("sh", str(self.root / "infra" / "scripts" / "pipeline.sh"), *arguments),
            env={name: value for name, value in {**known, **env}.items() if value},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    def called(self) -> list[str]:
        return self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    # A space in the path: the checkout of somebody who has one in their name.
    return Steps(tmp_path / "a checkout")


def test_a_plan_is_of_its_environment_with_its_own_state(steps: Steps) -> None:
    assert steps.run("plan", "dev")[0] == 0

    init, plan = steps.called()
    assert "-backend-config=backends/dev.s3.tfbackend" in init
    assert "-backend-config=bucket=the-state" in init
    assert "-var=environment=dev" in plan
    assert "infra/environments/dev.tfvars" in plan


def test_what_was_planned_is_what_is_applied_and_only_once(steps: Steps) -> None:
    steps.run("plan", "test")

    assert steps.run("deploy", "test")[0] == 0
    assert steps.called()[-1].endswith(".gatehouse/pipeline/test/plan.tfplan")
    assert steps.run("deploy", "test")[0] == 1


def test_a_plan_of_one_environment_is_never_applied_to_another(steps: Steps) -> None:
    steps.run("plan", "dev")

    code, said = steps.run("deploy", "prod")

    assert code == 1
    assert "run the plan step first" in said


@pytest.mark.parametrize(
    ("plan", "bridge", "code"), [("0", "0", 0), ("2", "0", 2), ("0", "2", 2), ("1", "0", 1)]
)
def test_drift_of_either_kind_is_exit_code_2(
    steps: Steps, plan: str, bridge: str, code: int
) -> None:
    assert steps.run("drift", "prod", PLAN_CODE=plan, BRIDGE=bridge)[0] == code


@pytest.mark.parametrize("missing", ["STATE_BUCKET", "AWS_REGION"])
def test_what_has_to_be_set_is_named_before_anything_is_called(steps: Steps, missing: str) -> None:
    code, said = steps.run("plan", "dev", **{missing: ""})

    assert code != 0
    assert missing in said
    assert steps.called() == []


@pytest.mark.parametrize("arguments", [(), ("plan",), ("plan", "staging"), ("destroy", "dev")])
def test_an_unknown_step_or_environment_shows_the_usage_and_does_nothing(
    steps: Steps, arguments: tuple[str, ...]
) -> None:
    code, said = steps.run(*arguments)

    assert code == 64
    assert "infra/scripts/pipeline.sh plan dev" in said
    assert steps.called() == []


def test_a_deployment_without_a_bff_has_nothing_to_ask(steps: Steps) -> None:
    code, said = steps.run("smoke", "dev")

    assert code == 0
    assert "enable_bff is false" in said
