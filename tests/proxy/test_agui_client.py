"""AG-UI's own client before a whole Gatehouse: it loses nothing, and hears why a run fails."""

import asyncio
import json
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from fakes.proxy import house as houses
from fakes.proxy.agui_events import BEGUN, ENDED, FAILED, SDK_ERROR, TOOL, dies, piece
from fakes.proxy.agui_program import AguiProgram, agui_program
from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.runtime import EVENTS, Conversation, Play, drops, hangs, refuses, says
from fakes.proxy.served import asking, served
from fakes.proxy.strands_events import START_TOOL, STOP, delta, sent
from proxy import relay
from proxy.resume.events import gap_frame
from proxy.sse import HEARTBEAT

pytestmark = pytest.mark.journey

AGENT = """
[agents.{name}]
title = "{name}"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/{name}-a1B2c3D4e5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-{name}"
tenants = ["acme"]
"""
LASTING = AGENT.format(name="lasting") + 'protocol = "AGUI"\ndetach = true\n'
PLAIN = AGENT.format(name="plain") + 'protocol = "HTTP"\nrelay = "agui"\n'

HELLO = "/api/agents/hello/invocations"

GRAPH = Path(__file__).parent / "events" / "recorded" / "graph.sse"


@pytest.fixture(scope="module")
def client() -> Generator[AguiProgram]:
    """Start AG-UI's own client."""
    with agui_program() as running:
        yield running


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    """Have one agent whose turns outlive their browser, and one that is told in AG-UI."""
    place = tmp_path / "several.toml"
    place.write_text(houses.REGISTRY + LASTING + PLAIN)
    return {"BFF_REGISTRY": f"file:{place}", "BFF_STREAMS_PER_SUBJECT": "4"}


async def test_text_and_tool_calls_come_as_the_agent_sent_them(
    house: House, alice: Browser, client: AguiProgram
) -> None:
    house.runtime.script = [says(BEGUN, piece("Good "), piece("day"), TOOL, ENDED)]

    async with served(house) as running:
        client.begin(running, alice, HELLO)
        run = await client.ended()

    assert (run.end, run.said) == ("resolved", "Good day")
    assert [message["role"] for message in run.messages] == [
        "user",
        "assistant",
        "assistant",
        "tool",
    ]
    assert run.messages[-1]["content"] == "seen"
    assert run.kinds[0] == "RUN_STARTED"
    assert run.kinds[-1] == "RUN_FINISHED"


async def test_a_strands_agent_is_a_run_to_it(
    house: House, alice: Browser, client: AguiProgram
) -> None:
    tool = [START_TOOL, delta(toolUse={"input": "{}"}), STOP]
    house.runtime.script = [says(sent({"data": "Good "}, {"data": "day"}), sent(*tool))]

    async with served(house) as running:
        client.begin(running, alice, "/api/agents/plain/invocations")
        run = await client.ended()

    assert (run.end, run.said) == ("resolved", "Good day")
    assert run.kinds[-1] == "RUN_FINISHED"


async def test_agents_of_a_graph_that_speak_at_once_are_one_run_to_it(
    house: House, alice: Browser, client: AguiProgram
) -> None:
    house.runtime.script = [says(GRAPH.read_bytes())]

    async with served(house) as running:
        client.begin(running, alice, "/api/agents/plain/invocations")
        run = await client.ended()

    assert run.end == "resolved"
    calls = [call["function"] for said in run.messages for call in said.get("toolCalls", [])]
    assert calls == [{"name": "weather", "arguments": '{"city":"Bern"}'}] * 2
    assert "bob looks bob it up." in [said.get("content") for said in run.messages]


