"""Answers to a login that are none: nobody's, another's, old, doubled, in another form."""

import pytest

from fakes.proxy.asgi import Answer, ask, problem_of
from fakes.proxy.browser import DOCUMENT, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import query_of
from fakes.proxy.provider.people import MALLORY

Query = dict[str, str]

PAYLOADS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)"]


@pytest.fixture
async def answered(house: House, browser: Browser) -> Query:
    """Begin a login and return what the provider answered."""
    return house.provider.authorize(await browser.begin())


async def came(browser: Browser, query: Query | str) -> Answer:
    """Come back from the provider, and want a problem document."""
    text = query if isinstance(query, str) else query_of(query)
    return await browser.navigate(f"/auth/callback?{text}", cross_site=True, accept=DOCUMENT)


def refused(house: House, browser: Browser, answer: Answer, code: str) -> None:
    """Expect a refusal that made no session and asked nothing of the provider."""
    assert problem_of(answer)["code"] == code
    assert SESSION not in browser.jar
    assert house.provider.count("/token") == 0


@pytest.mark.parametrize("state", ["", "x", "A" * 60, "\u202e", "../..", "a.b.c.d", "null"])
async def test_authorization_response_with_a_state_of_nobody(
    house: House, browser: Browser, answered: Query, state: str
) -> None:
    answer = await came(browser, answered | {"state": state})

    code = "login_attempt_unknown" if state else "login_response_malformed"
    refused(house, browser, answer, code)


async def test_authorization_response_with_the_state_of_another_browser(
    house: House, browser: Browser
) -> None:
    theirs = house.provider.authorize(await house.browser().begin(), MALLORY)

    refused(house, browser, await came(browser, theirs), "login_attempt_unknown")


async def test_authorization_response_that_was_answered_before(
    house: House, browser: Browser, answered: Query
) -> None:
    assert (await came(browser, answered)).status == 200
    ticket = browser.ticket

    again = await came(browser, answered)

    assert problem_of(again)["code"] == "login_attempt_unknown"
    assert browser.ticket == ticket, "the back button must not log anybody out"
    assert house.provider.count("/token") == 1


async def test_authorization_response_that_comes_too_late(
    house: House, browser: Browser, answered: Query
) -> None:
    house.clock.advance(600)

    refused(house, browser, await came(browser, answered), "login_attempt_unknown")


@pytest.mark.parametrize("name", ["state", "code", "iss", "error", "error_description", "x"])
@pytest.mark.parametrize("spelled", ["{0}", "%{1:x}{2}"], ids=["as it is", "percent-encoded"])
async def test_authorization_response_with_a_parameter_twice(
    house: House, browser: Browser, answered: Query, name: str, spelled: str
) -> None:
    second = spelled.format(name, ord(name[0]), name[1:])

    answer = await came(browser, f"{query_of(answered)}&{name}=x&{second}=y")

    refused(house, browser, answer, "login_response_malformed")


@pytest.mark.parametrize(
    "name", ["id_token", "access_token", "token_type", "expires_in", "response"]
)
async def test_authorization_response_of_another_flow_or_mode(
    house: House, browser: Browser, answered: Query, name: str
) -> None:
    """A token, or a whole JWT, that somebody put into the address: nobody asked for it."""
    answer = await came(browser, answered | {name: "eyJhbGciOiJub25lIn0.e30."})

    refused(house, browser, answer, "login_response_malformed")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_authorization_response_by_another_method(
    house: House, browser: Browser, answered: Query, method: str
) -> None:
    headers = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")]
    headers += [("Content-Type", "application/x-www-form-urlencoded"), *browser.cookies()]

    answer = await ask(house.app, method, "/auth/callback", headers, query_of(answered).encode())

    assert answer.status in {403, 405}
    assert answer.every("set-cookie") == []
    assert house.provider.count("/token") == 0


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("name", ["error", "error_description", "error_uri", "state", "iss"])
async def test_authorization_response_is_never_reflected(
    house: House, browser: Browser, answered: Query, name: str, payload: str
) -> None:
    said = {"state": answered["state"], "iss": answered["iss"], "error": "access_denied"}

    page = await browser.come_back(said | {name: payload})

    assert page.status == 400
    assert payload not in page.text
    assert "alert(1)" not in page.text
    assert house.provider.count("/token") == 0


async def test_authorization_response_to_a_login_that_another_site_began_in_its_own_way(
    house: House, browser: Browser
) -> None:
    """Initiated by a third party: only the tenant and the way back are its to choose."""
    house.provider.par = False
    wanted = query_of({"prompt": "consent", "scope": "admin", "acr_values": "0", "max_age": "9"})

    answer = await browser.navigate(
        f"/auth/login?{wanted}&client_id=x&redirect_uri=https://evil.test", cross_site=True
    )

    location = answer.header("location") or ""
    asked = house.provider.request_of(location)
    assert asked["scope"] == "openid profile email offline_access"
    assert not {"prompt", "acr_values", "max_age"} & asked.keys()
    assert "evil" not in location


async def test_authorization_response_of_somebody_else_to_a_silent_login(
    house: House, alice: Browser
) -> None:
    ticket = alice.ticket

    page = await alice.login(MALLORY, prompt="none")

    assert b"login_other_subject" in page.body
    assert alice.ticket == ticket


async def test_authorization_response_with_an_old_authentication_where_a_fresh_one_was_wanted(
    house: House, alice: Browser
) -> None:
    house.clock.advance(1000)
    house.provider.claims = {"auth_time": house.clock.now() - 900}
    location = (await alice.navigate("/auth/step-up?max_age=300")).header("location") or ""

    page = await alice.come_back(house.provider.authorize(location))

    assert b"step_up_not_met" in page.body


async def test_authorization_response_at_the_callback_of_another_provider(
    house: House, browser: Browser, answered: Query
) -> None:
    answer = await browser.navigate(
        f"/auth/callback/acme-login?{query_of(answered)}", cross_site=True, accept=DOCUMENT
    )

    refused(house, browser, answer, "login_issuer_mismatch")
