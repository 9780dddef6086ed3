"""The local A2A agent."""

import pytest

from devstack.agents.a2a import CARD, CARD_PATH, Peer
from fakes.proxy.asgi import ask
from fakes.proxy.events import parse
from fakes.proxy.rpc import call

SAID = {"message": {"role": "user", "contextId": "c7", "parts": [{"kind": "text", "text": "hi"}]}}


async def test_it_says_what_it_hears_and_how_it_was_called() -> None:
    body = call("message/send", params=SAID)

    answer = await ask(Peer(), "POST", "/", [("A2A-Version", "1.0")], body)

    said = answer.json["result"]
    assert (said["contextId"], said["parts"]) == ("c7", SAID["message"]["parts"])
    assert said["metadata"]["headers"]["a2a-version"] == "1.0"


async def test_it_says_it_in_events() -> None:
    answer = await ask(Peer(), "POST", "/", (), call("message/stream", params=SAID))

    first, last = [event.json["result"] for event in parse(answer.body)]
    assert [m["status"]["state"] for m in (first, last)] == ["working", "completed"]
    assert [m["final"] for m in (first, last)] == [False, True]


async def test_it_shows_its_card() -> None:
    assert (await ask(Peer(), "GET", CARD_PATH, ())).json == CARD


async def test_what_it_has_not_it_says_so() -> None:
    answer = await ask(Peer(), "POST", "/", (), call("tasks/get"))

    assert answer.json["error"]["code"] == -32601


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/ping", 200), ("GET", "/", 404), ("POST", "/x", 404)]
)
async def test_it_is_in_one_place(method: str, path: str, status: int) -> None:
    assert (await ask(Peer(), method, path, ())).status == status
