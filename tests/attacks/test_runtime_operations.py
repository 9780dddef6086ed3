"""What else AgentCore's data plane can do: a shell, a terminal, ending sessions. Not from here."""

import json
from itertools import product

import pytest

from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.house import House

OPERATIONS = ("commands", "ws", "ws/shells", "stopruntimesession", "invocations/../commands")
"""Beside `invocations`: InvokeAgentRuntimeCommand runs a shell in the agent's container."""

WAYS = (
    "/api/agents/hello/{0}",
    "/api/agents/hello/{0}/invocations",
    "/api/agents/hello%2f{0}/invocations",
    "/api/agents/hello%2F{0}%3f/invocations",
    "/api/agents/hello%252f{0}/invocations",
    "/api/agents/hello%5c{0}/invocations",
    "/api/agents/hello;/{0}/invocations",
    "/api/agents/hello;x={0}/invocations",
    "/api/agents/hello/..;/{0}/invocations",
    "/api/agents/..%2f{0}/invocations",
    "/api/agents/%2e%2e%2f{0}/invocations",
    "/api/agents/hello%2f..%2fhello%2f{0}%23/invocations",
    "/api/agents/hello%3fqualifier=x%2f{0}/invocations",
    "/api/agents/hello%00{0}/invocations",
    "/api/agents/hello%0d%0a{0}/invocations",
    "/api/agents/hello/invocations/{0}",
    "/api/agents/hello/invocations/../{0}",
    "/api/agents/hello/invocations%2f..%2f{0}",
    "/api/agents/hello/invocations%252f..%252f{0}",
    "/api/agents/hello/invocations;/../{0}",
    "/api/agents/hello/invocations%3b/{0}",
    "/api/agents/hello/invocations\\..\\{0}",
    "/runtimes/hello/{0}",
    "/api/runtimes/hello/{0}",
)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_runtime_operations_are_reached_by_no_path(
    house: House, alice: Browser, method: str
) -> None:
    for way, operation, upgrade in product(WAYS, OPERATIONS, ((), (("Upgrade", "websocket"),))):
        path, headers = way.format(operation), [*FETCH, *upgrade]
        answer = await alice.fetch(method, path, headers=headers, body=b'{"command": "id"}')
        # A path that is not the API's own shows the app, which is a page like any other.
        page = answer.header("content-type") == "text/html; charset=utf-8"
        assert answer.status >= 400 or page, path

    assert house.wire.calls == []


CONTROL = "_agent_core_app_action"
BODY = json.dumps({CONTROL: "force_busy"})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BODY.encode(), id="plain"),
        pytest.param(f'{{"{CONTROL}":null}}'.encode(), id="without-a-value"),
        pytest.param(f'{{"{CONTROL}":"job_status","{CONTROL}":null}}'.encode(), id="twice"),
        pytest.param(f'{{"{CONTROL}":1,"prompt":"hi"}}'.encode(), id="before-a-prompt"),
        pytest.param(BODY.replace("_", "\\u005f").encode(), id="escaped"),
        pytest.param(f" \n\t{BODY}".encode(), id="after-blanks"),
        pytest.param(BODY.encode("utf-8-sig"), id="byte-order-mark"),
        pytest.param(BODY.encode("utf-16"), id="utf-16"),
        pytest.param(BODY.encode("utf-16-le"), id="utf-16-le"),
        pytest.param(BODY.encode("utf-16-be"), id="utf-16-be"),
        pytest.param(BODY.encode("utf-32"), id="utf-32"),
        pytest.param(f"[{BODY}]".encode(), id="in-a-list"),
        pytest.param(f"{BODY}{BODY}".encode(), id="two-documents"),
        pytest.param(f'{{"prompt":"hi"}}\n{BODY}'.encode(), id="behind-a-document"),
        pytest.param(b"\xff" + BODY.encode(), id="not-utf-8"),
    ],
)
async def test_runtime_operations_the_sdks_remote_control_reaches_no_agent(
    house: House, alice: Browser, body: bytes
) -> None:
    for agent in ("hello", "ledger", "bearer"):
        assert (await alice.say(agent, body)).status == 400

    assert house.wire.calls == []
    assert (await alice.fetch("GET", "/api/chats")).json == {"chats": []}


@pytest.mark.parametrize("name", ["Content-Encoding", "Content-Type"])
@pytest.mark.parametrize("value", ["gzip", "application/json; charset=utf-7", "multipart/mixed"])
async def test_runtime_operations_a_body_is_what_it_is_whatever_it_is_called(
    house: House, alice: Browser, name: str, value: str
) -> None:
    answer = await alice.say("hello", BODY.encode(), headers=[(name, value)])

    assert answer.status == 400
    assert house.wire.calls == []
