"""Code injection: a stolen code must be worth nothing in the thief's own login."""

from dataclasses import replace

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import DOCUMENT, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import ALICE, MALLORY
from fakes.proxy.provider.tokens import Claims, SigningKey, signed


async def test_code_injection_of_a_stolen_code_fails_by_the_verifier(
    house: House, browser: Browser
) -> None:
    victim = house.browser()
    stolen = house.provider.authorize(await victim.begin(), ALICE)["code"]
    answered = house.provider.authorize(await browser.begin(), MALLORY)

    answer = await browser.come_back(answered | {"code": stolen}, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_code_rejected"
    assert SESSION not in browser.jar


async def test_code_injection_fails_by_the_nonce_where_a_provider_ignores_the_verifier(
    house: House, browser: Browser
) -> None:
    victim = house.browser()
    stolen = house.provider.authorize(await victim.begin(), ALICE)
    answered = house.provider.authorize(await browser.begin(), MALLORY)
    # The provider takes any verifier: the grant of the stolen code gets the thief's challenge.
    grants = house.provider.codes
    challenge = grants[answered["code"]].challenge
    grants[stolen["code"]] = replace(grants[stolen["code"]], challenge=challenge)

    answer = await browser.come_back(answered | {"code": stolen["code"]}, accept=DOCUMENT)

    assert house.provider.count("/token") == 1
    assert problem_of(answer)["code"] == "login_token_invalid"
    assert SESSION not in browser.jar


async def test_code_injection_into_another_tab_of_the_same_browser(
    house: House, browser: Browser
) -> None:
    first = house.provider.authorize(await browser.begin(), ALICE)
    second = house.provider.authorize(await browser.begin(), ALICE)

    answer = await browser.come_back(second | {"code": first["code"]}, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_code_rejected"


async def test_code_injection_by_an_id_token_of_another_access_token(
    house: House, browser: Browser
) -> None:
    house.provider.token["access_token"] = "a-token-of-somebody-else"
    answered = house.provider.authorize(await browser.begin())

    answer = await browser.come_back(answered, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_token_invalid"


async def test_code_injection_by_a_replayed_id_token(house: House, browser: Browser) -> None:
    made: list[str] = []

    def first_one_again(claims: Claims, key: SigningKey) -> str:
        made.append(signed(claims, key))
        return made[0]

    house.provider.make = first_one_again
    assert (await browser.login()).status == 200
    answered = house.provider.authorize(await browser.begin())

    answer = await browser.come_back(answered, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_token_invalid"


async def test_code_injection_by_a_code_in_a_fragment_or_a_form_is_no_answer(
    house: House, browser: Browser
) -> None:
    answered = house.provider.authorize(await browser.begin())
    body = f"code={answered['code']}&state={answered['state']}".encode()

    for headers in ((), (("X-CSRF", "1"), ("Sec-Fetch-Site", "same-origin"))):
        answer = await browser.fetch("POST", "/auth/callback", headers=headers, body=body)
        assert answer.status in {403, 405}
        assert SESSION not in browser.jar
    assert house.provider.count("/token") == 0
