"""The provider's answer: what counts as one, and what is done about the rest."""

import secrets
from dataclasses import replace

import pytest

from bff.login.attempt import opened, sealed
from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import ATTEMPT, DOCUMENT, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import query_of
from trust.seal.keyring import parse_keyring, rotated

Query = dict[str, str]


async def come_back(browser: Browser, query: str) -> Answer:
    """Come back with a query as it stands on the wire, and want a problem document."""
    return await browser.navigate(f"/auth/callback?{query}", cross_site=True, accept=DOCUMENT)


async def refused(browser: Browser, query: str, code: str) -> Answer:
    """Come back and expect to be refused, without a session."""
    answer = await come_back(browser, query)

    assert problem_of(answer)["code"] == code
    assert SESSION not in browser.jar
    return answer


@pytest.fixture
async def answered(house: House, browser: Browser) -> Query:
    """Begin a login and return what the provider answered."""
    return house.provider.authorize(await browser.begin())


async def test_an_answer_counts_once(browser: Browser, answered: Query) -> None:
    jar = dict(browser.jar)
    assert (await come_back(browser, query_of(answered))).status == 200

    again = await come_back(browser, query_of(answered))
    assert problem_of(again)["code"] == "login_attempt_unknown"

    # A browser that keeps the attempt's cookie all the same cannot spend it twice.
    browser.jar = jar
    await refused(browser, query_of(answered), "login_code_rejected")


async def test_an_attempt_makes_one_session_even_if_the_provider_takes_a_code_twice(
    house: House, browser: Browser, answered: Query
) -> None:
    jar = dict(browser.jar)
    await come_back(browser, query_of(answered))
    house.provider.spent.clear()
    browser.jar = jar

    await refused(browser, query_of(answered), "login_attempt_used")


async def test_an_answer_after_ten_minutes_is_too_late(
    house: House, browser: Browser, answered: Query
) -> None:
    house.clock.advance(600)

    await refused(browser, query_of(answered), "login_attempt_unknown")


async def test_an_answer_just_before_ten_minutes_is_in_time(
    house: House, browser: Browser, answered: Query
) -> None:
    house.clock.advance(599)

    assert (await come_back(browser, query_of(answered))).status == 200


@pytest.mark.parametrize("name", ["state", "code", "iss", "error", "session_state"])
async def test_a_parameter_that_comes_twice_is_refused(
    house: House, browser: Browser, answered: Query, name: str
) -> None:
    twice = f"{query_of(answered)}&{name}=x&{name}=x"

    await refused(browser, twice, "login_response_malformed")

    assert house.provider.count("/token") == 0


@pytest.mark.parametrize("state", [None, ""])
async def test_an_answer_without_a_state_is_refused(
    browser: Browser, answered: Query, state: str | None
) -> None:
    query = answered | {"state": state} if state is not None else answered
    parameters = {k: v for k, v in query.items() if k != "state" or state is not None}

    await refused(browser, query_of(parameters), "login_response_malformed")


@pytest.mark.parametrize(
    "state",
    [
        "x",
        "AAAAAAAAAAAAAAAA." + "A" * 43,
        "AAAAAAAAAAAAAAAA",
        "é" * 16 + "." + "A" * 43,
        "../../../etc",
        "A" * 10_000,
    ],
)
async def test_a_state_of_nobody_is_refused(
    house: House, browser: Browser, answered: Query, state: str
) -> None:
    await refused(browser, query_of(answered | {"state": state}), "login_attempt_unknown")

    assert house.provider.count("/token") == 0


async def test_the_right_attempt_with_another_state_is_refused(
    house: House, browser: Browser, answered: Query
) -> None:
    attempt_id = answered["state"].partition(".")[0]

    await refused(
        browser,
        query_of(answered | {"state": f"{attempt_id}.{'A' * 43}"}),
        "login_attempt_unknown",
    )

    assert house.provider.count("/token") == 0


async def test_an_answer_with_neither_code_nor_error_is_refused(
    browser: Browser, answered: Query
) -> None:
    del answered["code"]

    await refused(browser, query_of(answered), "login_response_malformed")


async def test_an_endless_code_is_refused(house: House, browser: Browser, answered: Query) -> None:
    await refused(browser, query_of(answered | {"code": "x" * 4097}), "login_response_malformed")

    assert house.provider.count("/token") == 0


