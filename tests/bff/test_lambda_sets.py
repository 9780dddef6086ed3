"""Each Lambda function ships its own packages: it starts, and works, with these alone."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from events.configured import configured

ROOT = Path(__file__).parents[2]

_NAME = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)

_ONLY = """
import sys
sys.path[:0] = [sys.argv[1]]
forbidden = set(sys.argv[2].split(","))

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in forbidden:
            raise ModuleNotFoundError(f"not in this function's set: {name}", name=name)

sys.meta_path.insert(0, Blocked())
"""

_LATE = """
import bff.provider.configured
import trust.secrets.secretsmanager
import trust.secrets.vault.sources
import trust.store.sqlite
import trust.wire.http
"""
"""What is imported where a setting, or the first refresh, asks for it."""

_AUTHORIZER = {
    "AUTHORIZER_MODE": "cookie,bearer",
    "AUTHORIZER_AUDIENCE": "https://app.example/api",
    "AUTHORIZER_JWKS_URL": "https://login.example/jwks.json",
}

FUNCTIONS = {
    "authorizer": "import authorizer.handler, authorizer.bearer, authorizer.jwks, authorizer.http",
    "stream": "import proxy.lambda_stream.__main__, bff.streaming\n" + _LATE,
    "json": "import bff.lambda_handler\n" + _LATE,
}


def normal(name: str) -> str:
    """Return a package's name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def shipped(lock: str) -> set[str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return {normal(name) for name in _NAME.findall(text)}


def foreign_to(lock: str) -> set[str]:
    """Return the modules installed here that the lock's packages do not bring."""
    found = shipped(lock)
    modules = packages_distributions()
    return {name for name, of in modules.items() if not {normal(dist) for dist in of} & found}


def started(lock: str, program: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a program that finds the lock's packages, ours, and Python's own."""
    environment = configured(folder, issuer="https://login.example") | _AUTHORIZER
    foreign = ",".join(sorted(foreign_to(lock)))
    return subprocess.run(
        [sys.executable, "-I", "-c", _ONLY + program, str(ROOT / "src"), foreign],
        env=environment | {"BFF_STORE": "dynamodb:sessions"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("lock", FUNCTIONS)
def test_a_function_needs_no_package_that_it_does_not_ship(lock: str, tmp_path: Path) -> None:
    done = started(lock, FUNCTIONS[lock], tmp_path)

    assert done.returncode == 0, done.stderr


def test_a_package_that_is_not_shipped_is_not_found(tmp_path: Path) -> None:
    done = started("stream", "import fastapi", tmp_path)

    assert "not in this function's set: fastapi" in done.stderr


@pytest.mark.parametrize("lock", FUNCTIONS)
def test_a_functions_lock_names_hashes_and_no_index(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    packages = [line for line in text.replace("\\\n", "").splitlines() if line.strip()]

    assert packages
    assert all("==" in line and "--hash=sha256:" in line for line in packages)
    assert "://" not in text


@pytest.mark.parametrize("lock", FUNCTIONS)
def test_a_function_ships_what_the_whole_ships_and_less(lock: str) -> None:
    assert shipped(lock) < shipped("bff")


def test_only_the_function_for_json_ships_a_web_framework() -> None:
    frameworks = {"fastapi", "pydantic", "mangum", "uvicorn"}

    assert shipped("stream").isdisjoint(frameworks)
    assert shipped("authorizer").isdisjoint(frameworks | {"boto3", "httpx", "starlette"})
    assert "python-jose" not in shipped("stream") | shipped("json")
