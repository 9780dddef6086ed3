"""Readers of event streams that people use, at a whole Gatehouse: nothing lost, nothing twice."""

import asyncio
import json
from pathlib import Path

import pytest

from fakes.proxy import house as houses
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.reader_program import READERS, reading
from fakes.proxy.runtime import Conversation, says
from fakes.proxy.served import served

pytestmark = pytest.mark.journey

LASTING = """
[agents.lasting]
title = "lasting"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/lasting-a1B2c3D4e5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-lasting"
tenants = ["acme"]
protocol = "AGUI"
detach = true
"""

EVENTS = [f'{{"number": {number}, "end": true}}' for number in range(1, 6)]
FRAMES = [f"data: {event}\n\n".encode() for event in EVENTS]

every_reader = pytest.mark.parametrize("reader", READERS)


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    """Have an agent whose turns outlive their browser."""
    place = tmp_path / "lasting.toml"
    place.write_text(houses.REGISTRY + LASTING)
    return {"BFF_REGISTRY": f"file:{place}", "BFF_STREAMS_PER_SUBJECT": "4"}


async def stream_of(alice: Browser) -> str:
    """Return the path of the stream of the only chat."""
    (chat,) = (await alice.fetch("GET", "/api/chats")).json["chats"]
    return f"/api/chats/{chat['id']}/stream"


@every_reader
@pytest.mark.parametrize(
    "tears",
    [
        pytest.param([], id="whole"),
        pytest.param([".0\n\n"], id="before the first event"),
        pytest.param(['"number": 2'], id="in an event"),
        pytest.param(['"number": 3, "end": true}\n'], id="behind an event's data"),
        pytest.param(['"number": 1', '"number": 2', '"number": 5'], id="often"),
    ],
)
async def test_every_event_comes_once_however_the_line_tears(
    house: House, alice: Browser, reader: str, tears: list[str]
) -> None:
    house.runtime.script = [says(*FRAMES)]
    await alice.say("lasting")

    async with (
        served(house) as running,
        reading(reader, running, alice, await stream_of(alice), tears) as found,
    ):
        await found.ended()

    assert found.events == [("message", event) for event in EVENTS]


async def test_an_event_source_leaves_once_it_has_seen_everything(
    house: House, alice: Browser
) -> None:
    house.runtime.script = [says(*FRAMES)]
    await alice.say("lasting")

    async with (
        served(house) as running,
        reading("eventsource", running, alice, await stream_of(alice)) as found,
    ):
        await found.ended()

    assert found.statuses == [200, 204]


@pytest.mark.parametrize(
    ("way", "code", "statuses"),
    [("stop", "turn_stopped", [200, 200, 204]), ("logout", "session_revoked", [200, 401])],
)
async def test_an_event_source_that_is_cut_hears_why_and_leaves(
    house: House, alice: Browser, way: str, code: str, statuses: list[int]
) -> None:
    conversation = Conversation()
    house.runtime.script = [conversation.play]
    asked = alice.invocation("lasting")
    asking = asyncio.ensure_future(house.app(asked.scope, asked.receive, asked.send))
    (await conversation.speaker()).chunk(FRAMES[0])
    path = await stream_of(alice)

    async with (
        served(house) as running,
        reading("eventsource", running, alice, path) as found,
    ):
        await found.seen()
        await alice.fetch(
            "POST", path.replace("/stream", "/stop") if way == "stop" else "/auth/logout"
        )
        await found.ended()
    await asyncio.wait_for(asking, WAIT_S)

    assert found.events[0] == ("message", EVENTS[0])
    assert {(kind, json.loads(data)["code"]) for kind, data in found.events[1:]} == {
        ("error", code)
    }
    assert found.statuses == statuses


@every_reader
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Last-Event-ID": "none of ours"}, 400),
        ({"Cookie": ""}, 401),
        ({"X-CSRF": ""}, 403),
        ({"Last-Event-ID": "01ARZ3NDEKTSV4RRFFQ69G5FAV.1"}, 404),
    ],
)
async def test_who_is_refused_does_not_come_back(
    house: House, alice: Browser, reader: str, headers: dict[str, str], status: int
) -> None:
    house.runtime.script = [says(*FRAMES)]
    await alice.say("lasting")

    async with (
        served(house) as running,
        reading(reader, running, alice, await stream_of(alice), headers=headers) as found,
    ):
        await found.ended()

    assert found.statuses == [status]


async def test_a_reader_that_repeats_its_message_for_the_rest_asks_the_agent_nothing(
    house: House, alice: Browser
) -> None:
    """It repeats the request that broke, whatever that was, with the id that it saw last."""
    house.runtime.script = [says(*FRAMES)]
    path, headers = "/api/agents/lasting/invocations", {"Content-Type": "application/json"}
    order = {"method": "POST", "body": '{"prompt": "hi"}', "headers": headers}

    async with (
        served(house) as running,
        reading("fetch-event-source", running, alice, path, ['"number": 2'], **order) as found,
    ):
        await found.ended()

    assert found.statuses == [200, 409]
    assert len(house.runtime.invocations) == 1
