"""How long a session lasts: what the provider imposes beside our own two ends."""

import pytest

from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import TOKEN_LIFETIME_S


async def is_in(browser: Browser) -> bool:
    return bool((await browser.fetch("GET", "/auth/session")).json["authenticated"])


async def expires_at(browser: Browser) -> int:
    return int((await browser.fetch("GET", "/auth/session")).json["expires_at"])


async def use_until(house: House, browser: Browser, end: int) -> None:
    """Use the session every twenty minutes, so that it does not end by itself."""
    while house.clock.now() < end:
        assert (await browser.fetch("GET", "/api/chats")).status == 200
        house.clock.advance(min(1200, end - house.clock.now()))


async def refreshed(house: House, browser: Browser) -> None:
    """Have the tokens refreshed by a call that needs them."""
    await use_until(house, browser, house.clock.now() + TOKEN_LIFETIME_S)
    before = house.provider.count("/token")
    assert (await browser.say("ledger")).status == 200
    assert house.provider.count("/token") == before + 1


async def test_a_session_ends_when_the_provider_says(house: House, browser: Browser) -> None:
    end = house.clock.now() + 900
    house.provider.claims = {"session_expiry": end}
    await browser.login()
    assert await expires_at(browser) == end

    house.clock.advance(899)
    assert await is_in(browser)
    house.clock.advance(1)
    assert not await is_in(browser)


async def test_a_provider_cannot_make_a_session_longer_than_we_allow(
    house: House, browser: Browser
) -> None:
    house.provider.claims = {"session_expiry": house.clock.now() + 10**6}
    await browser.login()

    assert await expires_at(browser) == house.clock.now() + 12 * 3600


@pytest.mark.parametrize("value", ["soon", "1795000000", True, [], -1, 1e30, 0])
async def test_an_end_that_is_no_date_to_come_is_no_login(
    house: House, browser: Browser, value: object
) -> None:
    house.provider.claims = {"session_expiry": value}

    page = await browser.login()

    assert b"login_token_invalid" in page.body
    assert browser.ticket is None


async def test_a_refresh_may_shorten_a_session(house: House, alice: Browser) -> None:
    end = house.clock.now() + TOKEN_LIFETIME_S + 60
    house.provider.claims = {"session_expiry": end}
    await refreshed(house, alice)

    assert await expires_at(alice) == end
    house.clock.advance(end - house.clock.now())
    assert not await is_in(alice)


async def test_a_refresh_that_says_nothing_about_it_leaves_the_end_that_was_imposed(
    house: House, browser: Browser
) -> None:
    end = house.clock.now() + 2 * TOKEN_LIFETIME_S
    house.provider.claims = {"session_expiry": end}
    await browser.login()
    house.provider.claims = {}

    await refreshed(house, browser)

    assert await expires_at(browser) == end


@pytest.mark.parametrize("name", ["refresh_expires_in", "refresh_token_expires_in"])
async def test_a_session_lasts_no_longer_than_its_refresh_token(
    house: House, browser: Browser, name: str
) -> None:
    house.provider.token = {name: 600}
    await browser.login()

    house.clock.advance(599)
    assert await is_in(browser)
    house.clock.advance(1)
    assert not await is_in(browser)


@pytest.mark.parametrize("value", [0, "0", None, "never", -5], ids=repr)
async def test_a_refresh_token_without_an_end_ends_nothing(
    house: House, browser: Browser, value: object
) -> None:
    house.provider.token = {"refresh_expires_in": value}
    await browser.login()

    house.clock.advance(1700)

    assert await is_in(browser)


async def test_a_new_refresh_token_brings_its_own_end(house: House, browser: Browser) -> None:
    house.provider.token = {"refresh_expires_in": TOKEN_LIFETIME_S + 60}
    await browser.login()
    await refreshed(house, browser)

    house.clock.advance(120)

    assert await is_in(browser)


async def test_one_that_is_used_again_keeps_the_end_that_it_had(
    house: House, browser: Browser
) -> None:
    house.provider.rotates = False
    house.provider.token = {"refresh_expires_in": TOKEN_LIFETIME_S + 60}
    await browser.login()
    house.provider.token = {}
    await refreshed(house, browser)

    house.clock.advance(60)

    assert not await is_in(browser)
