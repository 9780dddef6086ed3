"""API Gateway's double in front of all three functions: who is asked, and what a browser gets."""

import asyncio
import base64
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from devstack.aws.runners import KeyPair, key_of
from devstack.runtime_api.api import Api, Route, route
from devstack.runtime_api.functions import AUTHORIZER, JSON, STREAM
from devstack.runtime_api.managed import Handler, loaded, serve
from devstack.runtime_api.server import RuntimeApi
from devstack.runtime_api.whole import Borrow
from fakes.clock import StoppedClock
from fakes.proxy.asgi import Answer, ask
from trust.secret import Secret

INFRA = Path(__file__).parents[3] / "infra"
STAGE = "arn:aws:execute-api:us-east-1:123456789012:local/prod"
COOKIE = ("cookie", "a=1")
ROUTES = {
    "/auth/{proxy+}": Route.OPEN,
    "/admin/{proxy+}": Route.OPEN,
    "/healthz": Route.OPEN,
    "/readyz": Route.OPEN,
    "/api/{proxy+}": Route.JSON,
    "/api/agents/{agent}/invocations": Route.STREAM,
}


@asynccontextmanager
async def function(handler: Handler) -> AsyncGenerator[Borrow]:
    """Run a function in Lambda's own runtime, in a thread."""
    async with RuntimeApi(StoppedClock()).served() as api:
        running = asyncio.ensure_future(asyncio.to_thread(serve, api.authority, handler))

        @asynccontextmanager
        async def borrowed() -> AsyncGenerator[RuntimeApi]:
            yield api

        yield borrowed
    await running


def verdict(effect: str = "Allow", resource: str = f"{STAGE}/*/*", **context: str) -> Any:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return {"principalId": "x", "policyDocument": {"Statement": [statement]}, "context": context}


async def streamed(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"a stream"})


async def asked(
    path: str, *, authorizer: Handler, json: Handler, headers: list[tuple[str, str]] | None = None
) -> Answer:
    async with function(authorizer) as first, function(json) as second:
        api = Api(authorizer=first, json=second, stream=streamed)
        return await ask(api, "POST", path, headers=[COOKIE] if headers is None else headers)


def never(_event: Any, _context: object) -> Any:
    raise AssertionError("nobody may call this function")


def ok(event: Any, _context: object) -> Any:
    return {"statusCode": 200, "headers": {"x-path": event["path"]}, "body": "fine"}


def allowing(event: Any, _context: object) -> Any:
    assert event["type"] == "REQUEST"
    assert event["methodArn"].startswith(f"{STAGE}/POST/api/")
    assert event["body"] is None
    return verdict()


def test_the_routes_are_those_of_the_module() -> None:
    code = (INFRA / "modules" / "agentcore-bff" / "api.tf").read_text(encoding="utf-8")

    assert set(re.findall(r"\"(/[^\"]*)\"", code)) == set(ROUTES)


@pytest.mark.parametrize(("path", "chosen"), ROUTES.items())
def test_a_path_has_its_function(path: str, chosen: Route) -> None:
    assert route(re.sub(r"\{[^}]*\}", "x", path)) is chosen


def test_the_end_of_an_mcp_session_is_the_other_functions() -> None:
    path = "/api/agents/x/invocations"

    assert (route(path, "POST"), route(path, "DELETE")) == (Route.STREAM, Route.JSON)


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        ("/", Route.NOBODY),
        ("/authx", Route.NOBODY),
        ("/api", Route.NOBODY),
        ("/healthz/x", Route.NOBODY),
        ("/api/agents/x/y/invocations", Route.JSON),
        ("/api/agents//invocations", Route.JSON),
    ],
)
def test_what_only_looks_like_a_route_is_none(path: str, chosen: Route) -> None:
    assert route(path) is chosen


async def test_open_paths_do_not_ask_the_authorizer() -> None:
    answer = await asked("/auth/login", authorizer=never, json=ok, headers=[])

    assert (answer.status, answer.header("x-path"), answer.text) == (200, "/auth/login", "fine")


