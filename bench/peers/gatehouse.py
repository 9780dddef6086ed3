"""Gatehouse as it runs in production: `gatehouse serve`, one process, SQLite, every check on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bench.build import Build
from bench.login import Person, log_in
from bench.process import SERVER_CORE, pinned
from bench.target import Peer, Target
from devstack.dev.child import Command

CALL_HEADERS = {
    "X-CSRF": "1",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Content-Type": "application/json",
    "Accept": "application/json",
}

_ROLE = "arn:aws:iam::123456789012:role/gatehouse"
_RUNTIME = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime"
REGISTRY = f"""\
[tenants.acme]
name = "Acme Corporation"
claims = ["acme"]

[agents.hello]
title = "Called with a caller grant"
description = "What every call needs."
protocol = "AGUI"
runtime_arn = "{_RUNTIME}/hello-a1B2c3D4e5"
auth = "sigv4"
invoke_role_arn = "{_ROLE}-invoke-hello"
tenants = ["acme"]

[agents.ledger]
title = "Called with a caller grant and a data grant"
description = "The same, and the tenant's own data for the agent."
protocol = "AGUI"
runtime_arn = "{_RUNTIME}/ledger-f6G7h8I9j0"
auth = "sigv4"
invoke_role_arn = "{_ROLE}-invoke-ledger"
data_role_arn = "{_ROLE}-data-ledger"
data_bucket = "gatehouse-data"
data_table = "gatehouse-data"
tenants = ["acme"]
"""

_UNLIMITED = (
    "BFF_LIMIT_LOGINS",
    "BFF_LIMIT_CALLBACKS",
    "BFF_LIMIT_ADDRESS_CALLS",
    "BFF_LIMIT_CALLS",
    "BFF_LIMIT_TENANT_CALLS",
    "BFF_LIMIT_MESSAGES",
    "BFF_LIMIT_TENANT_MESSAGES",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every process of Gatehouse shares here."""

    environment: Mapping[str, str]
    """The local stack's: provider, AWS, keys, client secret."""
    folder: Path
    authority: Path
    origin: str
    build: Build


def command(name: str, port: int, upstream: str, around: Surroundings, **more: str) -> Command:
    """Return one process, whose data plane is `upstream`; `more` settings go before the usual.

    BFF_ENV=dev since the provider here is on http; it changes nothing on the way of a call.
    """
    registry = around.folder / "registry.toml"
    registry.write_text(REGISTRY)
    settings = {
        "BFF_REGISTRY": f"file:{registry}",
        "BFF_STREAMS_PER_SUBJECT": "1000",
        "BFF_STREAMS_PER_TENANT": "1000",
        "BFF_MAX_ANSWER_BYTES": str(1 << 40),
        # An hour's soak must not end for a reason that is not its own.
        "BFF_STREAM_MAX": "4h",
        "BFF_STREAM_IDLE": "4h",
        "BFF_SESSION_IDLE": "12h",
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": upstream,
        "SSL_CERT_FILE": str(around.authority),
        **dict.fromkeys(_UNLIMITED, "1000000/1m"),
    }
    serve = (around.build.python, "-m", "bff.command", "serve", "--host", "127.0.0.1", "--port")
    return Command(
        name=name,
        argv=pinned(SERVER_CORE, (*serve, str(port))),
        env={**around.environment, **settings, **more},
        cwd=around.folder,
        probe=f"http://127.0.0.1:{port}/readyz",
    )


def logged_in(around: Surroundings, person: Person) -> str:
    """Return the Cookie header of somebody who has logged in at the public origin."""
    return log_in(f"{around.origin}/auth/login", person)


def calling(
    peer: Peer, program: str, port: int, cookie: str, around: Surroundings, *, agent: str = "hello"
) -> Target:
    """Return the way to an agent through one of the processes."""
    return Target(
        peer=peer,
        url=f"http://127.0.0.1:{port}/api/agents/{agent}/invocations",
        program=program,
        headers={**CALL_HEADERS, "Host": urlsplit(around.origin).netloc, "Cookie": cookie},
    )


def one_chat(target: Target, body: bytes) -> Target:
    """Return the target with a chat begun, which every further call goes on in.

    Raises httpx.HTTPError where the call is refused.
    """
    answer = httpx.post(
        target.url, content=body, headers=dict(target.headers), trust_env=False, timeout=30
    )
    answer.raise_for_status()
    headers = {**target.headers, "Chat-Id": answer.headers["chat-id"]}
    return Target(peer=target.peer, url=target.url, program=target.program, headers=headers)
