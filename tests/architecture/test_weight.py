"""An entry point loads what it needs: more is a slower cold start, and more to trust."""

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from architecture.tree import ROOT, files

_NEVER = ("devstack", "strands", "moto", "playwright", "pytest", "tests", "examples")
"""Other people's programs: the agent's, the local stack's, the tests'."""

_WEB = ("fastapi", "starlette", "mangum", "pydantic")
_CLIENTS = ("authlib", "httpx", "hvac")

_HEAVY = (
    "fastapi",
    "mangum",
    "pydantic",
    "anyio",
    *_CLIENTS,
    "boto3",
    "botocore",
    "jose",
    "joserfc",
)
"""What a function that streams has no use for before its first byte."""

_UNNAMED = ("bff.admin",)
"""What is there only where the settings name it."""

_ENTRY_POINTS = {
    "authorizer.handler": (*_NEVER, *_WEB, *_CLIENTS),
    "proxy.lambda_stream.__main__": (*_NEVER, *_HEAVY, "cryptography"),
    "bff.streaming": (*_NEVER, *_HEAVY),
    "bff.lambda_handler": (*_NEVER, *_UNNAMED),
    "bff.app": (*_NEVER, *_UNNAMED, "mangum"),
    "bff.command": (*_NEVER, *_WEB),
}

_BEGUN = """
import asyncio, contextlib
from bff.main import app
from trust.errors import SettingsError
with contextlib.suppress(SettingsError):
    asyncio.run(app.begin())
"""
"""A server that begins, as far as it comes without its secrets."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

_PRELUDE = "import sys; sys.path.insert(0, sys.argv[1])\n"
_TELL = "\nprint('\\n'.join(sorted(sys.modules)))"


_ENV = {
    "BFF_ENV": "dev",
    "BFF_APP_ID": "demo",
    "BFF_PUBLIC_URL": "http://localhost:8000",
    "BFF_OIDC_ISSUER": "http://127.0.0.1:9400",
    "BFF_OIDC_CLIENT_ID": "gatehouse",
    "BFF_OIDC_CLIENT_SECRET": "env:NAME",
    "BFF_TENANT_CLAIM": "tenant_id",
    "BFF_REGISTRY": f"file:{ROOT / 'src' / 'devstack' / 'registry.toml'}",
    "BFF_STORE": "dynamodb:sessions",
    "BFF_SESSION_KEYS": "env:NAME",
    "AWS_REGION": "us-east-1",
}
"""Enough for a Lambda handler to start: it is built while its module is imported."""


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a clean interpreter has after a statement."""
    run = subprocess.run(
        [
            sys.executable,
            "-I",
            "-W",
            "error",
            "-c",
            _PRELUDE + statement + _TELL,
            str(ROOT / "src"),
        ],
        env=_ENV,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


@pytest.mark.parametrize("module", _ENTRY_POINTS)
def test_an_entry_point_loads_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import {module}").isdisjoint(_ENTRY_POINTS[module])


def test_a_heavy_import_is_seen_through_other_modules() -> None:
    assert "starlette" in loaded_by("import fastapi")


def imported_late(package: str) -> Iterator[str]:
    """Yield the modules that functions of a package import when they are called."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files(f"src/{package}")]
    inner = [node for tree in trees for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]
    for node in (node for function in inner for node in ast.walk(function)):
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_a_servers_first_login_imports_nothing() -> None:
    late = set(imported_late("bff/provider"))

    assert {"httpx", "joserfc.jwk"} <= late
    assert late - loaded_by(_BEGUN) == set()
