"""A complete configuration of the BFF, with its files in a folder, as Lambda would hand it over."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from events.login import KEYS, ledger_of
from trust.session.ledger import Ledger
from trust.store.sqlite import SqliteTable

Result = TypeVar("Result")

PIXEL = b"\x89PNG\r\n\x1a\n\x00\xff"
"""A file of the app that is no text."""

AWS = {
    # As Lambda gives them to a function: without them, botocore would look around for some.
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "s" * 40,
    "AWS_SESSION_TOKEN": "t" * 40,
}

_REGISTRY = """
[tenants.acme]
name = "Acme Corporation"

[agents.hello]
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/hello-a1B2c3D4e5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-hello"
tenants = ["acme"]
"""


def configured(folder: Path, *, issuer: str) -> dict[str, str]:
    """Write the files that a configuration names, and return it."""
    (folder / "registry.toml").write_text(_REGISTRY)
    assets = folder / "spa" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text("<!doctype html><title>Gatehouse</title>")
    (assets / "main.js").write_text("'use strict'")
    (assets / "icon.svg").write_text("<svg/>")
    (assets / "pixel.png").write_bytes(PIXEL)
    return {
        "BFF_ENV": "dev",
        "BFF_PUBLIC_URL": "https://app.example.test",
        "BFF_APP_ID": "demo",
        "BFF_OIDC_ISSUER": issuer,
        "BFF_OIDC_CLIENT_ID": "gatehouse",
        "BFF_OIDC_CLIENT_SECRET": "env:CLIENT_SECRET",
        "CLIENT_SECRET": "s" * 32,
        "BFF_TENANT_CLAIM": "tenant_id",
        "BFF_REGISTRY": f"file:{folder / 'registry.toml'}",
        "BFF_STORE": f"sqlite:{store_of(folder)}",
        "BFF_SESSION_KEYS": "env:SESSION_KEYS",
        "SESSION_KEYS": KEYS,
        "BFF_SPA": str(folder / "spa"),
        **AWS,
    }


def store_of(folder: Path) -> Path:
    """Return where the sessions of such a configuration are."""
    return folder / "sessions.db"


def elsewhere(folder: Path, what: Callable[[Ledger], Awaitable[Result]]) -> Result:
    """Do something with its sessions as another process would."""

    async def work() -> Result:
        table = SqliteTable(store_of(folder))
        try:
            return await what(ledger_of(table))
        finally:
            await table.close()

    return asyncio.run(work())
