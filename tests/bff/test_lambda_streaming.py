"""Agents' answers through API Gateway and Lambda: the streaming application, without FastAPI."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bff import streaming_app, streaming_path
from bff.streaming_app import Streaming, create_streaming
from devstack.runtime_api.gateway import Gateway
from devstack.runtime_api.server import RuntimeApi
from fakes.lambda_function import function
from fakes.proxy import house as houses
from fakes.proxy.asgi import WAIT_S, problem_of
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.events import parse
from fakes.proxy.house import House
from fakes.proxy.provider.idp import TOKEN_LIFETIME_S
from fakes.proxy.runtime import Conversation, answers, hangs, says
from proxy import relay
from trust.errors import SettingsError
from trust.seal.keyring import new_keyring
from trust.secrets.opening import Keepers, open_keepers

LONGER_THAN_IT_SERVES_S = 1000
"""After this a secret that nobody looked at may not be used any more."""


@pytest.fixture
def settings_changes() -> dict[str, str]:
    """Let sessions last longer than their tokens, without anybody coming by."""
    return {"BFF_SESSION_IDLE": "2h"}


@pytest.fixture
async def streaming(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Streaming]:
    """Open the application beside the house, at the same outer ports."""
    monkeypatch.setattr(streaming_app, "SystemClock", lambda: house.clock)
    monkeypatch.setattr(streaming_path, "_table", lambda *_: house.table)
    monkeypatch.setattr(streaming_path, "_vendor", lambda *_: house.vendor)
    app = create_streaming(house.environment)
    yield app
    await app.close()


@pytest.fixture
async def alice(alice: Browser, streaming: Streaming) -> AsyncIterator[Browser]:
    """Put API Gateway and a function between Alice, who has logged in elsewhere, and the app."""
    async with function(streaming) as running:

        @asynccontextmanager
        async def sandbox() -> AsyncGenerator[RuntimeApi]:
            yield running.api

        alice.app = Gateway(sandbox)
        yield alice


async def test_an_answer_is_what_it_is_without_lambda(house: House, alice: Browser) -> None:
    frames = [b"data: 1\n\n", b"data: 2\n\n"]
    house.runtime.script = [says(*frames), says(*frames)]

    answer = await alice.say("hello", b'{"prompt": "hi"}')
    alice.app = house.app
    there = await alice.say("hello", b'{"prompt": "hi"}')

    assert answer.body == there.body == b"".join(frames)
    assert answer.status == there.status == 200
    names = {name for name, _ in answer.headers} | {"content-length"}
    assert {name for name, _ in there.headers} <= names
    assert answer.header("content-type") == "text/event-stream"
    assert answer.header("cache-control") == "no-store"
    mine, theirs = house.runtime.invocations
    assert mine.body == theirs.body == b'{"prompt": "hi"}'


async def test_each_piece_is_there_before_the_next_is_spoken(house: House, alice: Browser) -> None:
    spoken = Conversation()
    house.runtime.script = [spoken.play]
    sent = alice.invocation("hello")
    turn = asyncio.ensure_future(alice.app(sent.scope, sent.receive, sent.send))
    speaker = await spoken.speaker()

    assert await sent.begun() == 200
    for number in range(5):
        said = b"data: %d\n\n" % number
        speaker.chunk(said)
        assert (await sent.seen(number + 1))[-1] == said
    speaker.end()
    async with asyncio.timeout(WAIT_S):
        await turn
    assert sent.ended


async def test_a_revoked_session_cuts_its_stream(house: House, alice: Browser) -> None:
    spoken = Conversation()
    house.runtime.script = [spoken.play]
    sent = alice.invocation("hello")
    turn = asyncio.ensure_future(alice.app(sent.scope, sent.receive, sent.send))
    speaker = await spoken.speaker()
    speaker.chunk(b"data: 1\n\n")
    await sent.seen(1)

    through_lambda, alice.app = alice.app, house.app
    assert (await alice.fetch("POST", "/auth/logout")).status == 200
    async with asyncio.timeout(WAIT_S):
        await turn

    (error,) = [event for event in parse(b"".join(sent.pieces)) if event.type == "error"]
    assert "session_revoked" in error.data
    alice.app = through_lambda
    assert problem_of(await alice.say("hello"))["code"] == "not_logged_in"


async def test_who_is_not_logged_in_is_told_where_to(alice: Browser) -> None:
    alice.jar.clear()

    answer = await alice.say("hello")

    assert answer.status == 401
    assert problem_of(answer)["login_url"] == "/auth/login"


async def test_another_sites_request_is_refused(alice: Browser) -> None:
    answer = await alice.fetch("POST", "/api/agents/hello/invocations", headers=FETCH[1:])

    assert (answer.status, problem_of(answer)["code"]) == (403, "csrf_header_missing")


@pytest.mark.parametrize("path", ["/api/agents", "/auth/session", "/", "/api/chats/1/stop"])
async def test_everything_else_is_another_functions(alice: Browser, path: str) -> None:
    answer = await alice.fetch("GET", path)

    assert (answer.status, problem_of(answer)["code"]) == (404, "not_found")


async def test_a_session_that_is_due_is_refreshed_once(house: House, alice: Browser) -> None:
    house.runtime.script = [says(b"data: 1\n\n"), says(b"data: 2\n\n")]
    before = house.provider.count("/token")
    house.clock.advance(TOKEN_LIFETIME_S - 60)

    first = await alice.say("hello")
    second = await alice.say("hello")

    assert (first.status, second.status) == (200, 200)
    assert house.provider.count("/token") == before + 1


async def test_an_agent_that_does_not_answer_is_begun_for(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SLOW_START_S", 0.01)
    house.runtime.script = [hangs]
    sent = alice.invocation("hello")
    turn = asyncio.ensure_future(alice.app(sent.scope, sent.receive, sent.send))

    assert await sent.seen(1) == [b": keep-alive\n\n"]
    turn.cancel()


async def test_a_json_answer_is_passed_on(house: House, alice: Browser) -> None:
    house.runtime.script = [answers(b'{"result": 7}')]

    answer = await alice.say("ledger")

    assert (answer.header("content-type"), answer.json) == ("application/json", {"result": 7})


async def test_a_keyring_that_cannot_be_had_is_asked_for_again(
    house: House, alice: Browser, streaming: Streaming
) -> None:
    keys = house.environment.pop("SESSION_KEYS")
    refused = await alice.say("hello")
    house.environment["SESSION_KEYS"] = keys

    assert (refused.status, problem_of(refused)["code"]) == (500, "settings_invalid")
    house.runtime.script = [says(b"data: 1\n\n")]
    assert (await alice.say("hello")).status == 200


async def test_an_opening_that_fails_leaves_no_keepers_behind(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them may be logged in at Vault, and every invocation would leave one more there."""
    opened: list[Keepers] = []
    closed: list[Keepers] = []

    def noted(*of: Any) -> Keepers:
        keepers = open_keepers(*of)

        async def close() -> None:
            closed.append(opened[-1])
            await keepers.close()

        opened.append(replace(keepers, close=close))
        return opened[-1]

    monkeypatch.setattr(streaming_app, "open_keepers", noted)
    keys = house.environment.pop("SESSION_KEYS")
    for _ in range(2):
        assert (await alice.say("hello")).status == 500
    assert closed == opened
    assert len(opened) == 2

    house.environment["SESSION_KEYS"] = keys
    house.runtime.script = [says(b"data: 1\n\n")]
    assert (await alice.say("hello")).status == 200
    assert closed == opened[:2]


