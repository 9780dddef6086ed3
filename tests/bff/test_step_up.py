"""Authenticating more strongly, or anew, with a session that goes on (RFC 9470)."""

from urllib.parse import urlencode

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import DOCUMENT, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import BOB, CAROL, Person

STRONGER = "urn:mace:incommon:iap:silver phr"


async def asked_of(browser: Browser, **parameters: str) -> dict[str, str]:
    """Ask for a step-up; return the authorization request that comes of it."""
    answer = await browser.navigate(f"/auth/step-up?{urlencode(parameters)}")
    assert answer.status == 303, answer.text
    return browser.provider.request_of(answer.header("location") or "")


async def stepped_up(browser: Browser, person: Person | None = None, **wanted: str) -> Answer:
    """Step up from beginning to end; return the callback's page."""
    answer = await browser.navigate(f"/auth/step-up?{urlencode(wanted)}")
    assert answer.status == 303, answer.text
    location = answer.header("location") or ""
    answered = browser.provider.authorize(location, *([person] if person else []))
    return await browser.come_back(answered)


async def test_the_provider_is_asked_for_what_was_demanded(alice: Browser) -> None:
    asked = await asked_of(alice, acr_values=STRONGER, max_age="300")

    assert (asked["acr_values"], asked["max_age"]) == (STRONGER, "300")


async def test_the_session_goes_on_under_a_new_id_and_the_old_one_is_over(
    house: House, alice: Browser
) -> None:
    old = alice.ticket
    house.provider.claims = {"acr": "phr"}

    page = await stepped_up(alice, acr_values=STRONGER, return_to="/chats")

    assert page.status == 200
    assert b'"/chats"' in page.body
    assert alice.ticket not in {None, old}
    assert (await alice.fetch("GET", "/auth/session")).json["acr"] == "phr"
    listed = (await alice.fetch("GET", "/auth/sessions")).json["sessions"]
    assert len(listed) == 1


@pytest.mark.parametrize("claims", [{"acr": "pwd"}, {"acr": None}, {"acr": "phr silver"}])
async def test_an_answer_that_is_not_strong_enough_changes_nothing(
    house: House, alice: Browser, claims: dict[str, object]
) -> None:
    house.provider.claims = claims
    before = alice.ticket

    page = await stepped_up(alice, acr_values=STRONGER)

    assert page.status == 403
    assert b"step_up_not_met" in page.body
    assert alice.ticket == before
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


@pytest.mark.parametrize("age", [61, 3600])
async def test_an_authentication_before_the_demand_is_not_fresh(
    house: House, alice: Browser, age: int
) -> None:
    house.clock.advance(7200)
    house.provider.claims = {"auth_time": house.clock.now() - age}

    page = await stepped_up(alice, max_age="0")

    assert b"step_up_not_met" in page.body


async def test_a_provider_that_does_not_say_when_has_not_met_max_age(
    house: House, alice: Browser
) -> None:
    house.provider.claims = {"auth_time": None}

    page = await stepped_up(alice, max_age="300")

    assert b"step_up_not_met" in page.body


async def test_an_authentication_that_is_young_enough_will_do(house: House, alice: Browser) -> None:
    house.provider.claims = {"auth_time": house.clock.now() - 299}

    assert (await stepped_up(alice, max_age="300")).status == 200


async def test_where_nobody_is_logged_in_it_is_a_login_that_asks_for_the_same(
    house: House, browser: Browser
) -> None:
    house.provider.claims = {"acr": "phr"}

    assert (await stepped_up(browser, acr_values="phr")).status == 200
    assert browser.ticket is not None


@pytest.mark.parametrize("person", [BOB, CAROL], ids=["of-the-tenant", "of-another-tenant"])
async def test_somebody_else_s_answer_gives_neither_session(
    house: House, alice: Browser, person: Person
) -> None:
    house.provider.claims = {"acr": "phr"}
    before = alice.ticket

    page = await stepped_up(alice, person, acr_values="phr")

    assert page.status == 403
    assert alice.ticket == before
    assert (await alice.fetch("GET", "/auth/session")).json["user"]["sub"] == "alice"
    assert len((await alice.fetch("GET", "/auth/sessions")).json["sessions"]) == 1


async def test_a_step_up_that_is_answered_after_the_logout_brings_nothing_back(
    house: House, alice: Browser
) -> None:
    house.provider.claims = {"acr": "phr"}
    answer = await alice.navigate("/auth/step-up?acr_values=phr")
    answered = alice.provider.authorize(answer.header("location") or "")
    await alice.fetch("POST", "/auth/logout")

    page = await alice.come_back(answered)

    assert page.status >= 400
    assert alice.ticket in {None, ""}
    assert (await alice.fetch("GET", "/auth/session")).json == {"authenticated": False}


@pytest.mark.parametrize(
    "parameters",
    [
        {"acr_values": 'a"b'},
        {"acr_values": "a  b"},
        {"acr_values": "x" * 129},
        {"acr_values": " ".join("abcdefghijk")},
        {"acr_values": "a\r\nb"},
        {"max_age": "-1"},
        {"max_age": "1.5"},
        {"max_age": ""},
        {"max_age": "٣"},
        {"max_age": "1" * 10},
    ],
    ids=str,
)
async def test_a_demand_of_another_form_is_refused(
    alice: Browser, parameters: dict[str, str]
) -> None:
    answer = await alice.navigate(f"/auth/step-up?{urlencode(parameters)}", accept=DOCUMENT)

    assert problem_of(answer)["code"] == "step_up_invalid"


async def test_an_endless_max_age_is_a_month(alice: Browser) -> None:
    assert (await asked_of(alice, max_age="999999999"))["max_age"] == str(31 * 24 * 3600)


async def test_a_parameter_that_comes_twice_is_refused(alice: Browser) -> None:
    answer = await alice.navigate("/auth/step-up?acr_values=a&acr_values=b", accept=DOCUMENT)

    assert problem_of(answer)["code"] == "parameter_repeated"


async def test_it_is_told_in_the_audit_trail_as_what_it_is(house: House, alice: Browser) -> None:
    await stepped_up(alice, acr_values="phr")
    house.provider.claims = {"acr": "phr"}
    await stepped_up(alice, acr_values="phr")

    told = house.canary.audited("step_up")

    assert [line["outcome"] for line in told] == ["refused", "done"]
    assert told[0]["why"] == "step_up_not_met"
