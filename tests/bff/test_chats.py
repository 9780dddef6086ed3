"""Conversations: continued, listed, stopped, forgotten."""

import asyncio
from collections.abc import Callable

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.events import parse
from fakes.proxy.house import House
from fakes.proxy.provider.people import BOB, CAROL, Person
from fakes.proxy.runtime import Conversation, answers, refuses
from trust.chat.record import CHAT_KEPT_S

SESSION_ID = "x-amzn-bedrock-agentcore-runtime-session-id"


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def begun(browser: Browser, words: str = "hi", agent: str = "hello") -> str:
    """Begin a chat; return its id."""
    answer = await browser.say(agent, b'{"prompt": "%s"}' % words.encode())
    chat_id = answer.header("chat-id")
    assert chat_id is not None
    return chat_id


async def go_on(browser: Browser, chat_id: str, agent: str = "hello") -> Answer:
    """Go on with a chat."""
    return await browser.say(agent, headers=[("Chat-Id", chat_id)])


async def listed(browser: Browser) -> list[str]:
    """Return the ids of a person's chats."""
    answer = await browser.fetch("GET", "/api/chats")
    return [chat["id"] for chat in answer.json["chats"]]


async def test_a_chat_goes_on_in_its_own_runtime_session(house: House, alice: Browser) -> None:
    chat_id = await begun(alice)

    again = await go_on(alice, chat_id)

    assert again.header("chat-id") == chat_id
    first, second = (call.header(SESSION_ID) for call in house.runtime.invocations)
    assert first == second


async def test_every_chat_has_a_runtime_session_of_its_own(house: House, alice: Browser) -> None:
    for _ in range(3):
        await begun(alice)

    sessions = house.runtime.sessions
    assert len(set(sessions)) == 3
    assert all(33 <= len(session) <= 100 for session in sessions)


async def test_chats_are_listed_the_last_used_first(house: House, alice: Browser) -> None:
    first = await begun(alice, "first")
    house.clock.advance(1)
    second = await begun(alice, "second")
    house.clock.advance(1)
    await go_on(alice, first)

    answer = await alice.fetch("GET", "/api/chats")

    assert [chat["id"] for chat in answer.json["chats"]] == [first, second]
    now = house.clock.now()
    assert answer.json["chats"][0] == {
        "id": first,
        "agent": "hello",
        "title": "first",
        "created_at": now - 2,
        "updated_at": now,
    }


async def test_what_is_only_looked_at_does_not_move_up(house: House, alice: Browser) -> None:
    first = await begun(alice, "first")
    house.clock.advance(1)
    second = await begun(alice, "second")
    house.clock.advance(1)
    await alice.say("hello", b"{}", headers=[("Chat-Id", first)])

    assert await listed(alice) == [second, first]


async def test_a_chat_that_nobody_used_for_long_is_gone(house: House, alice: Browser) -> None:
    chat_id = await begun(alice)
    house.clock.advance(CHAT_KEPT_S)
    await alice.login()

    assert await listed(alice) == []
    assert problem_of(await go_on(alice, chat_id))["code"] == "chat_unknown"


