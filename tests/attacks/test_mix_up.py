"""Mix-up: an answer of one provider must not be taken for another's (RFC 9207)."""

import secrets
from dataclasses import replace

import pytest

from bff.login.attempt import opened, sealed
from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import ATTEMPT, DOCUMENT, SESSION, Browser
from fakes.proxy.house import House


async def mixed_up(house: House, browser: Browser, issuer: str | None) -> None:
    answered = house.provider.authorize(await browser.begin())
    answered.pop("iss", None)
    if issuer is not None:
        answered["iss"] = issuer

    answer = await browser.come_back(answered, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_issuer_mismatch"
    assert SESSION not in browser.jar
    # The code was not shown to anybody.
    assert house.provider.count("/token") == 0


@pytest.mark.parametrize(
    "issuer", ["https://login.evil.example", "", "null", "é", "https://login.evil.example" * 100]
)
async def test_mix_up_by_another_issuer(house: House, browser: Browser, issuer: str) -> None:
    await mixed_up(house, browser, issuer)


async def test_mix_up_by_an_issuer_that_only_looks_the_same(house: House, browser: Browser) -> None:
    real = house.provider.issuer
    for issuer in (f"{real}/", real.upper(), f" {real}", f"{real}\n", real[:-1], f"{real}#"):
        await mixed_up(house, browser, issuer)
        browser.jar.clear()


async def test_mix_up_by_no_issuer_where_one_was_promised(house: House, browser: Browser) -> None:
    await mixed_up(house, browser, None)


async def test_mix_up_by_another_issuer_where_none_was_promised(
    house: House, browser: Browser
) -> None:
    house.provider.sends_issuer = False

    await mixed_up(house, browser, "https://login.evil.example")


async def test_mix_up_of_an_error_is_no_error_of_ours(house: House, browser: Browser) -> None:
    answered = house.provider.authorize(await browser.begin())
    said = {"state": answered["state"], "iss": "https://login.evil.example", "error": "x"}

    answer = await browser.come_back(said, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_issuer_mismatch"


async def test_mix_up_by_an_id_token_of_another_issuer(house: House, browser: Browser) -> None:
    house.provider.claims["iss"] = "https://login.evil.example"
    answered = house.provider.authorize(await browser.begin())

    answer = await browser.come_back(answered, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "login_token_invalid"
    assert SESSION not in browser.jar


async def test_mix_up_by_a_provider_that_was_changed_in_mid_login(
    house: House, browser: Browser
) -> None:
    answered = house.provider.authorize(await browser.begin())
    (name,) = browser.attempts
    ring, attempt_id = house.gate.ledger.keyring, name.removeprefix(ATTEMPT)
    attempt = opened(attempt_id, browser.jar[name].value, ring, now=house.clock.now())
    assert attempt is not None
    other = replace(attempt, issuer="https://login.before.example")
    value = sealed(other, ring, random=secrets.token_bytes)
    browser.jar[name] = replace(browser.jar[name], value=value)

    answer = await browser.come_back(answered, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "provider_unknown"
    assert house.provider.count("/token") == 0
