"""Cookie tossing: a neighbour's cookie of the same name must not win, and not log anybody out."""

import pytest

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import DOCUMENT, FETCH, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import query_of
from fakes.proxy.provider.people import MALLORY

CALLS = [
    ("GET", "/auth/session"),
    ("GET", "/api/agents"),
    ("GET", "/auth/sessions"),
    ("DELETE", "/auth/sessions"),
    ("POST", "/auth/logout"),
    ("POST", "/api/agents/hello/invocations"),
]


@pytest.fixture
async def tossed(house: House) -> str:
    """Return the attacker's own live session."""
    mallory = house.browser()
    await mallory.login(MALLORY)
    assert mallory.ticket is not None
    return mallory.ticket


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("order", ["before", "after", "other header"])
async def test_cookie_tossing_of_a_second_session(
    house: House, alice: Browser, tossed: str, method: str, path: str, order: str
) -> None:
    mine, theirs = f"{SESSION}={alice.ticket}", f"{SESSION}={tossed}"
    cookies = {
        "before": [f"{theirs}; {mine}"],
        "after": [f"{mine}; {theirs}"],
        "other header": [mine, theirs],
    }[order]
    headers = [*FETCH, *(("Cookie", cookie) for cookie in cookies)]
    asked = house.browser()

    answer = await asked.fetch(method, path, headers=headers, body=b"{}")

    assert (answer.status, problem_of(answer)["code"]) == (400, "cookie_ambiguous")
    assert answer.every("set-cookie") == []
    assert house.runtime.invocations == []
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


@pytest.mark.parametrize("junk", ["", "x", "v1.acme.x.y", '"'])
async def test_cookie_tossing_of_junk_beside_the_session(
    house: House, alice: Browser, junk: str
) -> None:
    headers = [*FETCH, ("Cookie", f"{SESSION}={junk}; {SESSION}={alice.ticket}")]

    answer = await house.browser().fetch("GET", "/api/agents", headers=headers)

    assert problem_of(answer)["code"] == "cookie_ambiguous"


@pytest.mark.parametrize(
    "name", ["__host-http-session", "__Host-Http-session ", "__Host-session", "session"]
)
async def test_cookie_tossing_under_a_name_that_only_looks_the_same(
    house: House, alice: Browser, tossed: str, name: str
) -> None:
    headers = [*FETCH, ("Cookie", f"{name}={tossed}; {SESSION}={alice.ticket}")]

    answer = await house.browser().fetch("GET", "/auth/session", headers=headers)

    if answer.status == 200:
        assert answer.json["user"]["sub"] == "alice"
    else:
        assert problem_of(answer)["code"] == "cookie_ambiguous"


@pytest.mark.parametrize("part", ["tenant", "subject", "id"])
async def test_cookie_tossing_by_the_parts_of_two_sessions(
    house: House, alice: Browser, tossed: str, part: str
) -> None:
    mine, theirs = str(alice.ticket).split("."), tossed.split(".")
    index = {"tenant": 1, "subject": 2, "id": 3}[part]
    mine[index] = "globex" if part == "tenant" else theirs[index]
    headers = [*FETCH, ("Cookie", f"{SESSION}={'.'.join(mine)}")]

    answer = await house.browser().fetch("GET", "/api/agents", headers=headers)

    assert problem_of(answer)["code"] == "not_logged_in"


async def test_cookie_tossing_of_a_login_attempt(house: House, browser: Browser) -> None:
    answered = house.provider.authorize(await browser.begin())
    (name,) = browser.attempts
    mine = browser.jar[name].value
    headers = [("Cookie", f"{name}=tossed; {name}={mine}"), ("Accept", DOCUMENT)]

    answer = await house.browser().fetch(
        "GET", f"/auth/callback?{query_of(answered)}", headers=headers
    )

    assert problem_of(answer)["code"] == "login_attempt_unknown"
    assert house.provider.count("/token") == 0


JUNK = [f"junk{number}={'x' * 100}" for number in range(90)]


async def test_cookie_tossing_of_a_full_jar_that_comes_in_crumbs(
    house: House, alice: Browser
) -> None:
    # As HTTP/2 may send them (RFC 9113 §8.2.3): each can be read.
    crumbs = [*JUNK, f"{SESSION}={alice.ticket}"]
    headers = [*FETCH, *(("Cookie", crumb) for crumb in crumbs)]

    answer = await house.browser().fetch("GET", "/api/agents", headers=headers)

    assert answer.status == 200


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("place", ["before", "after", "other header", "not at all"])
async def test_cookie_tossing_of_a_full_jar_logs_nobody_out(
    house: House, alice: Browser, method: str, path: str, place: str
) -> None:
    junk, mine = "; ".join(JUNK), f"{SESSION}={alice.ticket}"
    cookies = {
        "before": [f"{junk}; {mine}"],
        "after": [f"{mine}; {junk}"],
        "other header": [mine, junk],
        "not at all": [junk],
    }[place]
    headers = [*FETCH, *(("Cookie", cookie) for cookie in cookies)]

    answer = await house.browser().fetch(method, path, headers=headers, body=b"{}")

    assert (answer.status, problem_of(answer)["code"]) == (431, "cookies_too_large")
    # Nobody knows what cannot be read: the browser keeps its session.
    assert answer.every("set-cookie") == []
    assert house.runtime.invocations == []
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_cookie_tossing_hidden_behind_a_full_jar(
    house: House, alice: Browser, tossed: str
) -> None:
    # Cut off at a length, a header would show the first of two sessions and hide the second.
    cookie = "; ".join([f"{SESSION}={tossed}", *JUNK, f"{SESSION}={alice.ticket}"])

    answer = await house.browser().fetch("GET", "/api/agents", headers=[*FETCH, ("Cookie", cookie)])

    assert answer.status == 431


@pytest.mark.parametrize(("method", "path"), [*CALLS, ("GET", "/api/agents/hello/ws")])
async def test_cookie_tossing_by_an_answer_that_comes_late(
    house: House, method: str, path: str
) -> None:
    # Asked before a login in another tab, answered after it: the new session must not be taken.
    answer = await house.browser().fetch(method, path, headers=FETCH, body=b"{}")

    if path != "/auth/logout":
        assert answer.every("set-cookie") == []
