"""What happens while the provider or the store is away: nobody gets in, nobody is thrown out."""

import asyncio

import pytest

from bff.provider import http
from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import DOCUMENT, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import Reply, document, query_of

WELL_KNOWN = "/.well-known/openid-configuration"

BREAKS = {
    "torn": None,
    "silent": None,
    "HTML": Reply(body=b"<!doctype html>Down for maintenance"),
    "no body": Reply(status=502, headers=()),
    "redirect": Reply(status=302, headers=(("Location", "https://evil.example/"),)),
    "huge": Reply(body=b" " * 2_000_000),
}


def broken(house: House, path: str, how: str) -> None:
    """Break one of the provider's endpoints."""
    fault = BREAKS[how]
    if fault is not None:
        house.provider.faults[path] = fault
    elif how == "torn":
        house.carrier.torn.add(path)
    else:
        house.carrier.silent.add(path)


@pytest.fixture(autouse=True)
def _impatient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where all answer somehow nobody has to hurry: a busy machine must be no outage.
    if "silent" in request.node.name:
        monkeypatch.setattr(http, "TIMEOUT_S", 1.0)


@pytest.mark.parametrize("how", BREAKS)
async def test_without_discovery_no_login_begins(house: House, browser: Browser, how: str) -> None:
    broken(house, WELL_KNOWN, how)

    answer = await browser.navigate("/auth/login", accept=DOCUMENT)

    assert answer.status == 503
    assert problem_of(answer)["code"] == "provider_unavailable"
    assert answer.header("retry-after") == "5"
    assert browser.jar == {}


@pytest.mark.parametrize("how", ["torn", "silent", "huge"])
async def test_without_pushed_requests_no_login_begins(
    house: House, browser: Browser, how: str
) -> None:
    broken(house, "/par", how)

    answer = await browser.navigate("/auth/login", accept=DOCUMENT)

    assert problem_of(answer)["code"] == "provider_unavailable"
    assert browser.jar == {}


@pytest.mark.parametrize("path", ["/token", "/jwks"])
@pytest.mark.parametrize("how", BREAKS)
async def test_a_login_that_meets_an_outage_comes_to_no_session(
    house: House, browser: Browser, path: str, how: str
) -> None:
    answered = house.provider.authorize(await browser.begin())
    broken(house, path, how)

    answer = await browser.navigate(f"/auth/callback?{query_of(answered)}", accept=DOCUMENT)

    assert answer.status == 503
    assert problem_of(answer)["code"] == "provider_unavailable"
    assert SESSION not in browser.jar


async def test_a_provider_that_says_it_is_down_is_down(house: House, browser: Browser) -> None:
    answered = house.provider.authorize(await browser.begin())
    house.provider.faults["/token"] = document({"error": "temporarily_unavailable"}, 503)

    answer = await browser.navigate(f"/auth/callback?{query_of(answered)}", accept=DOCUMENT)

    assert problem_of(answer)["code"] == "provider_unavailable"


async def test_after_the_outage_people_log_in_again(house: House, browser: Browser) -> None:
    broken(house, WELL_KNOWN, "torn")
    await browser.navigate("/auth/login", accept=DOCUMENT)
    house.carrier.torn.clear()

    assert (await browser.login()).status == 200


async def test_without_the_store_a_login_comes_to_no_session(
    house: House, browser: Browser
) -> None:
    answered = house.provider.authorize(await browser.begin())
    house.table.down = True

    answer = await browser.navigate(f"/auth/callback?{query_of(answered)}", accept=DOCUMENT)

    assert answer.status == 503
    assert problem_of(answer)["code"] == "store_unavailable"
    assert SESSION not in browser.jar


@pytest.mark.parametrize("way", ["/auth/login", "/auth/step-up?max_age=300"])
async def test_a_login_is_not_lost_because_the_session_before_it_cannot_be_ended(
    house: House, alice: Browser, way: str
) -> None:
    """Its code is spent, and its session there: without its cookie nobody could use or end that."""
    before = alice.ticket
    begun = await alice.navigate(way)
    answered = house.provider.authorize(begun.header("location") or "")
    house.table.keeping = True

    # As from a provider of the same site: the cookie of the session before comes along.
    answer = await alice.navigate(f"/auth/callback?{query_of(answered)}")

    assert answer.status == 200
    assert alice.ticket not in {None, before}
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_a_logout_that_the_store_does_not_take_is_not_told_as_one(
    house: House, alice: Browser
) -> None:
    house.table.keeping = True

    answer = await alice.fetch("POST", "/auth/logout")

    assert problem_of(answer)["code"] == "store_unavailable"
    assert SESSION in alice.jar
    house.table.keeping = False
    assert (await alice.fetch("POST", "/auth/logout")).status == 200
    assert SESSION not in alice.jar


CALLS = [
    ("GET", "/auth/session"),
    ("POST", "/auth/logout"),
    ("GET", "/auth/sessions"),
    ("DELETE", "/auth/sessions"),
    ("DELETE", "/auth/sessions/x"),
    ("GET", "/api/agents"),
    ("GET", "/api/chats"),
    ("DELETE", "/api/chats/01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ("POST", "/api/chats/01ARZ3NDEKTSV4RRFFQ69G5FAV/stop"),
    ("POST", "/api/agents/hello/invocations"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_without_the_store_nobody_is_logged_in_or_out(
    house: House, alice: Browser, method: str, path: str
) -> None:
    house.table.down = True

    answer = await alice.fetch(method, path, body=b"{}")

    assert answer.status == 503
    assert problem_of(answer)["code"] == "store_unavailable"
    assert answer.header("retry-after") == "2"
    assert answer.every("set-cookie") == []
    house.table.down = False
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_who_is_not_logged_in_is_told_so_without_the_store(
    house: House, browser: Browser
) -> None:
    house.table.down = True

    answer = await browser.fetch("GET", "/auth/session")

    assert answer.json == {"authenticated": False}


@pytest.fixture
def settings_changes() -> dict[str, str]:
    return {"BFF_SESSION_IDLE": "6h"}


@pytest.mark.parametrize("how", ["torn", "HTML", "no body"])
async def test_an_outage_at_refresh_ends_no_session(house: House, alice: Browser, how: str) -> None:
    broken(house, "/token", how)
    house.clock.advance(3600 - 60)
    assert (await alice.fetch("GET", "/api/agents")).status == 200

    house.clock.advance(120)
    answer = await alice.fetch("GET", "/api/agents")
    assert answer.status == 503
    assert problem_of(answer)["code"] == "provider_unavailable"
    assert answer.every("set-cookie") == []

    house.carrier.torn.clear()
    house.provider.faults.clear()
    # Until then, nobody asks the provider again.
    house.clock.advance(int(answer.header("retry-after") or "0"))
    assert (await alice.fetch("GET", "/api/agents")).status == 200


async def test_a_login_that_the_provider_ended_ends_here_at_the_next_refresh(
    house: House, alice: Browser
) -> None:
    house.provider.ended |= {grant.family for grant in house.provider.refresh_tokens.values()}
    house.clock.advance(3600)

    answer = await alice.fetch("GET", "/api/agents")

    assert answer.status == 401
    assert problem_of(answer)["code"] == "not_logged_in"
    assert SESSION not in alice.jar


async def test_a_refresh_happens_once_for_many_requests(house: House, alice: Browser) -> None:
    house.clock.advance(3600)
    before = house.provider.count("/token")

    answers = await asyncio.gather(*(alice.fetch("GET", "/api/agents") for _ in range(10)))

    assert {answer.status for answer in answers} == {200}
    assert house.provider.count("/token") == before + 1
