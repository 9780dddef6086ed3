"""Who may call as an administrator, and how."""

import pytest

from fakes.proxy.asgi import ask, problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.office import (
    AUDIENCE,
    Office,
    admin_issuer,
    is_in,
    office,
    settings_changes,
)

__all__ = ["admin_issuer", "office", "settings_changes"]

REALM = 'Bearer realm="gatehouse-admin"'


async def test_nobody_without_a_token(office: Office, alice: Browser) -> None:
    answer = await ask(office.house.app, "DELETE", "/admin/tenants/acme/sessions")

    assert problem_of(answer)["code"] == "admin_token_missing"
    assert answer.status == 401
    assert answer.header("www-authenticate") == REALM
    # A login of a person leads nowhere here.
    assert "login_url" not in answer.json
    assert await is_in(alice)


async def test_a_token_that_is_not_for_this_is_told_what_it_lacks(
    office: Office, alice: Browser
) -> None:
    token = office.token(scope="openid gatehouse.read")

    answer = await office.call("DELETE", "/admin/tenants/acme/sessions", token)

    assert (answer.status, problem_of(answer)["code"]) == (403, "admin_scope_missing")
    assert answer.header("www-authenticate") == (
        f'{REALM}, error="insufficient_scope", scope="gatehouse.admin"'
    )
    assert await is_in(alice)


async def test_a_token_that_is_none_is_told_only_that(office: Office) -> None:
    answer = await office.call("GET", "/admin/tenants", "x")

    assert (answer.status, problem_of(answer)["code"]) == (401, "admin_token_invalid")
    assert answer.header("www-authenticate") == f'{REALM}, error="invalid_token"'


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
async def test_the_type_may_be_spelled_as_media_types_may(office: Office, typ: str) -> None:
    assert (await office.call("GET", "/admin/tenants", office.token(typ=typ))).status == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_the_scheme_may_be_spelled_as_schemes_may(office: Office, scheme: str) -> None:
    header = ("Authorization", f"{scheme} {office.token()}")

    assert (await ask(office.house.app, "GET", "/admin/tenants", [header])).status == 200


async def test_an_audience_may_be_a_list_of_us(office: Office) -> None:
    token = office.token(aud=[AUDIENCE])

    assert (await office.call("GET", "/admin/tenants", token)).status == 200


async def test_clocks_may_differ_by_a_minute(office: Office) -> None:
    now = office.house.clock.now()
    tokens = (
        office.token(exp=now - 59),
        office.token(iat=now + 60),
        office.token(nbf=now + 60),
        office.token(nbf=now),
    )
    for token in tokens:
        assert (await office.call("GET", "/admin/tenants", token)).status == 200


async def test_a_cookie_adds_nothing_and_takes_nothing(office: Office, alice: Browser) -> None:
    alone = await alice.fetch("GET", "/admin/tenants")
    beside = await office.call("GET", "/admin/tenants", headers=alice.cookies())

    assert (alone.status, beside.status) == (401, 200)
    assert beside.every("set-cookie") == []
    assert alone.every("set-cookie") == []


async def test_no_page_of_another_site_is_told_that_it_may_call(office: Office) -> None:
    asked = [
        ("Origin", "https://evil.test"),
        ("Access-Control-Request-Method", "DELETE"),
        ("Access-Control-Request-Headers", "authorization"),
    ]

    preflight = await ask(office.house.app, "OPTIONS", "/admin/tenants/acme/sessions", asked)
    plain = await office.call("GET", "/admin/tenants", headers=[("Origin", "https://evil.test")])

    assert preflight.status == 405
    for answer in (preflight, plain):
        assert [name for name, _ in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/admin/tenants", "GET"),
        ("GET", "/admin/tenants/acme/suspend", "POST"),
        ("GET", "/admin/tenants/acme/sessions", "DELETE"),
        ("POST", "/admin/subjects/sessions", "DELETE"),
    ],
)
async def test_another_method_is_none(
    office: Office, alice: Browser, method: str, path: str, allowed: str
) -> None:
    answer = await office.call(method, path)

    assert (answer.status, answer.header("allow")) == (405, allowed)
    assert await is_in(alice)
