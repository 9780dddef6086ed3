"""Too many of one kind, over HTTP: refused with the time to wait, and told in the audit trail."""

import asyncio

import pytest

from fakes.proxy.asgi import ask, problem_of
from fakes.proxy.browser import DOCUMENT, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import BOB, CAROL


@pytest.fixture
def settings_changes() -> dict[str, str]:
    return {
        "BFF_LIMIT_LOGINS": "3/1m",
        "BFF_LIMIT_CALLBACKS": "4/1m",
        "BFF_LIMIT_ADDRESS_CALLS": "60/1m",
        "BFF_LIMIT_CALLS": "5/1m",
        "BFF_LIMIT_TENANT_CALLS": "8/1m",
        "BFF_TRUSTED_PROXIES": "192.0.2.0/24",
    }


@pytest.fixture(autouse=True)
def at_the_beginning_of_a_window(house: House) -> None:
    house.clock.advance(60 - house.clock.now() % 60)


def from_address(address: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", address)]


async def statuses(browser: Browser, path: str, times: int) -> list[int]:
    answers = [await browser.fetch("GET", path) for _ in range(times)]
    return [answer.status for answer in answers]


async def test_a_person_who_logs_in_too_often_sees_a_page_that_says_so(browser: Browser) -> None:
    for _ in range(3):
        assert (await browser.navigate("/auth/login")).status == 303

    page = await browser.navigate("/auth/login")

    assert page.status == 429
    assert page.header("content-type") == "text/html; charset=utf-8"
    assert b"rate_limited" in page.body
    assert 0 < int(page.header("retry-after") or 0) <= 60


async def test_step_ups_are_logins(browser: Browser) -> None:
    for path in ("/auth/login", "/auth/step-up?max_age=0", "/auth/login"):
        assert (await browser.navigate(path)).status == 303

    assert (await browser.navigate("/auth/step-up?max_age=0")).status == 429


async def test_another_address_may_still_log_in(browser: Browser) -> None:
    one = from_address("198.51.100.7")
    answers = [await browser.navigate("/auth/login", headers=one) for _ in range(4)]
    assert answers[-1].status == 429

    other = await browser.navigate("/auth/login", headers=from_address("198.51.100.8"))

    assert other.status == 303


async def test_callbacks_are_counted_whatever_they_bring(browser: Browser) -> None:
    forged = [await browser.come_back({"state": "x", "code": "y"}) for _ in range(4)]
    assert {answer.status for answer in forged} == {400}

    fifth = await browser.come_back({"state": "x", "code": "y"}, accept=DOCUMENT)

    assert problem_of(fifth)["code"] == "rate_limited"


async def test_a_session_has_so_many_calls_and_the_next_window_brings_new_ones(
    house: House, alice: Browser
) -> None:
    assert await statuses(alice, "/api/agents", 7) == [200] * 5 + [429] * 2
    refused = await alice.fetch("GET", "/auth/session")
    assert problem_of(refused)["retry_after"] == int(refused.header("retry-after") or 0) == 60

    house.clock.advance(60)

    assert await statuses(alice, "/auth/session", 1) == [200]


async def test_messages_to_agents_are_calls(house: House, alice: Browser) -> None:
    await statuses(alice, "/api/agents", 5)

    answer = await alice.say("hello")

    assert problem_of(answer)["code"] == "rate_limited"
    assert house.runtime.invocations == []


async def test_a_tenant_s_people_share_its_calls_and_another_tenant_has_its_own(
    house: House, alice: Browser
) -> None:
    bob, carol = house.browser(), house.browser()
    await bob.login(BOB)
    await carol.login(CAROL)
    await statuses(alice, "/api/agents", 5)

    assert await statuses(bob, "/api/agents", 4) == [200] * 3 + [429]
    assert await statuses(carol, "/api/agents", 1) == [200]


async def test_of_many_calls_at_once_just_so_many_pass(alice: Browser) -> None:
    answers = await asyncio.gather(*(alice.fetch("GET", "/api/agents") for _ in range(20)))

    assert sorted(answer.status for answer in answers) == [200] * 5 + [429] * 15


async def test_cookies_that_are_made_up_begin_no_counters(house: House) -> None:
    for number in range(10):
        value = f"v1.acme.{'A' * 22}.{number:043}"
        headers = [("X-CSRF", "1"), ("Sec-Fetch-Site", "same-origin")]
        headers += [("Cookie", f"__Host-Http-session={value}")]
        assert (await ask(house.app, "GET", "/api/agents", headers)).status == 401

    rows = await house.table.query("APP#demo#LIMIT#calls", prefix="", now=house.clock.now())
    assert rows == []


async def test_an_address_has_so_many_calls_whoever_asks(browser: Browser) -> None:
    assert (await statuses(browser, "/auth/session", 61))[-1] == 429
    assert (await browser.navigate("/")).status == 200


async def test_an_address_that_calls_too_often_may_still_log_in(browser: Browser) -> None:
    await statuses(browser, "/auth/session", 61)

    # Counted as what it is, by a route that can answer with a page.
    assert (await browser.navigate("/auth/login")).status == 303


async def test_a_flood_leaves_probes_alone(browser: Browser) -> None:
    await statuses(browser, "/auth/session", 61)

    assert await statuses(browser, "/healthz", 1) == [200]


async def test_who_was_refused_from_where_is_written_down(house: House, alice: Browser) -> None:
    await statuses(alice, "/api/agents", 6)

    (told,) = house.canary.audited("request")

    assert told["why"] == "rate_limited"
    assert told["outcome"] == "refused"
    assert told["address"] == "192.0.2.1"
    assert len(told["request"]) == 16


async def test_what_the_browser_policy_refuses_is_written_down(
    house: House, browser: Browser
) -> None:
    answer = await browser.fetch("POST", "/auth/logout", headers=[("Sec-Fetch-Site", "cross-site")])

    (told,) = house.canary.audited("request")
    assert told["why"] == problem_of(answer)["code"]
    assert told["request"] == answer.header("x-request-id")
