"""The end of a session, here and at the provider."""

import asyncio
from urllib.parse import parse_qsl, urlsplit

import pytest

from bff.provider import http
from fakes.proxy.asgi import WAIT_S, problem_of
from fakes.proxy.browser import FETCH, SESSION, Browser
from fakes.proxy.house import House

CLEARED = f"{SESSION}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"


async def test_a_logout_ends_the_session_everywhere(house: House, alice: Browser) -> None:
    ticket = alice.ticket

    answer = await alice.fetch("POST", "/auth/logout")

    assert answer.status == 200
    assert answer.every("set-cookie") == [CLEARED]
    # The cookie itself, kept by somebody, opens nothing any more.
    headers = [*FETCH, ("Cookie", f"{SESSION}={ticket}")]
    thief = house.browser()
    assert (await thief.fetch("GET", "/api/agents", headers=headers)).status == 401
    again = await thief.fetch("GET", "/auth/session", headers=headers)
    assert again.json == {"authenticated": False}


async def test_a_logout_revokes_the_refresh_token(house: House, alice: Browser) -> None:
    (token,) = house.provider.refresh_tokens

    await alice.fetch("POST", "/auth/logout")

    assert house.provider.calls[-1] == (
        "/revoke",
        {"token": token, "token_type_hint": "refresh_token"},
    )


async def test_a_logout_says_where_to_log_out_at_the_provider(house: House, alice: Browser) -> None:
    answer = await alice.fetch("POST", "/auth/logout")

    url = urlsplit(str(answer.json["redirect"]))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{house.provider.issuer}/logout"
    assert dict(parse_qsl(url.query)) == {
        "client_id": "gatehouse",
        "post_logout_redirect_uri": "https://app.example/",
    }


async def test_logging_out_twice_is_no_error(alice: Browser) -> None:
    await alice.fetch("POST", "/auth/logout")

    again = await alice.fetch("POST", "/auth/logout")

    assert again.status == 200
    assert again.json == {"redirect": None}
    assert again.every("set-cookie") == [CLEARED]


@pytest.mark.parametrize("path", ["/revoke", "/.well-known/openid-configuration"])
async def test_a_provider_that_is_down_does_not_keep_anybody_logged_in(
    house: House, alice: Browser, path: str
) -> None:
    house.carrier.torn.add(path)

    answer = await alice.fetch("POST", "/auth/logout")

    assert answer.status == 200
    assert SESSION not in alice.jar
    assert (await alice.fetch("GET", "/auth/session")).json == {"authenticated": False}


async def test_a_provider_that_hangs_is_given_up(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", 0.02)
    house.carrier.silent.add("/revoke")

    assert (await alice.fetch("POST", "/auth/logout")).status == 200


async def test_the_session_is_gone_before_the_provider_is_asked(
    house: House, alice: Browser
) -> None:
    house.carrier.silent.add("/revoke")
    leaving = asyncio.ensure_future(alice.fetch("POST", "/auth/logout"))
    async with asyncio.timeout(WAIT_S):
        await house.carrier.entered.wait()

    answer = await alice.fetch("GET", "/auth/session")

    assert answer.json == {"authenticated": False}
    assert not leaving.done()
    leaving.cancel()
    await asyncio.wait({leaving})


async def test_a_provider_without_a_logout_has_nowhere_to_go(
    house: House, browser: Browser
) -> None:
    house.provider.metadata = {"end_session_endpoint": None, "revocation_endpoint": None}
    await browser.login()

    assert (await browser.fetch("POST", "/auth/logout")).json == {"redirect": None}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_nobody_is_logged_out_by_another_method(alice: Browser, method: str) -> None:
    answer = await alice.fetch(method, "/auth/logout")

    assert answer.status in {404, 405}
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_an_ambiguous_cookie_logs_nobody_out(alice: Browser) -> None:
    headers = [*FETCH, ("Cookie", f"{SESSION}=v1.x")]

    answer = await alice.fetch("POST", "/auth/logout", headers=headers)

    assert problem_of(answer)["code"] == "cookie_ambiguous"
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_the_event_of_a_logout_names_nobody(house: House, alice: Browser) -> None:
    await alice.fetch("POST", "/auth/logout")

    _, line = house.canary.events("audit")
    assert "alice" not in line
