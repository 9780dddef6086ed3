"""Floods and faults by way of discovery and the key set, with logins going on in front of them."""

import json

import pytest

from bff.provider.keys import REFETCHES_AT_ONCE
from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import DOCUMENT, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import Reply, document
from fakes.proxy.provider.tokens import rsa_key, signed


async def logged_in(house: House, browser: Browser) -> Answer:
    answered = house.provider.authorize(await browser.begin())
    return await browser.come_back(answered, accept=DOCUMENT)


async def seen(browser: Browser) -> None:
    """Look at the session, as the app does after a login."""
    await browser.fetch("GET", "/auth/session")


async def test_key_set_flood_by_key_ids_that_nobody_has(house: House, browser: Browser) -> None:
    assert (await logged_in(house, browser)).status == 200
    before = house.provider.count("/jwks")
    house.clock.advance(61)
    kids = iter(range(100))
    house.provider.make = lambda claims, _: signed(claims, rsa_key(), kid=f"made-up-{next(kids)}")

    for _ in range(20):
        stranger = house.browser()
        assert problem_of(await logged_in(house, stranger))["code"] == "login_token_invalid"

    assert before < house.provider.count("/jwks") <= before + REFETCHES_AT_ONCE


async def test_key_set_flood_while_the_key_set_is_down_asks_once(
    house: House, browser: Browser
) -> None:
    house.provider.faults["/jwks"] = Reply(status=503)

    for _ in range(10):
        answer = await logged_in(house, house.browser())
        assert answer.status == 503

    assert house.provider.count("/jwks") == 1
    assert SESSION not in browser.jar


async def test_key_set_flood_known_keys_go_on_verifying_while_it_is_down(
    house: House, browser: Browser
) -> None:
    assert (await logged_in(house, browser)).status == 200
    house.provider.faults["/jwks"] = Reply(status=503)
    house.clock.advance(3000)

    assert (await logged_in(house, house.browser())).status == 200


async def test_key_set_flood_a_rotation_in_mid_traffic_costs_no_login(
    house: House, browser: Browser
) -> None:
    assert (await logged_in(house, browser)).status == 200
    house.clock.advance(61)
    house.provider.keys = [rsa_key("rsa-2"), rsa_key()]

    for _ in range(3):
        assert (await logged_in(house, house.browser())).status == 200


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(status=404, body=b"{}"), id="not found"),
        pytest.param(Reply(body=b"<html>"), id="HTML"),
        pytest.param(Reply(body=b"[]"), id="a list"),
        pytest.param(Reply(body=b""), id="nothing"),
        pytest.param(document({"keys": {}}), id="keys that are no list"),
        pytest.param(document({"keys": "x"}), id="keys that are text"),
        pytest.param(Reply(body=b" " * 1_000_001), id="a megabyte"),
        pytest.param(Reply(body=b"[" * 200_000), id="endless depth"),
    ],
)
async def test_key_set_that_is_none_is_an_outage_and_no_login(
    house: House, browser: Browser, reply: Reply
) -> None:
    house.provider.faults["/jwks"] = reply

    answer = await logged_in(house, browser)

    assert (answer.status, SESSION in browser.jar) == (503, False)


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([], id="empty"),
        pytest.param([None, 7, "x", {}, {"kty": "RSA"}], id="broken entries"),
        pytest.param([{"kty": "oct", "k": "AAAA", "kid": "rsa-1"}], id="a shared secret"),
    ],
)
async def test_key_set_without_a_key_that_verifies_is_no_login(
    house: House, browser: Browser, entries: list[object]
) -> None:
    house.provider.entries = entries

    answer = await logged_in(house, browser)

    assert problem_of(answer)["code"] == "login_token_invalid"
    assert SESSION not in browser.jar


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"issuer": "https://login.evil.test"}, id="another issuer"),
        pytest.param({"issuer": None}, id="no issuer"),
        pytest.param({"token_endpoint": None}, id="no token endpoint"),
        pytest.param({"jwks_uri": 7}, id="a key set that is no URL"),
        pytest.param({"authorization_endpoint": "javascript:alert(1)"}, id="a script"),
        pytest.param({"authorization_endpoint": "//evil.test/a"}, id="no scheme"),
        pytest.param({"token_endpoint": "http://[::1"}, id="half a host"),
        pytest.param({"token_endpoint": "https://0177.0.0.1/t"}, id="an old spelling"),
        pytest.param({"id_token_signing_alg_values_supported": ["none", "HS256"]}, id="none"),
    ],
)
async def test_discovery_that_cannot_be_trusted_sends_nobody_anywhere(
    house: House, browser: Browser, changes: dict[str, object]
) -> None:
    house.provider.par = False
    house.provider.metadata = changes

    answer = await browser.navigate("/auth/login", accept=DOCUMENT)
    if answer.status == 303:
        answer = await logged_in(house, browser)

    assert answer.status == 503
    assert "evil" not in json.dumps(answer.json)
    assert SESSION not in browser.jar
