"""ID token forgery: a token that does not prove everything that it has to makes no session."""

from typing import Any

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import DOCUMENT, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.forgeries import FORGERIES, REFUSED_CLAIMS, Forger
from fakes.proxy.provider.people import BOB
from fakes.proxy.provider.tokens import Claims, ec_key, rsa_key, signed


async def logged_in(house: House, browser: Browser) -> Answer:
    """Log in, and want a problem document of what goes wrong."""
    answered = house.provider.authorize(await browser.begin())
    return await browser.come_back(answered, accept=DOCUMENT)


@pytest.mark.parametrize("changes", REFUSED_CLAIMS)
async def test_id_token_forgery_by_a_claim(house: House, browser: Browser, changes: Claims) -> None:
    if changes.get("iss"):
        changes = {**changes, "iss": _like(house.provider.issuer, changes["iss"])}
    house.provider.claims = changes

    answer = await logged_in(house, browser)

    assert problem_of(answer)["code"] == "login_token_invalid"
    assert SESSION not in browser.jar


def _like(issuer: str, other: Any) -> Any:
    """Return another's issuer as it would look beside this one."""
    if isinstance(other, list):
        return [issuer]
    return f"{issuer}/" if other.endswith("/") else other


@pytest.mark.parametrize("make", FORGERIES)
async def test_id_token_forgery_by_a_signature_or_a_header(
    house: House, browser: Browser, make: Forger
) -> None:
    house.provider.make = make

    answer = await logged_in(house, browser)

    assert problem_of(answer)["code"] == "login_token_invalid"
    assert SESSION not in browser.jar


async def test_id_token_forgery_why_is_told_to_nobody(house: House, browser: Browser) -> None:
    told: set[tuple[int, str]] = set()
    for changes in ({"aud": "x"}, {"exp": 1}, {"nonce": "x"}, {"sub": None}):
        house.provider.claims = changes
        answer = await logged_in(house, browser)
        document = {k: v for k, v in answer.json.items() if k != "request_id"}
        told.add((answer.status, str(document)))

    assert len(told) == 1


async def test_id_token_forgery_by_an_algorithm_that_discovery_does_not_name(
    house: House, browser: Browser
) -> None:
    house.provider.metadata = {"id_token_signing_alg_values_supported": ["RS256"]}
    house.provider.keys = [ec_key()]

    answer = await logged_in(house, browser)

    assert problem_of(answer)["code"] == "login_token_invalid"


@pytest.mark.parametrize("token", [None, "", "x.y.z", 7, ["x"], {"a": 1}, "x" * 100_000])
async def test_id_token_forgery_by_what_is_none(
    house: House, browser: Browser, token: object
) -> None:
    house.provider.token = {"id_token": token}

    answer = await logged_in(house, browser)

    assert problem_of(answer)["code"] == "login_token_invalid"


# -- refreshed ones (OpenID Connect Core §12.2)


async def expired(house: House, *browsers: Browser) -> None:
    """Let the access tokens end while the sessions go on."""
    for _ in range(3):
        house.clock.advance(1200)
        for browser in browsers:
            await browser.fetch("GET", "/api/chats")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"sub": "mallory"}, id="another subject"),
        pytest.param({"iss": "https://login.evil.test"}, id="another issuer"),
        pytest.param({"aud": "another-client"}, id="another audience"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"sub": None}, id="no subject"),
        pytest.param({"session_expiry": "soon"}, id="an end that is none"),
    ],
)
async def test_id_token_forgery_on_refresh_ends_the_session(
    house: House, alice: Browser, changes: Claims
) -> None:
    house.clock.advance(1200)
    await alice.fetch("GET", "/api/chats")
    house.provider.claims = changes
    await expired(house, alice)

    answer = await alice.fetch("GET", "/auth/session")

    assert answer.json == {"authenticated": False}


async def test_id_token_forgery_on_refresh_by_a_stranger_s_key(
    house: House, alice: Browser
) -> None:
    house.provider.make = lambda claims, _: signed(claims, rsa_key("a-stranger"), kid="rsa-1")
    await expired(house, alice)
    house.clock.advance(1200)

    answer = await alice.say("ledger")

    assert problem_of(answer)["code"] == "not_logged_in"


async def test_id_token_forgery_on_refresh_leaves_other_people_alone(
    house: House, alice: Browser
) -> None:
    bob = house.browser()
    await bob.login(BOB)
    # Alice's refresh is answered with what is Bob's.
    house.provider.claims = {"sub": "bob"}
    await expired(house, alice, bob)

    assert (await alice.fetch("GET", "/auth/session")).json == {"authenticated": False}
    assert (await bob.fetch("GET", "/auth/session")).json["user"]["sub"] == "bob"
