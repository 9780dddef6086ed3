"""A call of an MCP server that its client cancels, through a whole Gatehouse."""

import asyncio
import json
from pathlib import Path

import pytest

from fakes.proxy.asgi import Headers
from fakes.proxy.browser import Browser
from fakes.proxy.events import parse
from fakes.proxy.house import REGISTRY, TOOLS, House
from fakes.proxy.rpc import call
from fakes.proxy.runtime import Conversation, answers


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    """Have an MCP server."""
    place = tmp_path / "tools.toml"
    place.write_text(REGISTRY + TOOLS)
    return {"BFF_REGISTRY": f"file:{place}"}


async def begun(house: House, alice: Browser) -> Headers:
    """Initialise; return the header that names the session."""
    house.runtime.script = [answers(b'{"jsonrpc": "2.0", "id": 1, "result": {}}')]
    answer = await alice.say("tools", call("initialize", params={}))
    return [("Mcp-Session-Id", str(answer.header("mcp-session-id")))]


def cancelled(request_id: object) -> bytes:
    return call("notifications/cancelled", id=..., params={"requestId": request_id})


@pytest.mark.parametrize(
    ("asked_as", "request_id", "left"),
    [
        ("a7", "a7", 0),
        ("a7", "a8", 1),
        ("a7", 7, 1),
        (7, "7", 1),
        (1, 1, 0),
        (1, True, 1),
    ],
)
async def test_a_call_that_its_client_cancels_counts_no_more(
    house: House, alice: Browser, asked_as: str | int, request_id: str | int, left: int
) -> None:
    """A server need not answer it, and the TypeScript SDK's leaves its stream open."""
    session = await begun(house, alice)
    slow = Conversation()
    house.runtime.script = [slow.play, answers(b"", status=202, headers=())]
    calling = asyncio.ensure_future(
        alice.say("tools", call("tools/call", id=asked_as), headers=session)
    )
    speaker = await slow.speaker()

    answer = await alice.say("tools", cancelled(request_id), headers=session)

    assert answer.status == 202
    assert json.loads(house.runtime.invocations[-1].body)["params"] == {"requestId": request_id}
    if not left:
        last = parse((await calling).body)[-1]
        assert last.json["error"]["data"]["code"] == "turn_stopped"
    assert len(house.gate.turns.streams.open) == left
    speaker.drop()
    # A stream that was told to end is open for another moment.
    assert (b"turn_stopped" in (await calling).body) is not bool(left)


async def test_who_names_no_session_ends_no_call_of_another_client(
    house: House, alice: Browser
) -> None:
    """Both go on with the chat that was last used, and both count their calls from one."""
    await begun(house, alice)
    slow = Conversation()
    house.runtime.script = [slow.play, answers(b"", status=202, headers=())]
    calling = asyncio.ensure_future(alice.say("tools", call("tools/call", id=1)))
    speaker = await slow.speaker()

    answer = await alice.say("tools", cancelled(1))

    assert answer.status == 202
    assert len(house.gate.turns.streams.open) == 1
    assert not calling.done()
    speaker.drop()
    assert b"turn_stopped" not in (await calling).body
