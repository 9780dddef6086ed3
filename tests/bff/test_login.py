"""Logging in, from the first click to the session."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import ATTEMPT, DOCUMENT, ORIGIN, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import CLIENT_ID, REDIRECT_URI, document
from fakes.proxy.provider.people import BOB, CAROL
from fakes.proxy.provider.tokens import challenge_of, ec_key


async def test_a_person_logs_in_and_is_known(browser: Browser) -> None:
    page = await browser.login()

    assert page.status == 200
    answer = await browser.fetch("GET", "/auth/session")
    assert answer.json["authenticated"] is True
    assert answer.json["user"] == {
        "sub": "alice",
        "name": "Alice Archer",
        "email": "alice@acme.test",
    }
    assert answer.json["tenant"] == {"id": "acme", "name": "Acme Corporation"}


async def test_the_way_to_the_provider_is_a_303_that_is_not_kept(browser: Browser) -> None:
    answer = await browser.navigate("/auth/login")

    assert answer.status == 303
    assert answer.header("cache-control") == "no-store"
    assert answer.header("referrer-policy") == "no-referrer"


async def test_a_pushed_request_shows_nothing_but_its_name_in_the_url(
    house: House, browser: Browser
) -> None:
    location = await browser.begin()

    query = dict(parse_qsl(urlsplit(location).query))
    assert query.keys() == {"client_id", "request_uri"}
    assert house.provider.count("/par") == 1
    (path, form) = house.provider.calls[-1]
    assert path == "/par"
    assert form["response_type"] == "code"
    assert form["redirect_uri"] == REDIRECT_URI
    assert form["code_challenge_method"] == "S256"
    assert "code_verifier" not in form


async def test_a_provider_that_takes_no_pushed_request_gets_it_in_the_url(
    house: House, browser: Browser
) -> None:
    house.provider.par = False

    location = await browser.begin(prompt="login")

    query = dict(parse_qsl(urlsplit(location).query))
    assert query["client_id"] == CLIENT_ID
    assert query["redirect_uri"] == REDIRECT_URI
    assert query["scope"] == "openid profile email offline_access"
    assert query["prompt"] == "login"
    assert len(query["code_challenge"]) == 43
    assert (await browser.come_back(house.provider.authorize(location))).status == 200


async def test_state_nonce_and_challenge_are_new_every_time(house: House, browser: Browser) -> None:
    house.provider.par = False
    seen = [dict(parse_qsl(urlsplit(await browser.begin()).query)) for _ in range(3)]

    for name in ("state", "nonce", "code_challenge"):
        assert len({query[name] for query in seen}) == 3


async def test_the_verifier_of_the_attempt_is_sent_with_the_code(
    house: House, browser: Browser
) -> None:
    house.provider.par = False
    location = await browser.begin()
    challenge = dict(parse_qsl(urlsplit(location).query))["code_challenge"]
    await browser.come_back(house.provider.authorize(location))

    (form,) = [form for path, form in house.provider.calls if path == "/token"]
    assert form["grant_type"] == "authorization_code"
    assert challenge_of(form["code_verifier"]) == challenge
    assert form["redirect_uri"] == REDIRECT_URI


async def test_the_attempts_cookie_is_bound_to_host_path_and_time(browser: Browser) -> None:
    answer = await browser.navigate("/auth/login")

    (line,) = answer.every("set-cookie")
    name, _, rest = line.partition("=")
    value, _, attributes = rest.partition("; ")
    assert re.fullmatch(r"__Host-Http-login-[A-Za-z0-9_-]{16}", name)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", value)
    assert attributes == "Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"


async def test_the_sessions_cookie_is_strict_and_lasts_as_long_as_the_browser(
    browser: Browser,
) -> None:
    page = await browser.login()

    session, attempt, _ = page.every("set-cookie")
    name, _, rest = session.partition("=")
    value, _, attributes = rest.partition("; ")
    assert name == SESSION
    assert re.fullmatch(r"v1\.acme\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", value)
    assert attributes == "Path=/; Secure; HttpOnly; SameSite=Strict"
    assert re.fullmatch(
        r"__Host-Http-login-[A-Za-z0-9_-]{16}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
        attempt,
    )


async def test_after_the_login_the_attempts_cookie_is_gone(browser: Browser) -> None:
    await browser.login()

    assert browser.attempts == []


async def test_several_tabs_log_in_side_by_side(house: House, browser: Browser) -> None:
    locations = [await browser.begin(return_to=f"/tab/{number}") for number in range(3)]
    assert len(browser.attempts) == 3

    for number in (1, 0, 2):
        page = await browser.come_back(house.provider.authorize(locations[number]))
        assert page.status == 200
        assert f'location.replace("/tab/{number}")' in page.text

    assert browser.attempts == []


async def test_of_too_many_attempts_the_oldest_gives_way(house: House, browser: Browser) -> None:
    first = await browser.begin()
    oldest = browser.attempts[0]
    for _ in range(4):
        house.clock.advance(1)
        await browser.begin()
    assert oldest in browser.attempts

    house.clock.advance(1)
    await browser.begin()

    assert len(browser.attempts) == 5
    assert oldest not in browser.attempts
    answer = await browser.come_back(house.provider.authorize(first))
    assert problem_code(answer.text) == "login_attempt_unknown"


def problem_code(page: str) -> str:
    """Return the code that a failure page shows."""
    found = re.search(r"Code ([a-z_]+),", page)
    assert found
    return found.group(1)


async def test_cookies_that_are_no_attempts_of_ours_are_cleared_away(browser: Browser) -> None:
    junk = "; ".join(f"{ATTEMPT}junk{number}=garbage" for number in range(3))

    answer = await browser.navigate("/auth/login", headers=[("Cookie", junk)])

    cleared = [line for line in answer.every("set-cookie") if "Max-Age=0" in line]
    assert {line.partition("=")[0] for line in cleared} == {f"{ATTEMPT}junk{n}" for n in range(3)}


async def test_the_ec_key_of_a_provider_serves_as_well(house: House, browser: Browser) -> None:
    house.provider.keys = [ec_key()]

    assert (await browser.login()).status == 200


async def test_people_of_two_tenants_log_in_to_their_own(house: House) -> None:
    for person, tenant in ((BOB, "acme"), (CAROL, "globex")):
        browser = house.browser()
        await browser.login(person)
        answer = await browser.fetch("GET", "/auth/session")
        assert answer.json["tenant"]["id"] == tenant
        assert answer.json["user"]["sub"] == person.sub


async def test_a_wanted_tenant_that_is_ones_own_is_no_obstacle(browser: Browser) -> None:
    assert (await browser.login(tenant="acme")).status == 200


@pytest.mark.parametrize("prompt", ["none", "login", "consent", "select_account"])
async def test_a_prompt_is_passed_on(house: House, browser: Browser, prompt: str) -> None:
    location = await browser.begin(prompt=prompt)

    assert house.provider.request_of(location)["prompt"] == prompt


async def test_without_a_prompt_none_is_sent(house: House, browser: Browser) -> None:
    assert "prompt" not in house.provider.request_of(await browser.begin())


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("prompt=whatever", "prompt_invalid"),
        ("prompt=", "prompt_invalid"),
        ("prompt=login%20consent", "prompt_invalid"),
        ("return_to=https://evil.example", "return_to_invalid"),
        ("return_to=", "return_to_invalid"),
        ("tenant=ACME", "name_invalid"),
        ("tenant=nobody", "tenant_unknown"),
        ("tenant=frozen", "tenant_suspended"),
        ("tenant=", "name_invalid"),
    ],
)
async def test_a_login_that_is_asked_for_wrongly_does_not_begin(
    house: House, browser: Browser, query: str, code: str
) -> None:
    answer = await browser.navigate(f"/auth/login?{query}", accept=DOCUMENT)

    assert problem_of(answer)["code"] == code
    assert 400 <= answer.status < 500
    assert browser.jar == {}
    assert house.provider.count("/par") == 0


async def test_a_person_sees_a_page_and_a_program_a_problem(browser: Browser) -> None:
    page = await browser.navigate("/auth/login?prompt=whatever")
    document = await browser.navigate("/auth/login?prompt=whatever", accept=DOCUMENT)

    assert page.header("content-type") == "text/html; charset=utf-8"
    assert problem_code(page.text) == "prompt_invalid"
    assert page.status == document.status == 400
    assert problem_of(document)["code"] == "prompt_invalid"


async def test_the_login_event_names_nobody(house: House, browser: Browser) -> None:
    await browser.login()

    (line,) = house.canary.events("audit")
    assert "alice" not in line
    assert '"tenant": "acme"' in line


async def test_our_own_origin_is_where_the_provider_sends_people_back() -> None:
    assert f"{ORIGIN}/auth/callback" == REDIRECT_URI


async def test_a_prompt_that_the_provider_does_not_know_is_the_caller_s_fault(
    house: House, browser: Browser
) -> None:
    house.provider.metadata = {"prompt_values_supported": ["none", "login"]}

    answer = await browser.navigate("/auth/login?prompt=consent", accept=DOCUMENT)

    assert problem_of(answer)["code"] == "prompt_invalid"
    assert (await browser.navigate("/auth/login?prompt=login")).status == 303


async def test_a_prompt_that_the_provider_turns_down_is_the_caller_s_fault(
    house: House, browser: Browser
) -> None:
    house.provider.faults["/par"] = document({"error": "invalid_request"}, 400)

    asked = await browser.navigate("/auth/login?prompt=consent", accept=DOCUMENT)
    unasked = await browser.navigate("/auth/login", accept=DOCUMENT)

    assert problem_of(asked)["code"] == "prompt_invalid"
    assert problem_of(unasked)["code"] == "provider_misconfigured"
