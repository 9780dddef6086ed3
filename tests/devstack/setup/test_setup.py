"""The whole set-up, with the real python, pip, node and npm, on a checkout of three small files."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

_SOURCE = Path(__file__).resolve().parents[3] / "src" / "devstack" / "setup"
_BUILD = (
    "node -e \"fs.mkdirSync('dist', {recursive: true}); fs.writeFileSync('dist/index.html', '')\""
)
_NOBODY = "http://127.0.0.1:9"
"""The discard port: nobody listens, so a registry there cannot be reached."""

_OURS = ("PIP_", "PYTHON", "SSL_CERT_")
"""What a set-up goes by, and only where a test says so."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return _checkout(tmp_path)


def _checkout(folder: Path) -> Path:
    root = folder / "gate house"  # a space: the classic way to break a set-up
    shutil.copytree(_SOURCE, root / "src" / "devstack" / "setup")
    (root / "src" / "bff").mkdir()
    (root / "src" / "bff" / "command.py").write_text("def main(): print('it runs'); return 3\n")
    (root / "requirements").mkdir()
    (root / "requirements" / "dev.txt").write_text("# nothing to install\n")
    for package in (root / "src" / "devstack" / "idp", root / "spa"):
        _node_package(package)
    return root


def _node_package(folder: Path) -> None:
    """Write a package with one dependency, which stands beside it: npm then needs no registry."""
    about = {"name": folder.name, "version": "1.0.0", "dependencies": {"part": "file:part"}}
    part = {"name": "part", "version": "1.0.0"}
    packages = {"": about, "node_modules/part": {"resolved": "part", "link": True}, "part": part}
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "package.json").write_text(json.dumps(part))
    (folder / "package.json").write_text(json.dumps({**about, "scripts": {"build": _BUILD}}))
    (folder / "package-lock.json").write_text(
        json.dumps({"name": folder.name, "lockfileVersion": 3, "packages": packages})
    )


