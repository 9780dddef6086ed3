"""Agents that want a stronger or a fresher login than the person has (RFC 9470)."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.house import REGISTRY, House

HELLO = "[agents.hello]\n"


@pytest.fixture
def wanted() -> str:
    """What the agent wants; a test may say otherwise."""
    return 'acr_values = ["phr", "phrh"]\nmax_age_s = 300\n'


@pytest.fixture(autouse=True)
def strong_agent(house: House, wanted: str) -> None:
    """Let the agent `hello` want more than a password."""
    text = REGISTRY.replace(HELLO, HELLO + wanted)
    Path(house.environment["BFF_REGISTRY"].removeprefix("file:")).write_text(text)
    house.clock.advance(2)


async def test_a_login_that_is_too_weak_is_told_the_way_to_a_stronger_one(
    house: House, alice: Browser
) -> None:
    answer = await alice.say("hello")

    told = problem_of(answer)
    assert (answer.status, told["code"]) == (401, "insufficient_user_authentication")
    way = urlsplit(str(told["login_url"]))
    assert way.path == "/auth/step-up"
    assert parse_qs(way.query) == {"acr_values": ["phr phrh"], "max_age": ["300"]}
    assert house.runtime.invocations == []
    assert answer.every("set-cookie") == [], "the session goes on"


async def test_after_the_step_up_the_message_goes_through(house: House, alice: Browser) -> None:
    house.provider.claims = {"acr": "phr"}
    refused = problem_of(await alice.say("hello"))
    location = (await alice.navigate(str(refused["login_url"]))).header("location") or ""
    assert (await alice.come_back(house.provider.authorize(location))).status == 200

    assert (await alice.say("hello")).status == 200


async def test_a_strong_login_is_not_fresh_for_ever(house: House, browser: Browser) -> None:
    house.provider.claims = {"acr": "phrh"}
    await browser.login()

    house.clock.advance(300)
    assert (await browser.say("hello")).status == 200
    house.clock.advance(1)
    answer = await browser.say("hello")
    assert problem_of(answer)["code"] == "insufficient_user_authentication"


async def test_other_agents_want_nothing_of_the_kind(alice: Browser) -> None:
    assert (await alice.say("ledger")).status == 200


@pytest.mark.parametrize("wanted", ["max_age_s = 300\n"])
async def test_an_agent_may_want_only_a_fresh_login(alice: Browser) -> None:
    assert (await alice.say("hello")).status == 200


@pytest.mark.parametrize("wanted", ["max_age_s = 300\n"])
async def test_one_that_is_too_old_is_told_to_become_fresh_and_nothing_else(
    house: House, alice: Browser
) -> None:
    house.clock.advance(301)

    told = problem_of(await alice.say("hello"))

    assert told["login_url"] == "/auth/step-up?max_age=300"


@pytest.mark.parametrize("wanted", ['acr_values = ["phr"]\n'])
async def test_one_that_is_too_weak_is_told_to_become_stronger_and_nothing_else(
    alice: Browser,
) -> None:
    told = problem_of(await alice.say("hello"))

    assert told["login_url"] == "/auth/step-up?acr_values=phr"


async def test_a_weak_login_learns_nothing_of_agents_that_are_not_its_tenant_s(
    house: House, browser: Browser
) -> None:
    del house
    await browser.login()

    answer = await browser.say("nobody-s")

    assert problem_of(answer)["code"] == "agent_unknown"