@pytest.mark.parametrize(
    "chat_id",
    [
        "",
        "x",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "01arz3ndektsv4rrffq69g5fav",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV#CUTOFF",
        "../CUTOFF",
        "é" * 26,
        "\x00" * 26,
        "A" * 5000,
        "01ARZ3NDEKTSV4RRFFQ69G5FAV, 01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ],
)
async def test_a_chat_of_nobody_is_not_found(house: House, alice: Browser, chat_id: str) -> None:
    answer = await go_on(alice, chat_id)

    assert answer.status == 404
    assert problem_of(answer)["code"] == "chat_unknown"
    assert house.runtime.invocations == []
    assert house.vendor.requests == []


async def test_two_chat_ids_are_none(house: House, alice: Browser) -> None:
    chat_id = await begun(alice)

    answer = await alice.say("hello", headers=[("Chat-Id", chat_id), ("Chat-Id", chat_id)])

    assert problem_of(answer)["code"] == "chat_unknown"


async def test_a_chat_with_one_agent_is_none_with_another(house: House, alice: Browser) -> None:
    chat_id = await begun(alice)

    answer = await go_on(alice, chat_id, agent="ledger")

    assert problem_of(answer)["code"] == "chat_unknown"
    assert len(house.runtime.invocations) == 1


CALLS = [
    ("POST", "/api/agents/hello/invocations"),
    ("DELETE", "/api/chats/{id}"),
    ("POST", "/api/chats/{id}/stop"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("person", [BOB, CAROL], ids=lambda person: person.sub)
async def test_a_chat_of_somebody_else_is_as_unknown_as_one_of_nobody(
    house: House, alice: Browser, person: Person, method: str, path: str
) -> None:
    theirs = await begun(alice)
    stranger = house.browser()
    await stranger.login(person)
    calls = len(house.runtime.invocations)
    nobodys = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

    found: list[tuple[int, dict[str, object], list[str]]] = []
    for chat_id in (theirs, nobodys):
        sent = [("Chat-Id", chat_id)] if path.endswith("invocations") else []
        headers = [("X-CSRF", "1"), ("Sec-Fetch-Site", "same-origin"), *sent]
        answer = await stranger.fetch(
            method, path.format(id=chat_id), headers=headers, body=b'{"prompt": "hi"}'
        )
        members = dict(problem_of(answer))
        del members["request_id"]
        names = sorted(name for name, _ in answer.headers)
        found.append((answer.status, members, names))

    assert found[0] == found[1]
    assert found[0][0] == 404
    assert (len(house.runtime.invocations), house.runtime.stops) == (calls, [])
    assert theirs not in await listed(stranger)
    assert await listed(alice) == [theirs]


async def test_forgetting_stops_the_runtime_session(house: House, alice: Browser) -> None:
    chat_id = await begun(alice)

    answer = await alice.fetch("DELETE", f"/api/chats/{chat_id}")

    assert (answer.status, answer.body) == (204, b"")
    (call,) = house.runtime.stops
    assert call.header(SESSION_ID) == house.runtime.invocations[0].header(SESSION_ID)
    assert await listed(alice) == []
    assert problem_of(await go_on(alice, chat_id))["code"] == "chat_unknown"


@pytest.mark.parametrize("status", [404, 409])
async def test_what_the_runtime_does_not_know_any_more_is_forgotten_all_the_same(
    house: House, alice: Browser, status: int
) -> None:
    chat_id = await begun(alice)
    house.runtime.stop = refuses(status)

    assert (await alice.fetch("DELETE", f"/api/chats/{chat_id}")).status == 204
    assert await listed(alice) == []


async def test_what_could_not_be_stopped_is_not_forgotten(house: House, alice: Browser) -> None:
    chat_id = await begun(alice)
    house.runtime.stop = refuses(500)

    answer = await alice.fetch("DELETE", f"/api/chats/{chat_id}")

    assert problem_of(answer)["code"] == "agent_failed"
    assert b"upstream-secret-text" not in answer.body
    assert await listed(alice) == [chat_id]


async def test_forgetting_twice_is_a_chat_of_nobody(alice: Browser) -> None:
    chat_id = await begun(alice)
    await alice.fetch("DELETE", f"/api/chats/{chat_id}")

    again = await alice.fetch("DELETE", f"/api/chats/{chat_id}")

    assert problem_of(again)["code"] == "chat_unknown"


async def test_a_running_turn_is_stopped_here_and_there(house: House, alice: Browser) -> None:
    spoken = Conversation()
    house.runtime.script = [spoken.play]
    sent = alice.invocation("hello")
    running = asyncio.ensure_future(house.app(sent.scope, sent.receive, sent.send))
    speaker = await spoken.speaker()
    speaker.chunk(b"data: one\n\n")
    await sent.seen(1)
    (chat_id,) = await listed(alice)

    answer = await alice.fetch("POST", f"/api/chats/{chat_id}/stop")

    assert (answer.status, answer.body) == (204, b"")
    async with asyncio.timeout(5):
        await running
        await speaker.gone.wait()
    assert [event.type for event in parse(sent.answer.body)] == ["message", "error"]
    assert parse(sent.answer.body)[-1].json["code"] == "turn_stopped"
    assert len(house.runtime.stops) == 1
    assert await listed(alice) == [chat_id]


async def test_a_turn_that_still_waits_for_its_grants_is_stopped_before_it_reaches_the_agent(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(alice)
    called = len(house.runtime.invocations)
    # Grants last for a quarter of an hour: new ones are needed, and do not come at once.
    house.clock.advance(900)
    house.vendor.open.clear()
    asked = len(house.vendor.requests)
    going_on = asyncio.ensure_future(go_on(alice, chat_id))
    await until(lambda: len(house.vendor.requests) > asked)

    stopping = asyncio.ensure_future(alice.fetch("POST", f"/api/chats/{chat_id}/stop"))
    await until(lambda: any(stream.why for stream in house.gate.turns.streams.open))
    house.vendor.open.set()

    assert (await stopping).status == 204
    assert problem_of(await going_on)["code"] == "turn_stopped"
    assert len(house.runtime.invocations) == called


async def test_the_agent_is_stopped_where_the_store_takes_nothing(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(alice)
    house.table.full = True

    answer = await alice.fetch("POST", f"/api/chats/{chat_id}/stop")

    # Other processes do not know: whoever pressed stop may press it again.
    assert problem_of(answer)["code"] == "store_unavailable"
    assert len(house.runtime.stops) == 1


async def test_stopping_what_does_not_run_is_no_error(house: House, alice: Browser) -> None:
    chat_id = await begun(alice)
    for _ in range(2):
        assert (await alice.fetch("POST", f"/api/chats/{chat_id}/stop")).status == 204

    assert len(house.runtime.stops) == 2


async def test_a_chat_with_an_agent_that_was_taken_away_can_be_forgotten(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat_id = await begun(alice)

    async def none() -> list[object]:
        return []

    monkeypatch.setattr(house.gate.registry, "agents", none)

    assert (await alice.fetch("DELETE", f"/api/chats/{chat_id}")).status == 204
    assert house.runtime.stops == []
    assert await listed(alice) == []


async def test_a_chat_with_any_other_agent_is_stopped_by_a_grant_and_with_nobodys_token(
    house: House, alice: Browser
) -> None:
    chat_id = await begun(alice)

    assert (await alice.fetch("POST", f"/api/chats/{chat_id}/stop")).status == 204
    assert str(house.runtime.stops[0].header("authorization")).startswith("AWS4-HMAC-SHA256 ")


async def test_a_chat_with_an_agent_that_wants_tokens_is_stopped_with_one(
    house: House, alice: Browser
) -> None:
    house.runtime.script = [answers(b"{}")]
    chat_id = await begun(alice, agent="bearer")

    assert (await alice.fetch("POST", f"/api/chats/{chat_id}/stop")).status == 204
    assert str(house.runtime.stops[0].header("authorization")).startswith("Bearer ")


async def test_the_list_holds_no_runtime_session(house: House, alice: Browser) -> None:
    await begun(alice)

    answer = await alice.fetch("GET", "/api/chats")

    assert house.runtime.sessions[0].encode() not in answer.body


async def test_a_chat_that_is_used_every_day_is_not_forgotten_for_its_form(
    house: House, alice: Browser
) -> None:
    body = b'{"messages": [{"role": "user", "content": [{"type": "image"}]}]}'
    chat_id = (await alice.say("hello", body)).header("chat-id")
    assert chat_id is not None
    house.clock.advance(CHAT_KEPT_S - 60)
    await alice.login()
    await alice.say("hello", body, headers=[("Chat-Id", chat_id)])
    house.clock.advance(120)

    assert await listed(alice) == [chat_id]
