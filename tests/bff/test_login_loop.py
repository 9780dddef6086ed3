"""Logins that go round, and the page that stops them."""

import pytest

from bff.login.loop import MOST_ROUNDS, WINDOW_S
from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import DOCUMENT, ROUNDS, SESSION, Browser
from fakes.proxy.house import House


async def go_round(browser: Browser, times: int) -> None:
    """Log in again and again; the session's cookie is lost each time."""
    for _ in range(times):
        assert (await browser.login()).status == 200
        del browser.jar[SESSION]


async def test_after_five_rounds_a_person_is_told_instead_of_sent_round(browser: Browser) -> None:
    await go_round(browser, MOST_ROUNDS)

    page = await browser.navigate("/auth/login")

    assert page.status == 429
    assert page.header("retry-after") == str(WINDOW_S)
    assert b"login_loop" in page.body
    assert b"cookie" in page.body.lower()


async def test_a_program_is_told_too(browser: Browser) -> None:
    await go_round(browser, MOST_ROUNDS)

    answer = await browser.navigate("/auth/login", accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_loop"


async def test_who_tries_again_after_the_page_may(browser: Browser) -> None:
    await go_round(browser, MOST_ROUNDS)
    await browser.navigate("/auth/login")

    assert (await browser.navigate("/auth/login")).status == 303


async def test_a_session_that_was_seen_ends_the_counting(browser: Browser) -> None:
    for _ in range(MOST_ROUNDS + 2):
        assert (await browser.login()).status == 200
        assert (await browser.fetch("GET", "/auth/session")).json["authenticated"]
        assert ROUNDS not in browser.jar


async def test_logins_a_minute_apart_are_no_loop(house: House, browser: Browser) -> None:
    await go_round(browser, MOST_ROUNDS - 1)
    house.clock.advance(WINDOW_S)

    await go_round(browser, 2)

    assert (await browser.navigate("/auth/login")).status == 303


async def test_failures_count_as_rounds(house: House, browser: Browser) -> None:
    house.provider.claims = {"tenant_id": "nobody"}
    for _ in range(MOST_ROUNDS):
        assert (await browser.login()).status == 403

    assert (await browser.navigate("/auth/login")).status == 429


async def test_callbacks_that_somebody_else_makes_up_count_for_nothing(browser: Browser) -> None:
    for _ in range(MOST_ROUNDS + 1):
        await browser.come_back({"code": "made-up", "state": "made-up"})

    assert (await browser.navigate("/auth/login")).status == 303


@pytest.mark.parametrize("value", ["", "x", "9", "9.", "999.1", "9.x", "-9.1", "9.99999999999"])
async def test_a_cookie_that_is_none_of_ours_counts_for_nothing(
    browser: Browser, value: str
) -> None:
    headers = [("Cookie", f"{ROUNDS}={value}")]

    assert (await browser.navigate("/auth/login", headers=headers)).status == 303