async def test_signs_of_life_before_and_within_an_answer_are_nothing_to_it(
    house: House, alice: Browser, client: AguiProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, after_s in {
        "SLOW_START_S": 0.06,
        "FIRST_COMMENT_S": 0.01,
        "HEARTBEAT_S": 0.01,
    }.items():
        monkeypatch.setattr(relay, name, after_s)
    house.runtime.script = [hangs, hangs]

    async with served(house) as running:
        client.begin(running, alice, HELLO)
        # Asked later, and as slow: what this one has been told, the client's has been told as well.
        async with asking(running, alice) as other:
            told = other.aiter_raw()
            assert [await anext(told) for _ in range(3)] == [HEARTBEAT] * 3
            _say(house, BEGUN + piece("Good "), begin=True)
            await client.seen("TEXT_MESSAGE_CONTENT")
            _say(house, piece("day")[:30])
            while await anext(told) != HEARTBEAT:
                pass
            _say(house, piece("day")[30:] + ENDED, end=True)
            run = await client.ended()

    assert (run.end, run.said) == ("resolved", "Good day")


def _say(house: House, chunk: bytes, *, begin: bool = False, end: bool = False) -> None:
    for call in house.runtime.invocations:
        if begin:
            call.begin(headers=EVENTS)
        call.chunk(chunk)
        if end:
            call.end()


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(says(BEGUN + piece("Good"), SDK_ERROR), id="error of the SDK"),
        pytest.param(dies(BEGUN + piece("Good")), id="dies between events"),
        pytest.param(dies(BEGUN + piece("Good"), piece("day")[:40]), id="dies in an event"),
        pytest.param(dies(BEGUN + piece("Good"), piece("day")[:-1]), id="dies in an event's end"),
        pytest.param(dies(BEGUN + piece("Good") + piece("day")[:40]), id="dies in one chunk"),
    ],
)
async def test_a_run_that_breaks_off_is_an_error_with_our_code(
    house: House, alice: Browser, client: AguiProgram, play: Play
) -> None:
    house.runtime.script = [play]

    async with served(house) as running:
        client.begin(running, alice, HELLO)
        run = await client.ended()

    assert (run.end, run.said) == ("resolved", "Good")
    assert run.events[-1]["type"] == "RUN_ERROR"
    assert run.events[-1]["code"] == "agent_failed"
    assert run.events[-1]["message"] == "The agent failed to answer."


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(says(BEGUN + FAILED), id="ends"),
        pytest.param(says(BEGUN + FAILED + SDK_ERROR), id="raises as well"),
        pytest.param(says(BEGUN + FAILED, SDK_ERROR), id="raises later"),
        pytest.param(dies(BEGUN, FAILED), id="dies"),
    ],
)
@pytest.mark.parametrize("agent", ["hello", "lasting"])
async def test_a_run_that_says_that_it_failed_fails_once(
    house: House, alice: Browser, client: AguiProgram, play: Play, agent: str
) -> None:
    """The client throws at a second RUN_ERROR, and then shows that in the place of the first."""
    house.runtime.script = [play]

    async with served(house) as running:
        client.begin(running, alice, f"/api/agents/{agent}/invocations")
        run = await client.ended()

    assert run.end == "resolved", run.error
    assert run.kinds.count("RUN_ERROR") == 1
    assert run.events[-1]["code"] == "TheirCode"
    assert run.events[-1]["message"] == "The agent failed to answer."


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(says(BEGUN + piece("Good") + ENDED, SDK_ERROR), id="raises"),
        pytest.param(says(BEGUN + piece("Good") + ENDED + SDK_ERROR), id="raises at once"),
        pytest.param(dies(BEGUN + piece("Good"), ENDED, b": ping\n\n"), id="dies"),
        pytest.param(dies(BEGUN + piece("Good"), ENDED, piece("day")[:40]), id="dies in an event"),
        pytest.param(dies(BEGUN + piece("Good") + ENDED[:-9], ENDED[-9:]), id="dies after a tear"),
    ],
)
@pytest.mark.parametrize("agent", ["hello", "lasting"])
async def test_a_run_that_has_finished_is_not_told_as_failed(
    house: House, alice: Browser, client: AguiProgram, play: Play, agent: str
) -> None:
    """The client takes an error behind its RUN_FINISHED for the run's own."""
    house.runtime.script = [play]

    async with served(house) as running:
        client.begin(running, alice, f"/api/agents/{agent}/invocations")
        run = await client.ended()

    assert (run.end, run.said, run.kinds[-1]) == ("resolved", "Good", "RUN_FINISHED")


async def test_the_failure_of_a_second_run_in_one_stream_is_told(
    house: House, alice: Browser, client: AguiProgram
) -> None:
    house.runtime.script = [says(BEGUN + FAILED, BEGUN, SDK_ERROR)]

    async with served(house) as running:
        client.begin(running, alice, HELLO)
        run = await client.ended()

    assert run.end == "resolved", run.error
    assert [e["code"] for e in run.events if e["type"] == "RUN_ERROR"] == [
        "TheirCode",
        "agent_failed",
    ]


@pytest.mark.parametrize("agent", ["hello", "lasting"])
@pytest.mark.parametrize(
    ("way", "codes"),
    [("stop", {"turn_stopped"}), ("logout", {"session_revoked", "turn_stopped"})],
)
async def test_a_run_that_is_cut_says_why(
    house: House, alice: Browser, client: AguiProgram, agent: str, way: str, codes: set[str]
) -> None:
    conversation = Conversation()
    house.runtime.script = [conversation.play]

    async with served(house) as running:
        client.begin(running, alice, f"/api/agents/{agent}/invocations")
        # Half of an event is there when the cut comes.
        (await conversation.speaker()).chunk(BEGUN + piece("Good") + piece("day")[:40])
        await client.seen("TEXT_MESSAGE_CONTENT")
        (chat,) = (await alice.fetch("GET", "/api/chats")).json["chats"]
        path = f"/api/chats/{chat['id']}/stop" if way == "stop" else "/auth/logout"
        assert (await alice.fetch("POST", path)).status in (200, 204)
        run = await client.ended()

    assert (run.end, run.said) == ("resolved", "Good")
    assert run.kinds.count("RUN_ERROR") == 1
    assert run.events[-1]["code"] in codes


