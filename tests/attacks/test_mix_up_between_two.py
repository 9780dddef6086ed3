"""Mix-up with two providers at once: an honest one, and one that a tenant brought along."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import DOCUMENT, SESSION, Browser
from fakes.proxy.house import REGISTRY, House
from fakes.proxy.provider.carriers import provider_on_loopback
from fakes.proxy.provider.idp import FakeProvider
from fakes.proxy.provider.people import ALICE, CAROL, Person

GLOBEX = "[tenants.globex]\n"


def rewrite(house: House, text: str) -> None:
    """Change the registry's file, and let the time pass until it is looked at again."""
    Path(house.environment["BFF_REGISTRY"].removeprefix("file:")).write_text(text)
    house.clock.advance(2)


@pytest.fixture
async def theirs(house: House) -> AsyncIterator[FakeProvider]:
    """Let globex bring a provider of its own."""
    async with provider_on_loopback(house.clock) as (carrier, _):
        entry = f"""
[providers.globex-login]
issuer = "{carrier.provider.issuer}"
client_id = "gatehouse"
tenant_claim = "tenant_id"
client_secret = "env:CLIENT_SECRET"
"""
        issuer = f'issuer = "{carrier.provider.issuer}"\n'
        text = REGISTRY.replace(GLOBEX, GLOBEX + issuer) + entry
        rewrite(house, text)
        yield carrier.provider


async def at_theirs(browser: Browser, theirs: FakeProvider, person: Person = CAROL) -> Answer:
    """Log in at globex's provider."""
    answered = theirs.authorize(await browser.begin(tenant="globex"), person)
    return await browser.come_back(answered, accept=DOCUMENT)


async def test_mix_up_each_logs_its_own_people_in(house: House, theirs: FakeProvider) -> None:
    alice, carol = house.browser(), house.browser()

    assert (await alice.login(ALICE)).status == 200
    assert (await at_theirs(carol, theirs)).status == 200

    who = [(await one.fetch("GET", "/auth/session")).json["tenant"]["id"] for one in (alice, carol)]
    assert who == ["acme", "globex"]


async def test_mix_up_of_an_honest_code_is_not_shown_to_the_dishonest_one(
    house: House, browser: Browser, theirs: FakeProvider
) -> None:
    """The victim goes to the dishonest one, which passes them on to the honest one (RFC 9700 §4.4).

    The honest one's answer comes back to the login that was begun at the other.
    """
    dishonest = theirs.request_of(await browser.begin(tenant="globex"))
    honest = house.provider.authorize(await house.browser().begin(), ALICE)

    answer = await browser.come_back(honest | {"state": dishonest["state"]}, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_issuer_mismatch"
    assert theirs.count("/token") == 0
    assert SESSION not in browser.jar


async def test_mix_up_of_a_dishonest_answer_is_not_taken_for_an_honest_one(
    house: House, browser: Browser, theirs: FakeProvider
) -> None:
    honest = house.provider.request_of(await browser.begin())
    dishonest = theirs.authorize(await house.browser().begin(tenant="globex"), CAROL)

    answer = await browser.come_back(dishonest | {"state": honest["state"]}, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_issuer_mismatch"
    assert house.provider.count("/token") == 0


async def test_mix_up_a_tenant_s_provider_mints_no_members_of_another_tenant(
    browser: Browser, theirs: FakeProvider
) -> None:
    theirs.claims = {"tenant_id": "acme"}

    answer = await at_theirs(browser, theirs)

    assert problem_of(answer)["code"] == "tenant_unknown"
    assert SESSION not in browser.jar


async def test_mix_up_the_default_provider_mints_no_members_of_a_tenant_with_its_own(
    house: House, browser: Browser, theirs: FakeProvider
) -> None:
    del theirs
    answered = house.provider.authorize(await browser.begin(), CAROL)

    answer = await browser.come_back(answered, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "tenant_unknown"


async def test_mix_up_the_same_name_at_two_providers_is_two_people(
    house: House, theirs: FakeProvider
) -> None:
    alice, namesake = house.browser(), house.browser()
    await alice.login(ALICE)
    theirs.claims = {"tenant_id": "globex"}
    assert (await at_theirs(namesake, theirs, ALICE)).status == 200

    for one in (alice, namesake):
        assert len((await one.fetch("GET", "/auth/sessions")).json["sessions"]) == 1
    assert (await namesake.fetch("GET", "/api/chats")).json["chats"] == []


async def test_mix_up_by_an_id_token_that_the_other_provider_signed(
    house: House, browser: Browser, theirs: FakeProvider
) -> None:
    theirs.claims = {"iss": house.provider.issuer}

    answer = await at_theirs(browser, theirs)

    assert problem_of(answer)["code"] == "login_token_invalid"


async def test_mix_up_a_provider_that_names_itself_no_more_gets_no_logins(
    house: House, browser: Browser, theirs: FakeProvider
) -> None:
    del house
    theirs.sends_issuer = False

    answer = await browser.navigate("/auth/login?tenant=globex", accept=DOCUMENT)

    assert problem_of(answer)["code"] == "provider_misconfigured"


async def test_mix_up_each_refresh_goes_to_the_session_s_own_provider(
    house: House, browser: Browser, theirs: FakeProvider
) -> None:
    await at_theirs(browser, theirs)
    for _ in range(3):
        house.clock.advance(1200)
        await browser.fetch("GET", "/api/chats")

    assert theirs.count("/token") == 2
    assert house.provider.count("/token") == 0


async def test_mix_up_a_provider_that_was_removed_keeps_nobody_logged_in(
    house: House, browser: Browser, theirs: FakeProvider
) -> None:
    await at_theirs(browser, theirs)
    rewrite(house, REGISTRY)
    for _ in range(3):
        house.clock.advance(1200)
        await browser.fetch("GET", "/api/chats")

    answer = await browser.fetch("GET", "/api/chats")
    assert problem_of(answer)["code"] == "not_logged_in"