async def test_a_code_of_nobody_is_refused(browser: Browser, answered: Query) -> None:
    await refused(browser, query_of(answered | {"code": "never-issued"}), "login_code_rejected")


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        ("access_denied", "login_refused", 400),
        ("server_error", "login_refused", 400),
        ("<script>alert(1)</script>", "login_refused", 400),
        ("login_required", "login_interaction_required", 401),
        ("interaction_required", "login_interaction_required", 401),
        ("consent_required", "login_interaction_required", 401),
        ("account_selection_required", "login_interaction_required", 401),
    ],
)
async def test_an_error_of_the_provider_is_told_in_our_words(
    house: House, browser: Browser, answered: Query, error: str, code: str, status: int
) -> None:
    said = {"state": answered["state"], "iss": answered["iss"], "error": error}
    said["error_description"] = "<img src=x onerror=alert(1)>"

    answer = await refused(browser, query_of(said), code)

    assert answer.status == status
    assert "script" not in answer.text
    assert "onerror" not in answer.text
    assert house.provider.count("/token") == 0


async def test_an_error_wins_over_a_code(browser: Browser, answered: Query) -> None:
    await refused(browser, query_of(answered | {"error": "access_denied"}), "login_refused")


async def test_an_error_without_an_attempt_of_this_browser_is_not_shown(house: House) -> None:
    stranger = house.browser()

    page = await stranger.navigate(
        "/auth/callback?error=%3Cscript%3E&error_description=boo&state=x", cross_site=True
    )

    assert page.status == 400
    assert "script>" not in page.text.replace("</style>", "")
    assert "boo" not in page.text


async def test_an_answer_that_failed_spends_its_attempt(browser: Browser, answered: Query) -> None:
    await refused(browser, query_of(answered | {"code": "never-issued"}), "login_code_rejected")

    assert browser.attempts == []


async def test_an_answer_of_nobodys_leaves_other_attempts_alone(
    browser: Browser, answered: Query
) -> None:
    await refused(browser, query_of(answered | {"state": "x"}), "login_attempt_unknown")

    assert len(browser.attempts) == 1


async def test_a_provider_that_does_not_name_itself_need_not(
    house: House, browser: Browser
) -> None:
    house.provider.sends_issuer = False

    assert (await browser.login()).status == 200


@pytest.mark.parametrize("claim", [None, 7, "", ["acme"], {"id": "acme"}, True])
async def test_a_login_without_a_tenant_is_refused(
    house: House, browser: Browser, claim: object
) -> None:
    house.provider.claims["tenant_id"] = claim
    answered = house.provider.authorize(await browser.begin())

    answer = await refused(browser, query_of(answered), "tenant_claim_missing")

    assert answer.status == 403


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("nobody", "tenant_unknown"),
        ("ACME", "tenant_unknown"),
        ("acme\n", "tenant_unknown"),
        ("frozen", "tenant_suspended"),
    ],
)
async def test_a_login_of_a_tenant_that_may_not_is_refused(
    house: House, browser: Browser, claim: str, code: str
) -> None:
    house.provider.claims["tenant_id"] = claim
    answered = house.provider.authorize(await browser.begin())

    answer = await refused(browser, query_of(answered), code)

    assert answer.status == 403


async def test_a_login_of_another_tenant_than_was_wanted_is_refused(
    house: House, browser: Browser
) -> None:
    answered = house.provider.authorize(await browser.begin(tenant="globex"))

    await refused(browser, query_of(answered), "tenant_mismatch")


async def test_bytes_that_are_no_text_in_the_query_are_refused(browser: Browser) -> None:
    answer = await browser.navigate(b"/auth/callback?state=\xff\xfe&code=1", accept=DOCUMENT)

    assert answer.status == 400


async def test_escapes_that_are_no_text_in_the_query_are_refused(browser: Browser) -> None:
    answer = await browser.navigate("/auth/callback?state=%ff%00&code=%", accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_response_malformed"


async def test_a_callback_without_any_cookie_is_refused(house: House, browser: Browser) -> None:
    answered = house.provider.authorize(await browser.begin())
    browser.jar.clear()

    await refused(browser, query_of(answered), "login_attempt_unknown")


async def test_a_login_that_another_instance_began_with_a_newer_key_succeeds(
    house: House, browser: Browser, answered: Query
) -> None:
    (name,) = browser.attempts
    attempt_id = name.removeprefix(ATTEMPT)
    ring, now = house.gate.ledger.keyring, house.clock.now()
    attempt = opened(attempt_id, browser.jar[name].value, ring, now=now)
    assert attempt is not None
    text = rotated(house.environment["SESSION_KEYS"], secrets.token_bytes)
    house.environment["SESSION_KEYS"] = text
    value = sealed(attempt, parse_keyring(text), random=secrets.token_bytes)
    browser.jar[name] = replace(browser.jar[name], value=value)

    assert (await come_back(browser, query_of(answered))).status == 200


async def test_a_keyring_that_was_broken_meanwhile_is_no_crash(
    house: House, browser: Browser, answered: Query
) -> None:
    (name,) = browser.attempts
    house.environment["SESSION_KEYS"] = "broken"
    browser.jar[name] = replace(browser.jar[name], value=f"unknown.{'A' * 40}")

    answer = await come_back(browser, query_of(answered))

    assert answer.status < 500 or answer.header("retry-after")