class TestAnAgentWhoseTurnsGoOn:
    """An agent of which a process that stays would record each turn."""

    @pytest.fixture
    def settings_changes(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
        detached = houses.REGISTRY.replace("stop_on_disconnect = true", "detach = true")
        monkeypatch.setattr(houses, "REGISTRY", detached)
        return {}

    async def test_is_passed_on_as_it_is_where_the_process_stops_behind_its_answer(
        self, house: House, alice: Browser
    ) -> None:
        house.runtime.script = [says(b"data: 1\n\n")]

        answer = await alice.say("hello")

        assert answer.body == b"data: 1\n\n"


class TestAFunctionBehindAProxy:
    """A function that API Gateway calls for somebody who stands before it, and is ours."""

    @pytest.fixture
    def settings_changes(self) -> dict[str, str]:
        return {"BFF_TRUSTED_PROXIES": "192.0.2.0/24", "BFF_LIMIT_ADDRESS_CALLS": "1/1m"}

    async def test_counts_the_calls_of_those_whom_it_speaks_for(self, alice: Browser) -> None:
        addresses = ("198.51.100.7", "198.51.100.8", "198.51.100.7")

        answers = [
            await alice.say("hello", headers=[("X-Forwarded-For", address)])
            for address in addresses
        ]

        assert [answer.status for answer in answers] == [200, 200, 429]


class TestAKeyringInAFile:
    """A secret that has a keeper, whom nobody asks while the function is frozen."""

    @pytest.fixture
    def settings_changes(self, tmp_path: Path) -> dict[str, str]:
        (tmp_path / "keys").write_text(new_keyring(secrets.token_bytes), encoding="utf-8")
        return {"BFF_SESSION_KEYS": f"file:{tmp_path / 'keys'}"}

    async def test_is_looked_at_again_after_a_long_time_between_two_events(
        self, house: House, alice: Browser
    ) -> None:
        assert (await alice.say("hello")).status == 200
        house.clock.advance(LONGER_THAN_IT_SERVES_S)

        assert (await alice.say("hello")).status == 200


def test_a_configuration_with_faults_makes_no_application() -> None:
    with pytest.raises(SettingsError, match="BFF_PUBLIC_URL is not set"):
        create_streaming({})
