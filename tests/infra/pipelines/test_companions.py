"""A change of Terraform code brings its documentation and its tests along."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "infra" / "scripts" / "companions.sh"


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@t.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(("git", *identity, *arguments), cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "begin")
    git(tmp_path, "switch", "--quiet", "--create", "change")
    return tmp_path


def change(repository: Path, paths: Sequence[str]) -> None:
    for name in paths:
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "change")


def ask(repository: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        ("sh", str(SCRIPT), *arguments),
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


MODULE, TESTS, DOCS = (
    "infra/modules/a/main.tf",
    "infra/modules/a/tests/a.tftest.hcl",
    "docs/infra.md",
)


@pytest.mark.parametrize(
    "paths",
    [
        (MODULE, TESTS, DOCS),
        (MODULE, "tests/infra/test_a.py", "CHANGELOG.md"),
        ("infra/bridge/diff.py",),
        ("src/trust/clock.py",),
    ],
)
def test_a_complete_change_and_one_without_terraform_code_go_through(
    repository: Path, paths: Sequence[str]
) -> None:
    change(repository, paths)

    assert ask(repository, "main") == (0, "")


@pytest.mark.parametrize(
    ("paths", "says"),
    [
        ((MODULE, TESTS), "nothing in docs/, no README and no CHANGELOG"),
        ((MODULE, DOCS), "no .tftest.hcl and nothing in tests/infra/"),
    ],
)
def test_what_is_missing_is_named(repository: Path, paths: Sequence[str], says: str) -> None:
    change(repository, paths)

    code, said = ask(repository, "main")

    assert code == 1
    assert says in said


@pytest.mark.parametrize("arguments", [(), ("",), ("main", "extra"), ("no-such-ref",)])
def test_wrong_use_is_no_verdict(repository: Path, arguments: Sequence[str]) -> None:
    code, said = ask(repository, *arguments)

    assert code == 64
    assert said
