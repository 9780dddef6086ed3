"""Alive, and ready."""

import pytest

from fakes.proxy.browser import Browser
from fakes.proxy.house import House


async def test_a_process_that_runs_is_alive_whatever_is_away(
    house: House, browser: Browser
) -> None:
    house.table.down = True
    house.carrier.torn.add("/.well-known/openid-configuration")

    answer = await browser.fetch("GET", "/healthz", headers=())

    assert (answer.status, answer.json) == (200, {"status": "ok"})


async def test_who_can_ask_store_and_provider_is_ready(house: House, browser: Browser) -> None:
    await browser.login()
    house.clock.advance(7)

    answer = await browser.fetch("GET", "/readyz", headers=())

    assert answer.status == 200
    assert answer.json == {
        "status": "ready",
        "checks": {
            "store": {"ok": True},
            "provider": {"ok": True, "keys_age_s": 7},
            "secrets": {"ok": True},
        },
    }


async def test_keys_that_were_never_needed_have_no_age(browser: Browser) -> None:
    answer = await browser.fetch("GET", "/readyz", headers=())

    assert answer.json["checks"]["provider"]["keys_age_s"] is None


@pytest.mark.parametrize(
    ("broken", "code"), [("store", "store_unavailable"), ("provider", "provider_unavailable")]
)
async def test_who_cannot_is_not_and_gives_no_reason(
    house: House, browser: Browser, broken: str, code: str
) -> None:
    if broken == "store":
        house.table.down = True
    else:
        house.carrier.torn.add("/.well-known/openid-configuration")

    answer = await browser.fetch("GET", "/readyz", headers=())

    assert answer.status == 503
    assert answer.json["status"] == "not ready"
    assert answer.json["checks"][broken] == {"ok": False, "code": code}
    assert b"127.0.0.1" not in answer.body


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_no_answer_is_kept(browser: Browser, path: str) -> None:
    answer = await browser.fetch("GET", path, headers=())

    assert answer.header("cache-control") == "no-store"
    assert answer.header("x-content-type-options") == "nosniff"
