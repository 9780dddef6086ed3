"""Claims that a provider gives at its UserInfo endpoint alone."""

from typing import Any

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import DOCUMENT, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import Reply


@pytest.fixture(autouse=True)
def says_it_there(house: House) -> None:
    """Let the tenant stand at the UserInfo endpoint and nowhere else."""
    house.provider.claims = {"tenant_id": None}
    house.provider.userinfo = {"sub": "alice", "tenant_id": "acme", "name": "Somebody Else"}


async def logged_in(house: House, browser: Browser) -> Answer:
    answered = house.provider.authorize(await browser.begin())
    return await browser.come_back(answered, accept=DOCUMENT)


async def test_the_tenant_is_found_there(house: House, browser: Browser) -> None:
    assert (await logged_in(house, browser)).status == 200

    told = (await browser.fetch("GET", "/auth/session")).json
    assert told["tenant"]["id"] == "acme"
    assert told["user"]["name"] == "Alice Archer", "what the ID token says stands"


async def test_a_token_that_says_it_all_makes_no_further_call(
    house: House, browser: Browser
) -> None:
    house.provider.claims = {}

    assert (await logged_in(house, browser)).status == 200
    assert house.provider.count("/userinfo") == 0


@pytest.mark.parametrize("sub", ["mallory", None, "", 7, ["alice"]])
async def test_somebody_else_s_claims_are_no_login(
    house: House, browser: Browser, sub: object
) -> None:
    house.provider.userinfo = {"sub": sub, "tenant_id": "acme"}

    answer = await logged_in(house, browser)

    assert problem_of(answer)["code"] == "login_token_invalid"


async def test_an_endpoint_that_is_down_is_an_outage(house: House, browser: Browser) -> None:
    house.provider.faults["/userinfo"] = Reply(status=500)

    assert (await logged_in(house, browser)).status == 503


@pytest.mark.parametrize("told", [{}, {"tenant_id": 7}, {"tenant_id": ""}])
async def test_a_tenant_that_stands_nowhere_is_missing(
    house: House, browser: Browser, told: dict[str, Any]
) -> None:
    house.provider.userinfo = {"sub": "alice", **told}

    answer = await logged_in(house, browser)

    assert problem_of(answer)["code"] == "tenant_claim_missing"
