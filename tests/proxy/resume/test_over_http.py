"""Coming back to an answer, as a browser does it: over the whole application."""

import asyncio

import pytest

from fakes.proxy import house as houses
from fakes.proxy.asgi import WAIT_S, Exchange, problem_of
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.events import Event, parse
from fakes.proxy.house import House
from fakes.proxy.provider.people import BOB
from fakes.proxy.runtime import EVENTS, Conversation
from fakes.proxy.wire import Headers
from trust.session.ids import parse_ticket
from trust.store.memory import MemoryTable

FIRST, SECOND = b"data: first\n\n", b"data: second\n\n"


@pytest.fixture
def settings_changes(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Let the turns of `hello` outlive their browser."""
    detached = houses.REGISTRY.replace("stop_on_disconnect = true", "detach = true")
    monkeypatch.setattr(houses, "REGISTRY", detached)
    return {"BFF_STREAMS_PER_SUBJECT": "4"}


class Dropped:
    """A turn of which the browser has seen the first event, and then lost the connection."""

    def __init__(self, house: House, alice: Browser, headers: Headers = EVENTS) -> None:
        self.house, self.alice = house, alice
        self.conversation = Conversation(headers=headers)
        self.chat_id = ""
        self.last = ""

    async def begin(self) -> None:
        """Ask, read, and leave."""
        self.house.runtime.script.append(self.conversation.play)
        asked = self.alice.invocation("hello")
        serving = asyncio.ensure_future(self.house.app(asked.scope, asked.receive, asked.send))
        speaker = await self.conversation.speaker()
        speaker.chunk(FIRST)
        await _until(asked, b"first")
        (event,) = parse(b"".join(asked.pieces))
        headers = dict(asked.messages[0]["headers"])
        self.chat_id, self.last = headers[b"chat-id"].decode(), event.id
        asked.leave()
        await asyncio.wait_for(serving, WAIT_S)

    async def finish(self) -> None:
        """Have the agent say the rest."""
        speaker = await self.conversation.speaker()
        assert not speaker.gone.is_set()
        speaker.chunk(SECOND)
        speaker.end()
        async with asyncio.timeout(WAIT_S):
            while self.house.gate.turns.streams.open:
                await asyncio.sleep(0.001)

    async def rest(self, browser: Browser | None = None, *, last: str | None = None) -> list[Event]:
        """Come back, and read to the end."""
        answer = await (browser or self.alice).fetch(
            "GET",
            f"/api/chats/{self.chat_id}/stream",
            headers=[*FETCH, ("Last-Event-ID", self.last if last is None else last)],
        )
        assert answer.status == 200, answer.text
        assert answer.header("cache-control") == "no-store"
        return parse(answer.body)


async def _until(asked: Exchange, part: bytes) -> None:
    async with asyncio.timeout(WAIT_S), asked.news:
        await asked.news.wait_for(lambda: part in b"".join(asked.pieces))


@pytest.fixture
async def dropped(house: House, alice: Browser) -> Dropped:
    """Drop a connection in mid-turn."""
    found = Dropped(house, alice)
    await found.begin()
    return found


async def test_the_rest_is_there_for_who_comes_back(dropped: Dropped) -> None:
    await dropped.finish()

    assert [event.data for event in await dropped.rest()] == ["second"]
    assert [event.data for event in await dropped.rest(last="")] == ["first", "second"]


async def test_a_stream_is_kept_also_if_its_media_type_is_said_twice(
    house: House, alice: Browser
) -> None:
    dropped = Dropped(house, alice, [("Content-Type", "text/event-stream, text/event-stream")])
    await dropped.begin()
    await dropped.finish()

    assert [event.data for event in await dropped.rest()] == ["second"]


async def test_who_has_seen_everything_is_told_so(dropped: Dropped) -> None:
    await dropped.finish()
    (second,) = await dropped.rest()

    answer = await dropped.alice.fetch(
        "GET", f"/api/chats/{dropped.chat_id}/stream?last_event_id={second.id}"
    )

    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("chat-id") == dropped.chat_id


@pytest.mark.parametrize(
    ("method", "headers", "status", "code"),
    [
        ("GET", (("Sec-Fetch-Site", "same-origin"),), 403, "csrf_header_missing"),
        ("GET", (("X-CSRF", "1"), ("Sec-Fetch-Site", "cross-site")), 403, "cross_site_request"),
        ("POST", FETCH, 405, "method_not_allowed"),
        ("GET", (*FETCH, ("Last-Event-ID", "nonsense")), 400, "event_id_invalid"),
    ],
)
async def test_coming_back_is_refused_as_everything_is(
    dropped: Dropped, method: str, headers: tuple[tuple[str, str], ...], status: int, code: str
) -> None:
    answer = await dropped.alice.fetch(
        method, f"/api/chats/{dropped.chat_id}/stream", headers=headers
    )

    assert (answer.status, problem_of(answer)["code"]) == (status, code)
    assert answer.header("allow") == ("GET" if status == 405 else None)


async def test_nobody_else_comes_back_to_it(house: House, dropped: Dropped) -> None:
    bob, nobody = house.browser(), house.browser()
    await bob.login(BOB)
    path = f"/api/chats/{dropped.chat_id}/stream"

    theirs = await bob.fetch("GET", path)
    none = await nobody.fetch("GET", path)

    assert problem_of(theirs)["code"] == "chat_unknown"
    assert problem_of(none)["code"] == "not_logged_in"


async def test_stop_ends_a_turn_without_its_browser(house: House, dropped: Dropped) -> None:
    speaker = await dropped.conversation.speaker()

    answer = await dropped.alice.fetch("POST", f"/api/chats/{dropped.chat_id}/stop")

    assert answer.status == 204
    await asyncio.wait_for(speaker.gone.wait(), WAIT_S)
    (end,) = await dropped.rest()
    assert (end.type, end.json["code"]) == ("error", "turn_stopped")
    assert house.runtime.stops


async def test_a_stop_is_left_for_whichever_process_records_the_turn(
    house: House, dropped: Dropped
) -> None:
    await dropped.alice.fetch("POST", f"/api/chats/{dropped.chat_id}/stop")

    memory = house.table._table
    assert isinstance(memory, MemoryTable)
    assert [key.sort for key in memory._items if key.sort == "STOPS"] == ["STOPS"]


async def test_a_stop_on_another_process_keeps_a_message_from_the_agent_that_waits_for_its_grants(
    house: House, dropped: Dropped
) -> None:
    await dropped.finish()
    called, asked = len(house.runtime.invocations), len(house.vendor.requests)
    # Grants last for a quarter of an hour: new ones are needed, and do not come at once.
    house.clock.advance(900)
    house.vendor.open.clear()
    named = ("Chat-Id", dropped.chat_id)
    waiting = asyncio.ensure_future(dropped.alice.say("hello", headers=[named]))
    async with asyncio.timeout(WAIT_S):
        while len(house.vendor.requests) == asked:
            await asyncio.sleep(0.001)

    ticket = parse_ticket(str(dropped.alice.ticket))
    assert ticket is not None
    owner = house.gate.ledger.owner(ticket.tenant, ticket.subject)
    # What a stop on another process leaves for this one.
    await house.gate.turns.journal.stop(owner, dropped.chat_id, now=house.clock.now())
    house.vendor.open.set()

    assert problem_of(await waiting)["code"] == "turn_stopped"
    assert len(house.runtime.invocations) == called


async def test_a_forgotten_chat_leaves_nothing_to_come_back_to(
    house: House, dropped: Dropped
) -> None:
    await dropped.finish()
    path = f"/api/chats/{dropped.chat_id}"

    await dropped.alice.fetch("DELETE", path)

    answer = await dropped.alice.fetch("GET", f"{path}/stream")
    assert problem_of(answer)["code"] == "chat_unknown"
    memory = house.table._table
    assert isinstance(memory, MemoryTable)
    kept = [key.sort for key in memory._items if "ROW#" in key.sort or "HEAD#" in key.sort]
    assert kept == []


async def test_the_end_of_the_process_is_told_to_who_comes_back(
    house: House, dropped: Dropped
) -> None:
    speaker = await dropped.conversation.speaker()

    await house.gate.turns.streams.drain(0)

    await asyncio.wait_for(speaker.gone.wait(), WAIT_S)
    answer = await dropped.alice.fetch("GET", f"/api/chats/{dropped.chat_id}/stream")
    assert problem_of(answer)["code"] == "server_restarting"


async def test_the_stream_of_a_chat_stands_in_the_document(alice: Browser) -> None:
    document = (await alice.fetch("GET", "/api/openapi.json")).json

    operation = document["paths"]["/api/chats/{chat_id}/stream"]["get"]
    assert {"200", "204", "400", "401", "403", "404", "429", "502", "503"} <= set(
        operation["responses"]
    )
