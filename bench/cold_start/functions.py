"""What the two functions of the BFF need beside AWS: a Runtime API, a runtime, somebody's session.

Both servers answer by rote: whoever is measured talks to them once and is gone.
"""

import asyncio
import json
import secrets
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Any

from trust.aws.opening import Region, open_identity
from trust.clock import NumericDate, SystemClock
from trust.coordinates import AppId, TenantId
from trust.seal.base64url import encode
from trust.seal.keyring import new_keyring
from trust.secret import Secret
from trust.secrets.keyring import KeptKeyring, keyring_of
from trust.secrets.opening import open_keepers
from trust.secrets.reference import parse_reference
from trust.secrets.settings import load_secret_settings
from trust.session.cookie import SESSION_COOKIE
from trust.session.ids import new_session_id
from trust.session.ledger import Ledger, Login
from trust.session.record import Identity, Owner, Session, TokenSet
from trust.wire.client import LeanWire
from trust.wire.tls import verified

ORIGIN = "https://app.example"
_PLACE = "bedrock-agentcore:us-east-1:123456789012:runtime/hello-a1B2c3D4e5"
_REGISTRY = f"""
[tenants.acme]
name = "Acme"

[agents.hello]
protocol = "AGUI"
runtime_arn = "arn:aws:{_PLACE}"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-hello"
tenants = ["acme"]
"""
_EVENT = b'data: {"type": "RUN_STARTED"}\n\n'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"%x\r\n%b\r\n0\r\n\r\n" % (len(_EVENT), _EVENT)
)


def functions(given: Mapping[str, str], table: str) -> dict[str, str]:
    """Start the servers, log somebody in, and return the environment of both functions."""
    folder = Path(tempfile.mkdtemp(prefix="cold-start-"))
    (folder / "registry.toml").write_text(_REGISTRY)
    (folder / "spa").mkdir()
    (folder / "spa" / "index.html").write_text("<!doctype html>")
    keys = new_keyring(secrets.token_bytes)
    cookie = asyncio.run(_logged_in({**given, "SESSION_KEYS": keys}, table))
    asked = _request("POST", "/api/agents/hello/invocations", cookie, '{"prompt": "hi"}')
    servers = _Servers(json.dumps(asked).encode())
    Thread(target=servers.run, daemon=True).start()
    runtime_api, agentcore = servers.ready()
    return {
        "BFF_PUBLIC_URL": ORIGIN,
        "BFF_OIDC_CLIENT_ID": "gatehouse",
        "BFF_OIDC_CLIENT_SECRET": "env:OIDC_CLIENT_SECRET",
        "OIDC_CLIENT_SECRET": "made-up-and-long-enough-for-a-secret",
        "BFF_REGISTRY": f"file:{folder / 'registry.toml'}",
        "BFF_SESSION_KEYS": "env:SESSION_KEYS",
        "SESSION_KEYS": keys,
        "BFF_SPA": str(folder / "spa"),
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": f"http://{agentcore}",
        "BENCH_EVENT_JSON": json.dumps(_request("GET", "/auth/session", cookie, None)),
    }


async def _logged_in(given: Mapping[str, str], table: str) -> str:
    clock, wire = SystemClock(), LeanWire(verified())
    now = clock.now()
    kept = await open_keepers(load_secret_settings(given), given, clock).secrets.keyring(
        parse_reference("env:SESSION_KEYS"), keyring_of
    )
    region = Region(
        name=given["AWS_REGION"],
        environment=given,
        wire=wire,
        identity=open_identity(given, clock),
        clock=clock,
    )
    app = AppId(given["BFF_APP_ID"])
    ledger = Ledger(region.table(table), KeptKeyring(kept), app=app, random=secrets.token_bytes)
    session = _session(app, given["BFF_OIDC_ISSUER"], now)
    await ledger.create(session, Login(attempt=secrets.token_hex(8), begun_at=now), now=now)
    await wire.close()
    return f"{SESSION_COOKIE}={session.ticket}"


def _session(app: AppId, issuer: str, now: NumericDate) -> Session:
    later = NumericDate(now + 3600)
    return Session(
        owner=Owner(app=app, tenant=TenantId("acme"), subject=encode(secrets.token_bytes(16))),
        id=Secret(new_session_id().reveal()),
        version=1,
        identity=Identity(issuer=issuer, sub="alice", name="Alice", auth_time=now),
        tokens=TokenSet(
            access_token=Secret(secrets.token_urlsafe(900)),
            expires_at=later,
            received_at=now,
            refresh_token=Secret(secrets.token_urlsafe(64)),
            id_token=Secret(secrets.token_urlsafe(900)),
        ),
        created_at=now,
        seen_at=now,
        idle_expires_at=later,
        ends_at=later,
    )


def _request(method: str, path: str, cookie: str, body: str | None) -> dict[str, Any]:
    headers = {
        "cookie": [cookie],
        "x-csrf": ["1"],
        "sec-fetch-site": ["same-origin"],
        "accept": ["text/event-stream"],
        "content-type": ["application/json"],
    }
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {name: values[0] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"identity": {"sourceIp": "192.0.2.7"}, "stage": "prod"},
        "body": body,
        "isBase64Encoded": False,
    }


class _Servers:
    """The Runtime API, which has one event for everybody, and AgentCore, which has one answer."""

    def __init__(self, event: bytes) -> None:
        self._event = event
        self._places: list[str] = []

    def ready(self) -> tuple[str, str]:
        """Return host and port of both, once they listen."""
        while len(self._places) < 2:  # noqa: PLR2004 two servers
            time.sleep(0.01)
        return self._places[0], self._places[1]

    def run(self) -> None:
        """Serve for ever."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        for converse in (self._invocations, _agentcore):
            server = await asyncio.start_server(converse, "127.0.0.1", 0)
            self._places.append(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await asyncio.Event().wait()

    async def _invocations(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        deadline = int((time.time() + 60) * 1000)  # noqa: TID251 a measurement, no product
        head = (
            "HTTP/1.1 200 OK\r\n"
            f"Lambda-Runtime-Aws-Request-Id: {secrets.token_hex(16)}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {deadline}\r\n"
            f"Content-Length: {len(self._event)}\r\n\r\n"
        )
        writer.write(head.encode() + self._event)
        await _taken(reader, writer)


async def _agentcore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_ANSWER)
    await _taken(reader, writer)


async def _taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take whatever comes, until the other side is gone."""
    try:
        while await reader.read(65536):
            pass
    except ConnectionError:
        pass
    writer.close()
