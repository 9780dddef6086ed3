"""Logging in, from the first click to the session."""

from fakes.proxy.browser import Browser
from fakes.proxy.house import House


async def test_a_person_logs_in(house: House, browser: Browser) -> None:
    page = await browser.login(return_to="/chats/7?tab=2")

    assert page.status == 200
    assert b'location.replace("/chats/7?tab=2")' in page.body
    session = await browser.fetch("GET", "/auth/session")
    assert session.json["user"]["sub"] == "alice"
    answer = await browser.say("hello")
    assert answer.body == b"data: hello\n\n"
    assert answer.status == 200
    print(house.canary.lines)
