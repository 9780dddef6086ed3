"""`prompt=none`: a login that nobody sees, or none."""

import pytest

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import DOCUMENT, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import BOB


async def silently(browser: Browser, **parameters: str) -> dict[str, str]:
    """Begin a silent login; return what the provider was asked."""
    location = await browser.begin(prompt="none", **parameters)
    return browser.provider.request_of(location)


async def test_somebody_whom_the_provider_knows_is_logged_in_unseen(browser: Browser) -> None:
    page = await browser.login(prompt="none", return_to="/chats")

    assert page.status == 200
    assert b'"/chats"' in page.body
    assert browser.ticket is not None


@pytest.mark.parametrize(
    "error",
    ["login_required", "interaction_required", "consent_required", "account_selection_required"],
)
async def test_whom_it_does_not_know_goes_on_without_a_session(
    browser: Browser, error: str
) -> None:
    asked = await silently(browser, return_to="/chats")

    page = await browser.come_back(
        {"error": error, "state": asked["state"], "iss": browser.provider.issuer}
    )

    assert page.status == 200
    assert b'"/chats"' in page.body
    assert browser.ticket is None
    assert browser.attempts == []


async def test_a_program_is_told_that_it_was_not_possible(browser: Browser) -> None:
    asked = await silently(browser)

    answer = await browser.come_back(
        {"error": "login_required", "state": asked["state"], "iss": browser.provider.issuer},
        accept=DOCUMENT,
    )

    assert problem_of(answer)["code"] == "login_interaction_required"


async def test_another_error_is_told_as_an_error(browser: Browser) -> None:
    asked = await silently(browser)

    page = await browser.come_back(
        {"error": "access_denied", "state": asked["state"], "iss": browser.provider.issuer}
    )

    assert page.status == 400
    assert b"login_refused" in page.body


async def test_a_login_that_was_not_silent_is_not_passed_over(browser: Browser) -> None:
    location = await browser.begin()
    state = browser.provider.request_of(location)["state"]

    page = await browser.come_back(
        {"error": "login_required", "state": state, "iss": browser.provider.issuer}
    )

    assert page.status == 401


async def test_a_session_that_is_there_is_not_silently_another_person_s(alice: Browser) -> None:
    before = alice.ticket

    page = await alice.login(BOB, prompt="none")

    assert page.status == 403
    assert b"login_other_subject" in page.body
    assert alice.ticket == before


async def test_a_page_of_another_site_cannot_ask_for_it(house: House, browser: Browser) -> None:
    house.provider.par = False

    answer = await browser.navigate("/auth/login?prompt=none", cross_site=True)

    assert answer.status == 303
    assert "prompt=" not in (answer.header("location") or "")
