"""A whole Gatehouse for tests: the product's own wiring, with fakes at the ports to the outside."""

import secrets
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from bff import streaming_path, wiring
from bff.app import Gatehouse, create_app
from bff.gate import Gate
from bff.settings import load_settings
from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from fakes.proxy.browser import ORIGIN, Browser
from fakes.proxy.canary import Canary, listening
from fakes.proxy.provider.carriers import Loopback, provider_on_loopback
from fakes.proxy.provider.idp import CLIENT_ID, CLIENT_SECRET, FakeProvider
from fakes.proxy.runtime import FakeRuntime
from fakes.proxy.vendor import FakeVendor
from fakes.proxy.wire import Wire, serving
from trust.seal.keyring import new_keyring
from trust.store.memory import MemoryTable

REGISTRY = """
[tenants.acme]
name = "Acme Corporation"

[tenants.globex]
name = "Globex"

[tenants.frozen]
name = "Frozen Inc."
suspended = true

[agents.hello]
title = "Hello World"
description = "Says hello."
protocol = "AGUI"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/hello-a1B2c3D4e5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-hello"
data_role_arn = "arn:aws:iam::123456789012:role/gatehouse-data-hello"
data_bucket = "gatehouse-data"
data_table = "gatehouse-data"
tenants = ["acme", "globex"]
stop_on_disconnect = true

[agents.ledger]
title = "Ledger"
protocol = "HTTP"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/ledger-f6G7h8I9j0"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-ledger"
tenants = ["acme"]
for_user = true

[agents.bearer]
title = "Bearer"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/bearer-f6G7h8I9j0"
auth = "jwt"
tenants = ["acme"]
"""

TOOLS = """
[agents.tools]
title = "Tools"
protocol = "MCP"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/tools-k1L2m3N4o5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-tools"
tenants = ["acme"]
"""
"""An MCP server, for those tests that have one beside the others."""

PEER = """
[agents.peer]
title = "Peer"
protocol = "A2A"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/peer-p6Q7r8S9t0"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-peer"
tenants = ["acme"]
"""
"""An A2A agent, for those that have one."""

LIMITS = (
    "BFF_LIMIT_LOGINS",
    "BFF_LIMIT_CALLBACKS",
    "BFF_LIMIT_ADDRESS_CALLS",
    "BFF_LIMIT_CALLS",
    "BFF_LIMIT_TENANT_CALLS",
    "BFF_LIMIT_MESSAGES",
    "BFF_LIMIT_TENANT_MESSAGES",
)

Made = TypeVar("Made")

_NO_TLS = ssl.create_default_context()

INDEX = b"<!doctype html><title>Gatehouse</title><script type=module src=/assets/app.js></script>"


@dataclass(kw_only=True, eq=False)
class House:
    """Everything a test may want to look at or to break."""

    app: Gatehouse
    gate: Gate
    clock: StoppedClock
    table: FaultyTable
    vendor: FakeVendor
    carrier: Loopback
    runtime: FakeRuntime
    wire: Wire
    canary: Canary
    environment: dict[str, str]
    browsers: list[Browser] = field(default_factory=list[Browser])

    @property
    def provider(self) -> FakeProvider:
        """The identity provider."""
        return self.carrier.provider

    def browser(self) -> Browser:
        """Open a browser without cookies."""
        opened = Browser(app=self.app, provider=self.provider)
        self.browsers.append(opened)
        return opened

    def secrets(self) -> set[str]:
        """Return everything that may stand in no log line and in no body."""
        found = {CLIENT_SECRET, *self.provider.issued, *self.runtime.sessions}
        for grant in self.vendor.sold:
            found |= {grant.secret_access_key.reveal()}
            found |= {grant.session_token.reveal()} if grant.session_token else set()
        for browser in self.browsers:
            found |= browser.held
            # The id alone is the secret of a ticket, so it may not appear alone either.
            found |= {value.rpartition(".")[2] for value in browser.held}
        return found


