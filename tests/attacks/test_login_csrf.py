"""Login CSRF: a victim must not be logged in as the attacker, by the attacker's own answer."""

import pytest

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import DOCUMENT, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import ALICE, MALLORY


@pytest.fixture
async def attacker(house: House) -> Browser:
    return house.browser()


async def test_login_csrf_with_the_attackers_code_and_state(
    house: House, attacker: Browser, browser: Browser
) -> None:
    answered = house.provider.authorize(await attacker.begin(), MALLORY)

    answer = await browser.come_back(answered, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_attempt_unknown"
    assert browser.jar == {}
    assert house.provider.count("/token") == 0


async def test_login_csrf_into_a_login_that_the_victim_has_begun(
    house: House, attacker: Browser, browser: Browser
) -> None:
    theirs = house.provider.authorize(await attacker.begin(), MALLORY)
    await browser.begin()

    answer = await browser.come_back(theirs, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_attempt_unknown"
    assert SESSION not in browser.jar
    assert house.provider.count("/token") == 0


async def test_login_csrf_into_a_session_that_the_victim_has(
    house: House, attacker: Browser, alice: Browser
) -> None:
    theirs = house.provider.authorize(await attacker.begin(), MALLORY)

    await alice.come_back(theirs, accept=DOCUMENT)

    answer = await alice.fetch("GET", "/auth/session")
    assert answer.json["user"]["sub"] == "alice"


async def test_login_csrf_by_an_attempt_cookie_under_the_victims_name(
    house: House, attacker: Browser, browser: Browser
) -> None:
    # A sealed attempt of the attacker's opens under its own name only.
    theirs = house.provider.authorize(await attacker.begin(), MALLORY)
    await browser.begin()
    (mine,) = browser.attempts
    (name,) = attacker.attempts
    browser.jar[mine] = attacker.jar[name]

    answer = await browser.come_back(theirs, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_attempt_unknown"


async def test_login_csrf_does_not_spend_the_victims_own_login(
    house: House, attacker: Browser, browser: Browser
) -> None:
    location = await browser.begin()
    await browser.come_back(house.provider.authorize(await attacker.begin(), MALLORY))

    page = await browser.come_back(house.provider.authorize(location, ALICE))

    assert page.status == 200
    answer = await browser.fetch("GET", "/auth/session")
    assert answer.json["user"]["sub"] == "alice"


@pytest.mark.parametrize("dest", ["iframe", "image", "script", "object", "embed", "empty"])
async def test_login_csrf_by_a_login_that_nobody_sees(browser: Browser, dest: str) -> None:
    for path in ("/auth/login", "/auth/callback?state=x"):
        answer = await browser.fetch("GET", path, headers=[("Sec-Fetch-Dest", dest)])
        assert problem_of(answer)["code"] == "cross_site_request"
        assert browser.jar == {}
