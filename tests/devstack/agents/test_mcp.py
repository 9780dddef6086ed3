"""The local MCP server."""

import json

import pytest

from devstack.agents.mcp import NEWEST, McpServer
from fakes.proxy.asgi import Answer, ask
from fakes.proxy.events import parse
from fakes.proxy.rpc import call


async def post(server: McpServer, body: bytes, *headers: tuple[str, str]) -> Answer:
    return await ask(server, "POST", "/mcp", headers, body)


@pytest.mark.parametrize(
    ("wanted", "spoken"), [("2025-06-18", "2025-06-18"), ("1999-01-01", NEWEST), (None, NEWEST)]
)
async def test_it_speaks_the_version_that_is_wanted_if_it_can(
    wanted: str | None, spoken: str
) -> None:
    answer = await post(McpServer(), call("initialize", params={"protocolVersion": wanted}))

    assert answer.json["result"]["protocolVersion"] == spoken
    assert answer.header("mcp-session-id") is None


async def test_what_needs_no_answer_is_taken_in_silence() -> None:
    answer = await post(McpServer(), call("notifications/initialized", id=...))

    assert (answer.status, answer.body, answer.header("content-type")) == (202, b"", None)
    assert (await post(McpServer(), b'{"jsonrpc":"2.0","id":1,"result":{}}')).status == 202


async def test_its_tools_are_listed_and_one_tells_what_arrived() -> None:
    server = McpServer()
    listed = await post(server, call("tools/list"))
    names = [tool["name"] for tool in listed.json["result"]["tools"]]

    answer = await post(server, call("tools/call", params={"name": "arrived"}), ("X-A", "b"))
    told = json.loads(answer.json["result"]["content"][0]["text"])

    assert names == ["arrived", "count"]
    assert (told["calls"], told["headers"]["x-a"]) == (2, "b")


async def test_one_tool_answers_in_events() -> None:
    params = {"name": "count", "arguments": {"to": 2}, "_meta": {"progressToken": "p"}}

    answer = await post(McpServer(), call("tools/call", params=params))

    first, second, last = [event.json for event in parse(answer.body)]
    assert answer.header("content-type") == "text/event-stream"
    assert [m["params"]["progress"] for m in (first, second)] == [1, 2]
    assert last["result"]["content"][0]["text"] == "2"


@pytest.mark.parametrize("body", [call("tools/call", params={"name": "x"}), call("resources/list")])
async def test_what_it_has_not_it_says_so(body: bytes) -> None:
    assert (await post(McpServer(), body)).json["error"]["code"] == -32601


async def test_it_answers_a_ping() -> None:
    assert (await post(McpServer(), call("ping"))).json["result"] == {}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/ping", 200), ("GET", "/mcp", 405), ("DELETE", "/mcp", 405), ("POST", "/", 404)],
)
async def test_it_is_in_one_place(method: str, path: str, status: int) -> None:
    assert (await ask(McpServer(), method, path, ())).status == status