def _set_up(checkout: Path, goal: str = "run", **env: str) -> subprocess.CompletedProcess[str]:
    outer = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}  # noqa: TID251 the tools need PATH and HOME
    return subprocess.run(
        ["sh", "src/devstack/setup/start.sh", goal],
        cwd=checkout,
        env={**outer, "PIP_CONFIG_FILE": os.devnull, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A checkout that is set up, and what the set-up said."""

    root: Path
    first: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Set a checkout up: once, since it takes seconds. Each test leaves it set up.

    On a machine whose settings would have it install elsewhere.
    """
    root = _checkout(tmp_path_factory.mktemp("ready"))
    elsewhere = str(tmp_path_factory.mktemp("elsewhere") / "python")
    return Ready(root=root, first=_set_up(root, PIP_USER="1", PYTHONHOME=elsewhere))


def _steps(run: subprocess.CompletedProcess[str]) -> list[str]:
    assert run.returncode == 0, run.stderr
    return [line.split(" … ")[0].strip() for line in run.stderr.splitlines() if " … " in line]


ALL = [
    "python environment",
    "python packages",
    "gatehouse command",
    "provider packages",
    "spa packages",
    "spa build",
]


def test_a_checkout_gets_ready_once_and_stays_ready(ready: Ready) -> None:
    checkout = ready.root
    assert _steps(ready.first) == ALL
    assert (checkout / "spa" / "dist" / "index.html").exists()

    again = _set_up(checkout)
    assert (again.returncode, again.stderr) == (0, "")

    (checkout / "spa" / "main.ts").write_text("changed")
    assert _steps(_set_up(checkout)) == ["spa build"]

    launched = subprocess.run(
        [checkout / ".venv" / "bin" / "gatehouse"], capture_output=True, text=True, check=False
    )
    assert (launched.returncode, launched.stdout) == (3, "it runs\n")


def test_settings_that_install_elsewhere_are_not_followed(ready: Ready) -> None:
    # With either of them followed, there is no environment, or no package in it (see `ready`).
    assert _steps(ready.first) == ALL
    # And what was made under them is good without them.
    assert _steps(_set_up(ready.root)) == []


def test_a_moved_checkout_is_set_up_anew(ready: Ready, tmp_path: Path) -> None:
    # A copy takes its place afterwards: while this runs, nothing is there.
    kept = Path(shutil.copytree(ready.root, tmp_path / "kept", symlinks=True))
    moved = ready.root.rename(ready.root.with_name("elsewhere"))
    try:
        assert _steps(_set_up(moved))[:3] == ALL[:3]
        pip = subprocess.run([moved / ".venv" / "bin" / "pip", "--version"], check=False)
        assert pip.returncode == 0
    finally:
        kept.rename(ready.root)


def test_an_environment_made_by_hand_is_kept(ready: Ready) -> None:
    checkout = ready.root
    shutil.rmtree(checkout / ".gatehouse")
    own = checkout / ".venv" / "made-by-hand"
    own.touch()

    assert _steps(_set_up(checkout)) == ALL
    assert own.exists()


def test_an_environment_of_another_python_is_kept_until_one_is_named(ready: Ready) -> None:
    # As one that was made by a Python of long ahead.
    programs = ready.root / ".venv" / "bin"
    (programs / "python").unlink()
    _program(programs, "python", f"echo '3.99 True {programs.parent}'")

    # Not the one of our own environment, which has our own set-up on its path.
    named = str(Path(sys.executable).resolve())

    assert _steps(_set_up(ready.root)) == []
    assert _steps(_set_up(ready.root, PYTHON=named)) == ALL[:3]
    assert _steps(_set_up(ready.root, PYTHON=named)) == []


def test_a_python_that_is_named_and_not_there_is_not_replaced(ready: Ready) -> None:
    assert "found: none" in _last_words(_set_up(ready.root, PYTHON="python3.99"))


def test_a_registry_that_cannot_be_reached_is_one_line(ready: Ready) -> None:
    needs = ready.root / "requirements" / "dev.txt"
    before = needs.read_text()
    needs.write_text(f"nothing-real==1.0 --hash=sha256:{'0' * 64}\n")
    refused = _set_up(ready.root, PIP_INDEX_URL=_NOBODY, PIP_RETRIES="1")
    needs.write_text(before)

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith(
        "set-up: python packages: pip failed: its registry cannot be reached"
    )
    assert "Traceback" not in refused.stderr
    # Nothing of it is taken for done.
    assert _steps(_set_up(ready.root)) == ["python packages"]


@pytest.fixture
def poor(tmp_path: Path) -> Path:
    """A machine with a Python and a shell, and nothing else on its PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("python3", "sh", "dirname"):
        (programs / name).symlink_to(Path(shutil.which(name) or name).resolve())
    (programs / "python3").unlink()
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    return programs


def _program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def _last_words(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 1, run.stderr
    assert len(run.stderr.splitlines()) == 1, run.stderr
    return run.stderr


def test_a_machine_without_node_is_told_so(checkout: Path, poor: Path) -> None:
    assert "`node` is not there" in _last_words(_set_up(checkout, PATH=str(poor)))


def test_a_node_that_is_too_old_is_told_so(checkout: Path, poor: Path) -> None:
    _program(poor, "node", "echo v18.20.1")

    assert "this machine has v18.20.1" in _last_words(_set_up(checkout, PATH=str(poor)))


def test_a_machine_without_npm_is_told_so(checkout: Path, poor: Path) -> None:
    _program(poor, "node", "echo v20.20.2")

    assert "npm is needed" in _last_words(_set_up(checkout, PATH=str(poor)))


def test_a_python_that_is_too_old_is_told_so(checkout: Path, poor: Path) -> None:
    (poor / "python3").unlink()
    _program(poor, "python3", 'test "$1" = --version && echo "Python 3.9.2"')

    assert "found: Python 3.9.2" in _last_words(_set_up(checkout, PATH=str(poor)))


def test_a_browser_named_by_hand_that_is_none_is_told_so(ready: Ready) -> None:
    refused = _set_up(ready.root, "test", CHROMIUM=str(ready.root / "absent"))

    assert "which is not a program" in _last_words(refused)
