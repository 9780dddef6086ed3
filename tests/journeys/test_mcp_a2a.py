"""Agents that speak MCP and A2A, from a client of their own to a container of their own."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from devstack.dev.plan import HERE, Store
from devstack.dev.stack import Stack
from fakes.proxy.events import parse
from fakes.proxy.rpc import call
from journeys.functions import started_functions
from journeys.visitor import SESSION, Visitor

pytestmark = pytest.mark.journey

REGISTRY = HERE / "src" / "devstack" / "registry-mcp-a2a.toml"
TOOLS, PEER = "/api/agents/tools/invocations", "/api/agents/peer/invocations"
CARD = "/api/agents/peer/.well-known/agent-card.json"
SAID = {"message": {"role": "user", "parts": [{"kind": "text", "text": "hello"}]}}
SECRET = {"authorization", "cookie", "x-amz-security-token", "x-csrf", "origin", "sec-fetch-site"}


@pytest.fixture(scope="module")
def stack(start: Any) -> Stack:
    """A stack with agents of other protocols."""
    registry = {"BFF_REGISTRY": f"file:{REGISTRY}"}
    started: Stack = start(store=Store.DYNAMODB, aws_options=("--mcp-a2a",), bff_env=registry)
    return started


@pytest.fixture(scope="module")
def on_lambda(stack: Stack, alice: Visitor) -> Visitor:
    """Alice as served by the functions, each of which may do what its role may."""
    via = started_functions(stack)
    return Visitor(origin=alice.origin, via=via, cookies=dict(alice.cookies))


def logged_in(stack: Stack, login: str) -> Visitor:
    """Return somebody who has logged in."""
    found = Visitor(origin=stack.plan.public_url)
    assert found.log_in(login, stack.secrets.password).status_code == 200
    return found


@pytest.fixture(scope="module")
def alice(stack: Stack) -> Visitor:
    return logged_in(stack, "alice@acme.test")


@asynccontextmanager
async def client_of(visitor: Visitor) -> AsyncGenerator[Client]:
    """Connect the MCP project's own client, as a page of the app would."""
    headers = {
        "cookie": f"{SESSION}={visitor.cookies[SESSION]}",
        "x-csrf": "1",
        "sec-fetch-site": "same-origin",
    }
    async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
        url = f"{visitor.origin}{TOOLS}"
        async with Client(streamable_http_client(url, http_client=http), mode="legacy") as client:
            yield client


async def arrived(client: Client) -> dict[str, Any]:
    """Call the tool that tells what arrived."""
    result = await client.call_tool("arrived", {})
    told: dict[str, Any] = json.loads(result.content[0].text)  # type: ignore[union-attr]  # it is text
    return told


async def test_the_mcp_projects_own_client_calls_tools_in_one_microvm(alice: Visitor) -> None:
    counting: list[float] = []

    async def noted(progress: float, total: float | None, message: str | None) -> None:
        del total, message
        counting.append(progress)

    async with client_of(alice) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        first, second = await arrived(client), await arrived(client)
        counted = await client.call_tool("count", {"to": 3}, progress_callback=noted)

    assert names == ["arrived", "count"]
    assert first["pid"] == second["pid"]
    assert second["calls"] == first["calls"] + 1
    assert counting == [1, 2, 3]
    assert counted.content[0].text == "3"  # type: ignore[union-attr]  # it is text
    assert not SECRET & first["headers"].keys()
    # The session has ended with its client, and its chat with it.
    assert alice.send("GET", "/api/chats").json() == {"chats": []}


async def test_two_clients_are_in_two_microvms(alice: Visitor) -> None:
    async with client_of(alice) as one, client_of(alice) as other:
        assert (await arrived(one))["pid"] != (await arrived(other))["pid"]


def test_nobody_enters_anothers_session(stack: Stack, alice: Visitor) -> None:
    begun = alice.send("POST", TOOLS, content=call("initialize", params={}))
    session = {"mcp-session-id": begun.headers["mcp-session-id"]}
    carol = logged_in(stack, "carol@globex.test")

    own = alice.send("POST", TOOLS, content=call("tools/list"), headers=session)
    stolen = carol.send("POST", TOOLS, content=call("tools/list"), headers=session)

    assert own.status_code == 200
    assert stolen.json()["code"] == "chat_unknown"
    assert alice.send("DELETE", TOOLS, headers=session).status_code == 204


def test_a_client_of_2026_needs_no_session(alice: Visitor) -> None:
    modern = {"mcp-method": "tools/call", "mcp-name": "arrived"}
    body = call("tools/call", params={"name": "arrived"})
    told = [alice.send("POST", TOOLS, content=body, headers=modern).json() for _ in range(2)]

    first, second = (json.loads(one["result"]["content"][0]["text"]) for one in told)
    assert first["pid"] == second["pid"]
    assert first["headers"]["mcp-name"] == "arrived"


def test_an_a2a_agent_is_found_by_its_card_and_spoken_to(stack: Stack, alice: Visitor) -> None:
    card = alice.send("GET", CARD).json()
    address = httpx.URL(card["url"])
    headers = {"a2a-version": "0.3"}

    whole = alice.send(
        "POST", address.path, content=call("message/send", params=SAID), headers=headers
    )
    pieces = alice.send("POST", address.path, content=call("message/stream", params=SAID))

    assert str(address) == f"{stack.plan.public_url}{PEER}"
    assert card["capabilities"] == {"streaming": True, "pushNotifications": False}
    told = whole.json()["result"]["metadata"]
    assert told["headers"]["a2a-version"] == "0.3"
    assert not SECRET & told["headers"].keys()
    states = [event.json["result"]["status"]["state"] for event in parse(pieces.content)]
    assert states == ["working", "completed"]


def test_another_tenants_agent_shows_no_card(stack: Stack) -> None:
    carol = logged_in(stack, "carol@globex.test")

    assert carol.send("GET", CARD).status_code == 404
    assert carol.send("POST", PEER, content=call("message/send", params=SAID)).status_code == 404


def test_on_lambda_what_names_no_chat_goes_on_with_the_last(on_lambda: Visitor) -> None:
    spoken = [
        on_lambda.send("POST", PEER, content=call("message/send", params=SAID)) for _ in range(2)
    ]

    assert [one.status_code for one in spoken] == [200, 200]
    first, second = (one.json()["result"]["metadata"]["pid"] for one in spoken)
    assert first == second
    assert len({one.headers["chat-id"] for one in spoken}) == 1


def test_on_lambda_an_mcp_session_begins_and_ends(on_lambda: Visitor) -> None:
    begun = on_lambda.send("POST", TOOLS, content=call("initialize", params={}))
    session = {"mcp-session-id": begun.headers["mcp-session-id"]}
    named = on_lambda.send("POST", TOOLS, content=call("tools/list"), headers=session)
    unnamed = on_lambda.send("POST", TOOLS, content=call("tools/list"))

    assert (named.status_code, unnamed.status_code) == (200, 200)
    assert on_lambda.send("DELETE", TOOLS, headers=session).status_code == 204
    gone = on_lambda.send("POST", TOOLS, content=call("tools/list"), headers=session)
    assert gone.json()["code"] == "chat_unknown"