async def test_who_is_let_through_reaches_the_function_or_the_stream() -> None:
    answer = await asked("/api/agents", authorizer=allowing, json=ok)
    stream = await asked("/api/agents/hello/invocations", authorizer=allowing, json=never)

    assert (answer.status, answer.text) == (200, "fine")
    assert stream.text == "a stream"


async def test_without_a_cookie_the_authorizer_is_not_even_called() -> None:
    answer = await asked("/api/agents", authorizer=never, json=never, headers=[])

    assert (answer.status, answer.json["code"]) == (401, "not_logged_in")


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (verdict("Deny", code="cookie_ambiguous"), 401, "cookie_ambiguous"),
        # For one method alone: API Gateway would keep it for the next request.
        (verdict(resource=f"{STAGE}/POST/api", code="too_narrow"), 401, "too_narrow"),
        (RuntimeError("Unauthorized"), 401, "not_logged_in"),
        (RuntimeError("the table is away"), 503, "store_unavailable"),
    ],
)
async def test_who_is_not_let_through_reaches_nothing(said: Any, status: int, code: str) -> None:
    def authorizer(_event: Any, _context: object) -> Any:
        if isinstance(said, Exception):
            raise said
        return said

    for path in ("/api/agents", "/api/agents/hello/invocations"):
        answer = await asked(path, authorizer=authorizer, json=never)

        assert (answer.status, answer.json["code"]) == (status, code)


async def test_where_there_is_no_route_nobody_is_asked() -> None:
    answer = await asked("/", authorizer=never, json=never)

    assert (answer.status, answer.json["code"]) == (404, "not_found")


async def test_a_function_that_fails_is_a_502() -> None:
    answer = await asked("/auth/login", authorizer=never, json=never)

    assert (answer.status, answer.json["code"]) == (502, "internal_error")


async def test_every_cookie_and_every_byte_comes_through() -> None:
    def several(event: Any, _context: object) -> Any:
        return {
            "statusCode": 201,
            "multiValueHeaders": {"set-cookie": ["a=1", "b=2"], "content-length": ["99"]},
            "body": base64.b64encode(base64.b64decode(event["body"]) + b"\xff").decode(),
            "isBase64Encoded": True,
        }

    async with function(several) as json:
        api = Api(authorizer=json, json=json, stream=streamed)
        answer = await ask(api, "POST", "/auth/x", body=b"\x00")

    assert (answer.status, answer.body) == (201, b"\x00\xff")
    assert answer.every("set-cookie") == ["a=1", "b=2"]
    assert answer.every("content-length") == []


def test_a_handler_is_found_by_its_name() -> None:
    found: object = loaded("devstack.runtime_api.managed.loaded")

    assert found is loaded
    with pytest.raises(AttributeError):
        loaded("sys.nothing_of_that_name")


@pytest.mark.parametrize("function", [AUTHORIZER, JSON, STREAM])
def test_each_function_has_the_key_of_its_own_role(function: Any) -> None:
    common = {
        "PATH": "/bin",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "x",
        "BFF_APP_ID": "demo",
        "BFF_STORE": "dynamodb:t",
        "BFF_SESSION_KEYS": "awssm:x",
        "OIDC_CLIENT_SECRET": "x",
    }

    environment = function.environment(common)

    bff = KeyPair(access_key_id="AKIA", secret_access_key=Secret("x"))
    own = key_of(f"gatehouse-{function.name}", bff)
    assert environment["AWS_ACCESS_KEY_ID"] == own.access_key_id
    assert environment["AWS_SECRET_ACCESS_KEY"] == own.secret_access_key.reveal()
    assert environment["PATH"] == "/bin"
    assert ("BFF_SESSION_KEYS" in environment) is (function is not AUTHORIZER)
    assert ("OIDC_CLIENT_SECRET" in environment) is (function is not AUTHORIZER)


def test_the_authorizer_is_told_what_the_module_tells_it() -> None:
    code = (INFRA / "modules" / "agentcore-bff" / "environment.tf").read_text(encoding="utf-8")
    block = re.search(r"authorizer = \{(.*?)\}", code, re.DOTALL)

    assert block is not None
    assert set(re.findall(r"^ +(\w+) +=", block[1], re.MULTILINE)) == set(AUTHORIZER.told or ())