async def test_a_stream_that_is_taken_up_after_tears_is_one_run(
    house: House, alice: Browser, client: AguiProgram
) -> None:
    conversation = Conversation()
    house.runtime.script = [conversation.play]

    async with served(house) as running:
        client.begin(running, alice, "/api/agents/lasting/invocations", tears=[4, 5, 9])
        speaker = await conversation.speaker()
        speaker.chunk(BEGUN + piece("1 ") + piece("2 "))
        for number in range(3, 9):
            await client.seen("TEXT_MESSAGE_CONTENT")
            speaker.chunk(piece(f"{number} "))
        speaker.chunk(ENDED)
        speaker.end()
        run = await client.ended()

    assert (run.end, run.said) == ("resolved", "1 2 3 4 5 6 7 8 ")
    assert run.kinds[-1] == "RUN_FINISHED"


async def test_a_gap_in_a_run_is_told_and_harms_nothing(
    house: House, alice: Browser, client: AguiProgram
) -> None:
    gap = gap_frame(first=3, last=9, reason="truncated")
    house.runtime.script = [says(BEGUN + piece("Good "), gap + piece("day"), ENDED)]

    async with served(house) as running:
        client.begin(running, alice, HELLO)
        run = await client.ended()

    assert (run.end, run.said) == ("resolved", "Good day"), run.error
    (told,) = [event for event in run.events if event["type"] == "CUSTOM"]
    assert (told["name"], told["value"]["reason"]) == ("gap", "truncated")


async def test_a_turn_that_is_over_is_a_whole_run_to_who_comes_later(
    house: House, alice: Browser, client: AguiProgram
) -> None:
    house.runtime.script = [says(BEGUN, piece("Good "), piece("day"), TOOL, ENDED)]

    async with served(house) as running:
        client.begin(running, alice, "/api/agents/lasting/invocations")
        first = await client.ended()
        (chat,) = (await alice.fetch("GET", "/api/chats")).json["chats"]
        client.begin(running, alice, f"/api/chats/{chat['id']}/stream", watches=True)
        again = await client.ended()

    assert (again.end, again.events, again.messages) == (first.end, first.events, first.messages)


async def test_a_turn_that_broke_off_is_a_whole_run_to_who_comes_back_to_its_beginning_alone(
    house: House, alice: Browser, client: AguiProgram
) -> None:
    house.runtime.script = [dies(BEGUN + piece("Good "), piece("day"))]

    async with served(house) as running:
        client.begin(running, alice, "/api/agents/lasting/invocations")
        first = await client.ended()
        (chat,) = (await alice.fetch("GET", "/api/chats")).json["chats"]
        path = f"/api/chats/{chat['id']}/stream"
        (turn,) = re.findall(r"id: (\w+)\.1\n", (await alice.fetch("GET", path)).body.decode())
        client.begin(running, alice, path, watches=True)
        whole = await client.ended()
        client.begin(running, alice, path, watches=True, headers={"Last-Event-ID": f"{turn}.2"})
        rest = await client.ended()

    assert (whole.end, whole.said) == ("resolved", "Good day")
    assert (whole.kinds[0], whole.kinds[-1]) == ("RUN_STARTED", "RUN_ERROR")
    assert whole.events == first.events
    assert (rest.end, rest.events) == ("rejected", [])
    assert "First event must be 'RUN_STARTED'" in rest.error["message"]


@pytest.mark.parametrize(
    ("play", "path", "headers", "status", "code"),
    [
        pytest.param(refuses(429), HELLO, {}, 429, "agent_busy", id="busy"),
        pytest.param(refuses(500), HELLO, {}, 502, "agent_failed", id="failed"),
        pytest.param(drops, HELLO, {}, 502, "agent_failed", id="gone"),
        pytest.param(drops, HELLO, {"Cookie": ""}, 401, "not_logged_in", id="anonymous"),
        pytest.param(drops, HELLO, {"X-CSRF": ""}, 403, "csrf_header_missing", id="forged"),
        pytest.param(drops, "/api/agents/x/invocations", {}, 404, "agent_unknown", id="unknown"),
    ],
)
async def test_a_refusal_is_an_error_with_status_and_code(  # noqa: PLR0917 a table
    house: House,
    alice: Browser,
    client: AguiProgram,
    play: Play,
    path: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    house.runtime.script = [play, play]

    async with served(house) as running:
        client.begin(running, alice, path, headers=headers)
        run = await client.ended()

    assert refused(run.error) == (status, code)


async def test_one_stream_too_many_is_an_error_with_status_and_code(
    house: House, alice: Browser, client: AguiProgram
) -> None:
    open_ones = [Conversation() for _ in range(4)]
    house.runtime.script = [one.play for one in open_ones]

    async with served(house) as running, asyncio.TaskGroup() as group:
        for one in open_ones:
            asked = alice.invocation("hello")
            group.create_task(house.app(asked.scope, asked.receive, asked.send))
            speaker = await one.speaker()
            speaker.chunk(BEGUN)
        client.begin(running, alice, HELLO)
        run = await client.ended()
        for one in open_ones:
            (await one.speaker()).drop()

    assert refused(run.error) == (429, "too_many_streams")


def refused(error: dict[str, Any]) -> tuple[int, str]:
    """Return what the client says of a refusal: its status, and our code."""
    # It reads `application/json` and nothing beside it, so a problem document stays a text to it.
    return error["status"], json.loads(error["payload"])["code"]
