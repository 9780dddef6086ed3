"""A message that is repeated under its name, to an agent whose clients name no chats."""

from pathlib import Path

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.house import PEER, REGISTRY, House
from fakes.proxy.rpc import call


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    """Have an A2A agent."""
    place = tmp_path / "peer.toml"
    place.write_text(REGISTRY + PEER)
    return {"BFF_REGISTRY": f"file:{place}"}


async def said(browser: Browser) -> Answer:
    """Send the same message, under the same name."""
    return await browser.fetch(
        "POST",
        "/api/agents/peer/invocations",
        headers=[*FETCH, ("Content-Type", "application/json"), ("Idempotency-Key", "run-1")],
        body=call("message/send", params={"message": {"parts": [{"text": "Hi"}]}}),
    )


async def test_the_chat_that_was_begun_for_a_repeated_message_is_gone_again(
    house: House, alice: Browser
) -> None:
    chat_id = (await said(alice)).header("chat-id")
    await alice.fetch("DELETE", f"/api/chats/{chat_id}")

    again = await said(alice)

    assert problem_of(again)["code"] == "asked_already"
    assert len(house.runtime.invocations) == 1
    assert (await alice.fetch("GET", "/api/chats")).json["chats"] == []


async def test_the_chat_that_went_on_outlives_a_repeated_message(
    house: House, alice: Browser
) -> None:
    chat_id = (await said(alice)).header("chat-id")

    again = await said(alice)

    assert problem_of(again)["code"] == "asked_already"
    (chat,) = (await alice.fetch("GET", "/api/chats")).json["chats"]
    assert chat["id"] == chat_id
    assert len(house.runtime.invocations) == 1
