"""Session fixation: a session that somebody knew before the login must not be the one after it."""

from fakes.proxy.asgi import ask, problem_of
from fakes.proxy.browser import FETCH, SESSION, Browser, Cookie
from fakes.proxy.house import House
from fakes.proxy.provider.idp import query_of
from fakes.proxy.provider.people import ALICE, MALLORY

PLANTED = "v1.acme.AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43


def planted(value: str) -> Cookie:
    return Cookie(value=value, attributes={"samesite": "Lax"})


async def test_session_fixation_by_an_id_of_nobody(house: House, browser: Browser) -> None:
    browser.jar[SESSION] = planted(PLANTED)

    await browser.login()

    assert browser.ticket != PLANTED
    thief = house.browser()
    headers = [*FETCH, ("Cookie", f"{SESSION}={PLANTED}")]
    assert (await thief.fetch("GET", "/api/agents", headers=headers)).status == 401


async def test_session_fixation_by_the_attackers_own_session(
    house: House, browser: Browser
) -> None:
    mallory = house.browser()
    await mallory.login(MALLORY)
    assert mallory.ticket is not None
    known = mallory.ticket
    # A Lax cookie, so that it comes along on the way back from the provider.
    browser.jar[SESSION] = planted(known)

    await browser.login(ALICE)

    assert browser.ticket != known
    # What the attacker knew is nobody's session any more, least of all Alice's.
    answer = await mallory.fetch("GET", "/auth/session")
    assert answer.json == {"authenticated": False}
    answer = await browser.fetch("GET", "/auth/session")
    assert answer.json["user"]["sub"] == "alice"


async def test_session_fixation_a_second_login_is_a_second_session(
    house: House, alice: Browser
) -> None:
    first = alice.ticket

    await alice.login()

    assert alice.ticket != first
    sessions = (await alice.fetch("GET", "/auth/sessions")).json["sessions"]
    # Strict: the old cookie did not come along, so the old session is only left behind.
    assert len(sessions) == 2


async def test_session_fixation_the_session_before_is_ended_where_its_cookie_came_along(
    house: House, alice: Browser
) -> None:
    first = alice.ticket
    answered = house.provider.authorize(await alice.begin())
    cookies = alice.cookies(cross_site=False)

    page = await ask(
        house.app,
        "GET",
        f"/auth/callback?{query_of(answered)}",
        [("Accept", "text/html"), *cookies],
    )

    assert page.status == 200
    headers = [*FETCH, ("Cookie", f"{SESSION}={first}")]
    answer = await house.browser().fetch("GET", "/api/agents", headers=headers)
    assert problem_of(answer)["code"] == "not_logged_in"


async def test_session_fixation_a_failed_login_leaves_the_session_alone(
    house: House, alice: Browser
) -> None:
    before = alice.ticket
    answered = house.provider.authorize(await alice.begin())

    await alice.come_back(answered | {"code": "wrong"})

    assert alice.ticket == before
    assert (await alice.fetch("GET", "/api/agents")).status == 200
