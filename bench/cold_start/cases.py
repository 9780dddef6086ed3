"""What is started afresh, by name. Whoever has a cold start of their own adds a case here.

A case is a program that does one thing from nothing, and leaves by `os._exit(0)` as soon as it is
done: nobody waits for an interpreter to be torn down. It is given the environment of
`bench.cold_start.double`: an AWS on loopback, a session in its table, a signed token.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

BARE = "bare"
"""The interpreter alone, which every other figure is without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A program, and what it is compared with."""

    name: str
    does: str
    program: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    against: str | None = None
    """The case whose time is 1."""
    at_most: float | None = None
    """The goal: the largest share of that time."""


_GET_ITEM = """
import json, os, time
import boto3
client = boto3.client("dynamodb", region_name=os.environ["AWS_REGION"])
key = json.loads(os.environ["BENCH_KEY"])
found = client.get_item(TableName=os.environ["BENCH_TABLE"], Key=key, ConsistentRead=True)
assert int(found["Item"]["expires_at"]["N"]) > time.time()
"""

_LEAVE = "os._exit(0)\n"

_VERIFY = """
import urllib.request
from jose import jwt
with urllib.request.urlopen(os.environ["AUTHORIZER_JWKS_URL"]) as response:
    keys = json.load(response)
jwt.decode(
    os.environ["BENCH_TOKEN"],
    keys,
    algorithms=["RS256"],
    audience=os.environ["AUTHORIZER_AUDIENCE"],
    issuer=os.environ["BFF_OIDC_ISSUER"],
)
"""

_AUTHORIZE = """
import json, os
from authorizer.handler import handler
answer = handler(json.loads(os.environ["BENCH_EVENT_{proof}"]), None)
assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow", answer
os._exit(0)
"""

_CARD = """
import contextlib, os
import fastapi, mangum, httpx, authlib.integrations.httpx_client, boto3, jose.jwt, hvac
for name in ("pydantic_settings", "structlog"):
    with contextlib.suppress(ImportError):
        __import__(name)
for service in ("dynamodb", "sts"):
    boto3.client(service, region_name=os.environ["AWS_REGION"])
os._exit(0)
"""

_STREAM = """
import asyncio, os
from proxy.lambda_stream.__main__ import load, run
app = load("bff.streaming:app")
async def until_the_first_byte(scope, receive, send):
    async def watched(message):
        await send(message)
        if message.get("status", 200) != 200:
            os._exit(1)
        if message.get("body"):
            os._exit(0)
    await app(scope, receive, watched)
asyncio.run(run({**os.environ, "_HANDLER": "__main__:until_the_first_byte"}))
"""

_JSON = """
import json, os
from bff.lambda_handler import handler
answer = handler(json.loads(os.environ["BENCH_EVENT_JSON"]), None)
assert answer["statusCode"] == 200 and json.loads(answer["body"])["authenticated"], answer
os._exit(0)
"""

CASES = (
    Case(name=BARE, does="the interpreter alone", program="import os; os._exit(0)"),
    Case(name="boto3", does="boto3: client, GetItem of the session", program=_GET_ITEM + _LEAVE),
    Case(
        name="authorizer-session",
        does="the authorizer: a session cookie decided",
        program=_AUTHORIZE.format(proof="COOKIE"),
        environment={"AUTHORIZER_MODE": "cookie"},
        against="boto3",
        at_most=0.25,
    ),
    Case(
        name="boto3-jose",
        does="the same, then python-jose: a bearer token verified",
        program=_GET_ITEM + _VERIFY + _LEAVE,
    ),
    Case(
        name="authorizer-bearer",
        does="the authorizer: a bearer token decided",
        program=_AUTHORIZE.format(proof="TOKEN"),
        environment={"AUTHORIZER_MODE": "bearer"},
        against="boto3-jose",
        at_most=0.4,
    ),
    Case(
        name="card",
        does="imports of fastapi, mangum, httpx, authlib, boto3, python-jose, hvac; two clients",
        program=_CARD,
    ),
    Case(
        name="lambda-stream",
        does="the streaming function: an agent's first byte",
        program=_STREAM,
        against="card",
        at_most=0.3,
    ),
    Case(
        name="lambda-json",
        does="the function of all else: who is logged in",
        program=_JSON,
        against="card",
        at_most=0.8,
    ),
)
