"""What the program keeps whatever its configuration is, where no other test says just that."""

from fakes.proxy.browser import Browser
from fakes.proxy.house import House


async def test_no_other_grants_are_asked_for_than_two(house: House, browser: Browser) -> None:
    house.provider.token["expires_in"] = 300
    await browser.login()
    house.clock.advance(250)
    await browser.say("hello")
    await browser.fetch("POST", "/auth/logout")
    await browser.login()

    forms = [form for path, form in house.provider.calls if path == "/token"]

    assert {form["grant_type"] for form in forms} == {"authorization_code", "refresh_token"}
    assert not any({"username", "password"} & form.keys() for form in forms)
