"""What a cold start of the authorizer does not load."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src"
FRAMEWORKS = {"fastapi", "starlette", "mangum", "authlib", "httpx", "hvac", "strands", "pydantic"}
COOKIE: Mapping[str, str] = {
    "BFF_APP_ID": "demo",
    "BFF_STORE": "dynamodb:gatehouse-sessions",
    "AWS_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "AKIAGATEHOUSETESTS00",
    "AWS_SECRET_ACCESS_KEY": "made-up",
}
BEARER: Mapping[str, str] = {
    "AUTHORIZER_MODE": "bearer",
    "BFF_APP_ID": "demo",
    "BFF_OIDC_ISSUER": "https://login.example.test",
    "AUTHORIZER_AUDIENCE": "https://app.example.test/api",
    "AUTHORIZER_JWKS_URL": "https://login.example.test/jwks",
    "BFF_TENANT_CLAIM": "tenant_id",
}
EVERYTHING = """
import pkgutil, importlib, authorizer
for module in pkgutil.walk_packages(authorizer.__path__, "authorizer."):
    importlib.import_module(module.name)
"""
DECISION = """
from authorizer.handler import handler
from trust.store.table import StoreUnavailable
event = {
    "type": "REQUEST",
    "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/GET/api",
    "multiValueHeaders": {"Cookie": ["__Host-Http-session=v1.acme." + "s" * 22 + "." + "i" * 43]},
}
try:
    handler(event, None)
except StoreUnavailable:
    pass
"""
"""A look into a table that nobody serves."""


def loaded(environment: Mapping[str, str], statements: str) -> set[str]:
    """Run statements in a clean interpreter; return the top-level modules that it has then."""
    program = f"{statements}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize("environment", [COOKIE, BEARER], ids=["cookie", "bearer"])
def test_no_framework_is_loaded_by_any_module(environment: Mapping[str, str]) -> None:
    assert not loaded(environment, EVERYTHING) & FRAMEWORKS


def test_a_cookie_is_decided_without_a_client_an_event_loop_or_a_parser_of_mail() -> None:
    """Each would cost a tenth of the cold start, or much more."""
    found = loaded(COOKIE, DECISION)

    heavy = {"boto3", "botocore", "jose", "cryptography", "httptools", "uvloop", "urllib3"}
    assert "socket" in found
    assert not found & (heavy | {"asyncio", "email", "http", "xml", "concurrent"})


def test_a_cookie_is_decided_without_what_a_hundredth_of_the_time_would_go_to() -> None:
    """Tables of international names, and what else comes in by a side door."""
    assert not loaded(COOKIE, DECISION) & {"dataclasses", "inspect", "random", "stringprep"}


def test_bearer_tokens_need_no_aws() -> None:
    found = loaded(BEARER, "import authorizer.handler")

    assert "jose" in found
    assert not found & {"boto3", "botocore", "asyncio", "http"}