def environment(
    folder: Path, *, issuer: str, runtime: str, changes: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment of a Gatehouse whose files are in `folder`."""
    (folder / "registry.toml").write_text(REGISTRY)
    (folder / "spa" / "assets").mkdir(parents=True, exist_ok=True)
    (folder / "spa" / "index.html").write_bytes(INDEX)
    (folder / "spa" / "assets" / "app.js").write_bytes(b"export {}\n")
    return {
        "BFF_ENV": "dev",
        "BFF_PUBLIC_URL": ORIGIN,
        "BFF_APP_ID": "demo",
        "BFF_OIDC_ISSUER": issuer,
        "BFF_OIDC_CLIENT_ID": CLIENT_ID,
        "BFF_OIDC_CLIENT_SECRET": "env:CLIENT_SECRET",
        "BFF_OIDC_SCOPES": "openid profile email offline_access",
        "BFF_TENANT_CLAIM": "tenant_id",
        "BFF_REGISTRY": f"file:{folder / 'registry.toml'}",
        "BFF_STORE": "sqlite:replaced-by-a-fake",
        "BFF_SESSION_KEYS": "env:SESSION_KEYS",
        "BFF_SESSION_CACHE": "0s",
        "BFF_SPA": str(folder / "spa"),
        "BFF_MAX_BODY_BYTES": "65536",
        "BFF_STREAM_IDLE": "5s",
        "BFF_STREAMS_PER_SUBJECT": "2",
        # Counted, but out of the way: the clock stands still, and everybody has one address.
        **dict.fromkeys(LIMITS, "1000000/1m"),
        "AWS_REGION": "us-east-1",
        # Made up, so that boto3 looks nowhere for an identity of this machine's own.
        "AWS_ACCESS_KEY_ID": "AKIAGATEHOUSETESTS00",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": runtime,
        "CLIENT_SECRET": CLIENT_SECRET,
        "SESSION_KEYS": new_keyring(secrets.token_bytes),
        **changes,
    }


@asynccontextmanager
async def open_house(
    folder: Path, monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, str]
) -> AsyncGenerator[House]:
    """Open a Gatehouse; at its end, look into every log line and every body for secrets."""
    clock, runtime = StoppedClock(), FakeRuntime()
    table, vendor = FaultyTable(MemoryTable()), FakeVendor(clock=clock)
    # Nothing here speaks TLS, and reading the world's certificates takes most of a test's time.
    monkeypatch.setattr(ssl, "create_default_context", _always(_NO_TLS))
    monkeypatch.setattr(wiring, "SystemClock", _always(clock))
    monkeypatch.setattr(streaming_path, "_table", _always(table))
    monkeypatch.setattr(streaming_path, "_vendor", _always(vendor))
    with listening() as canary:
        async with provider_on_loopback(clock) as (carrier, _), serving(runtime.answer) as wire:
            variables = environment(
                folder, issuer=carrier.provider.issuer, runtime=wire.origin, changes=changes
            )
            app = create_app(load_settings(variables), variables)
            house = House(
                app=app,
                gate=await app.gate(),
                clock=clock,
                table=table,
                vendor=vendor,
                carrier=carrier,
                runtime=runtime,
                wire=wire,
                canary=canary,
                environment=variables,
            )
            try:
                yield house
            finally:
                await house.gate.close()
        nothing_told(house)


def _always(made: Made) -> Callable[..., Made]:
    def make(*_: object, **__: object) -> Made:
        return made

    return make


def nothing_told(house: House) -> None:
    """Look for secrets in every log line and every answer. Raises AssertionError."""
    told = house.secrets()
    ours = [line for line in house.canary.leaks(told) if not _is_wire_dump(line)]
    assert not ours, f"a secret stands in the log: {ours[0]}"
    bodies = [answer.body for browser in house.browsers for answer in browser.seen]
    # In all of them at once: one by one, to look takes longer than many a test.
    everything = b"\0".join(bodies)
    for secret in told:
        assert secret.encode() not in everything, "a secret stands in an answer"


def _is_wire_dump(line: str) -> bool:
    # What httpcore writes down of the wire at DEBUG is no line of the product's, which keeps
    # all libraries at WARNING (`bff.main`, tests/bff/test_main.py).
    return line.startswith("httpcore.")


@pytest.fixture
def settings_changes() -> dict[str, str]:
    """Return environment variables to change; a test module may have its own."""
    return {}


@pytest.fixture
async def house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings_changes: dict[str, str]
) -> AsyncIterator[House]:
    """Open a Gatehouse of the test's own."""
    async with open_house(tmp_path, monkeypatch, settings_changes) as opened:
        yield opened


@pytest.fixture
def browser(house: House) -> Browser:
    """Open a browser without cookies."""
    return house.browser()


@pytest.fixture
async def alice(browser: Browser) -> Browser:
    """Open a browser in which Alice of acme has logged in."""
    answer = await browser.login()
    assert answer.status == 200
    return browser


__all__ = ["alice", "browser", "house", "settings_changes"]
