"""A call of an MCP server that its client cancels, through a whole Gatehouse."""

import asyncio
import json
from pathlib import Path

import pytest

from fakes.proxy import house as houses
from fakes.proxy.browser import Browser
from fakes.proxy.events import parse
from fakes.proxy.house import House
from fakes.proxy.rpc import call
from fakes.proxy.runtime import Conversation, answers

TOOLS = """
[agents.tools]
title = "Tools"
protocol = "MCP"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/tools-k1L2m3N4o5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-tools"
tenants = ["acme"]
"""


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    """Have an MCP server."""
    place = tmp_path / "tools.toml"
    place.write_text(houses.REGISTRY + TOOLS)
    return {"BFF_REGISTRY": f"file:{place}"}


@pytest.mark.parametrize(("request_id", "left"), [("a7", 0), ("a8", 1), (7, 1)])
async def test_a_call_that_its_client_cancels_counts_no_more(
    house: House, alice: Browser, request_id: str | int, left: int
) -> None:
    """A server need not answer it, and the TypeScript SDK's leaves its stream open."""
    house.runtime.script = [answers(b'{"jsonrpc": "2.0", "id": 1, "result": {}}')]
    begun = await alice.say("tools", call("initialize", params={}))
    session = [("Mcp-Session-Id", str(begun.header("mcp-session-id")))]
    slow = Conversation()
    house.runtime.script = [slow.play, answers(b"", status=202, headers=())]
    calling = asyncio.ensure_future(
        alice.say("tools", call("tools/call", id="a7"), headers=session)
    )
    speaker = await slow.speaker()

    cancelled = call("notifications/cancelled", id=..., params={"requestId": request_id})
    answer = await alice.say("tools", cancelled, headers=session)

    assert answer.status == 202
    assert json.loads(house.runtime.invocations[-1].body)["params"] == {"requestId": request_id}
    if not left:
        last = parse((await calling).body)[-1]
        assert last.json["error"]["data"]["code"] == "turn_stopped"
    assert len(house.gate.turns.streams.open) == left
    speaker.drop()
    await calling
