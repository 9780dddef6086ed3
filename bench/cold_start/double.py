"""An AWS on loopback with one session in it, and an issuer with one token: `python -m …double`.

A process of its own, so that what is measured has a processor to itself. Says the environment of
the cases in one line of JSON, and ends with its standard input.
"""

import json
import secrets
import sys
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from threading import Thread
from typing import Any

import boto3
from jose import jwk, jwt
from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs] its types come inline
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import WSGIRequestHandler, make_server

from bench.cold_start.functions import functions
from trust.coordinates import AppId, TenantId
from trust.seal.base64url import encode
from trust.secret import Secret
from trust.session.cookie import SESSION_COOKIE
from trust.session.ids import Ticket, hash_of, new_session_id
from trust.session.record import Owner, session_key

REGION = "us-east-1"
TABLE = "gatehouse-sessions"
ISSUER = "https://login.example"
AUDIENCE = "https://app.example/api"
BOX_BYTES = 2500
"""What the sealed tokens of a session come to."""
_ARN = f"arn:aws:execute-api:{REGION}:123456789012:abcdef1234/prod/GET/api/agents"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 as inherited
        pass


@contextmanager
def serving(keys: bytes) -> Generator[str]:
    """Serve moto, and the key set at /jwks.json; yield the URL of both."""
    aws = DomainDispatcherApplication(create_backend_app)

    def either(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/jwks.json":
            start("200 OK", [("Content-Type", "application/json")])
            return [keys]
        answered: Iterable[bytes] = aws(environ, start)
        return answered

    # One connection is kept while another is opened: threads. Only one call comes at a time.
    server = make_server("127.0.0.1", 0, either, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def environment(url: str, token: str) -> dict[str, str]:
    """Lay the table, write a session, and return what the cases are given."""
    given = {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "AKIAGATEHOUSEBENCH00",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_ENDPOINT_URL": url,
        "BFF_ENV": "dev",
        "BFF_APP_ID": "demo",
        "BFF_STORE": f"dynamodb:{TABLE}",
        "BFF_OIDC_ISSUER": ISSUER,
        "BFF_TENANT_CLAIM": "tenant_id",
        "AUTHORIZER_AUDIENCE": AUDIENCE,
        "AUTHORIZER_JWKS_URL": f"{url}/jwks.json",
        "BENCH_TABLE": TABLE,
        "BENCH_TOKEN": token,
    }
    cookie, key = _session(url)
    given |= functions(given, TABLE)
    return given | {
        "BENCH_KEY": json.dumps(key),
        "BENCH_EVENT_COOKIE": api_event("cookie", cookie),
        "BENCH_EVENT_TOKEN": api_event("authorization", f"Bearer {token}"),
    }


def signed_token() -> tuple[str, bytes]:
    """Return a token for an hour, and the key set that verifies it."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = jwk.construct(pem, "RS256").public_key().to_dict()
    keys = {"keys": [{**public, "kid": "one", "use": "sig"}]}
    now = int(time.time())  # noqa: TID251 a measurement, no product
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "tenant_id": "acme",
        "iat": now,
        "exp": now + 3600,
        # Providers put a good deal more into a token: 1.2 kB is usual.
        "permissions": [f"agents:{name}:use" for name in range(30)],
    }
    token = jwt.encode(claims, pem, algorithm="RS256", headers={"kid": "one"})
    return token, json.dumps(keys, default=bytes.decode).encode()


def _session(url: str) -> tuple[str, dict[str, dict[str, str]]]:
    client = boto3.client(  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service
        "dynamodb",
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="AKIAGATEHOUSEBENCH00",
        aws_secret_access_key="made-up",  # noqa: S106 nobody's
    )
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
    ticket = Ticket(
        tenant=TenantId("acme"), subject=encode(secrets.token_bytes(16)), id=new_session_id()
    )
    key = _key(ticket)
    until = str(int(time.time()) + 3600)  # noqa: TID251 a measurement, no product
    row: dict[str, Any] = {
        **key,
        "version": {"N": "1"},
        "expires_at": {"N": until},
        "kid": {"S": "key-1"},
        "box": {"B": secrets.token_bytes(BOX_BYTES)},
        "device": {"S": "Firefox on Linux"},
    }
    client.put_item(TableName=TABLE, Item=row)
    return f"{SESSION_COOKIE}={ticket}", key


def _key(ticket: Ticket) -> dict[str, dict[str, str]]:
    owner = Owner(app=AppId("demo"), tenant=ticket.tenant, subject=ticket.subject)
    key = session_key(owner, hash_of(Secret(ticket.id.reveal())))
    return {"pk": {"S": key.partition}, "sk": {"S": key.sort}}


def api_event(header: str, value: str) -> str:
    """Return a REST API's event for its authorizer, with one header that proves somebody."""
    event = {
        "type": "REQUEST",
        "methodArn": _ARN,
        "requestContext": {"requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"},
        "multiValueHeaders": {header: [value], "accept": ["application/json"]},
    }
    return json.dumps(event)


def main() -> None:
    """Serve until nobody is left who wants it."""
    token, keys = signed_token()
    with serving(keys) as url:
        sys.stdout.write(json.dumps(environment(url, token)) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
