"""Forged tokens of administrators: whoever could make one could put a whole tenant out."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bff.admin.bearer import MAX_AGE_S, administrator_of
from bff.admin.errors import AdminTokenInvalid
from bff.provider.compact import MAX_CHARS
from bff.provider.id_token import LEEWAY_S
from bff.provider.keys import REFETCHES_AT_ONCE
from fakes.proxy.asgi import ask, problem_of
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.office import (
    ADMIN_KEY,
    AUDIENCE,
    Office,
    admin_issuer,
    is_in,
    office,
    settings_changes,
)
from fakes.proxy.provider.idp import CLIENT_ID
from fakes.proxy.provider.tokens import (
    public,
    rsa_key,
    signed,
    signed_by_hand,
    signed_text,
    signed_with_public_key,
    unsigned,
)

__all__ = ["admin_issuer", "office", "settings_changes"]

Forger = Callable[[Office], str]

TARGET = "/admin/tenants/acme/sessions"


def with_claims(**changes: Any) -> Forger:
    return lambda office: office.token(**changes)


def at(**seconds: int) -> Forger:
    """Return a forger of times, each so many seconds from now."""

    def forge(office: Office) -> str:
        now = office.house.clock.now()
        claims: dict[str, Any] = {name: now + offset for name, offset in seconds.items()}
        return office.token(**claims)

    return forge


def with_header(**members: Any) -> Forger:
    def forge(office: Office) -> str:
        header = {"alg": "RS256", "kid": "admin-1", "typ": "at+jwt", **members}
        return signed_by_hand(
            {name: value for name, value in header.items() if value is not None},
            office.claims(),
            ADMIN_KEY,
        )

    return forge


def by_a_stranger(office: Office) -> str:
    return signed(office.claims(), rsa_key("stranger"), kid="admin-1", typ="at+jwt")


def by_a_key_of_its_own(office: Office) -> str:
    (own,) = public(rsa_key("stranger"))
    header = {"alg": "RS256", "kid": "admin-1", "typ": "at+jwt", "jwk": own}
    return signed_by_hand(header, office.claims(), rsa_key("stranger"))


def by_the_peoples_provider(office: Office) -> str:
    house = office.house
    return signed(office.claims(iss=house.provider.issuer), house.provider.keys[0], typ="at+jwt")


def by_the_peoples_provider_in_our_issuers_name(office: Office) -> str:
    return signed(office.claims(), office.house.provider.keys[0], typ="at+jwt")


def a_persons_token(office: Office) -> str:
    return office.house.provider.issued[-1]


def changed_after_signing(office: Office) -> str:
    head, _, mac = office.token(scope="openid").split(".")
    return f"{head}.{office.token().split('.')[1]}.{mac}"


def with_two_scopes(office: Office) -> str:
    text = json.dumps(office.claims(scope="openid"))[:-1] + ', "scope": "gatehouse.admin"}'
    return signed_text({"alg": "RS256", "kid": "admin-1", "typ": "at+jwt"}, text, ADMIN_KEY)


FORGERIES: dict[str, Forger] = {
    "alg none": lambda office: unsigned(office.claims()),
    "alg RS256 and no signature": lambda office: unsigned(office.claims(), "RS256"),
    "HS256 with the public key": lambda office: signed_with_public_key(office.claims(), ADMIN_KEY),
    "a stranger's key under the issuer's key's name": by_a_stranger,
    "a key of its own": by_a_key_of_its_own,
    "an unknown key": lambda office: signed(office.claims(), rsa_key("unknown"), typ="at+jwt"),
    "the people's provider": by_the_peoples_provider,
    "the people's provider in the issuer's name": by_the_peoples_provider_in_our_issuers_name,
    "a person's token": a_persons_token,
    "another issuer": with_claims(iss="https://login.evil.test"),
    "issuer with a slash more": lambda office: office.token(iss=office.issuer + "/"),
    "no issuer": with_claims(iss=None),
    "a list of issuers": lambda office: office.token(iss=[office.issuer]),
    "another audience": with_claims(aud="https://api.example"),
    "people's audience": with_claims(aud=CLIENT_ID),
    "us and another audience": with_claims(aud=[AUDIENCE, "https://api.example"]),
    "no audience": with_claims(aud=None),
    "an empty list of audiences": with_claims(aud=[]),
    "audience of a wrong type": with_claims(aud={AUDIENCE: 1}),
    "audience with a slash more": with_claims(aud=AUDIENCE + "/"),
    "no exp": with_claims(exp=None),
    "exp as text": with_claims(exp="9999999999"),
    "exp as a boolean": with_claims(exp=True),
    "exp 1e300": with_claims(exp=1e300),
    "expired": at(exp=-LEEWAY_S),
    "no iat": with_claims(iat=None),
    "iat as text": with_claims(iat="now"),
    "iat in the future": at(iat=LEEWAY_S + 1),
    "a password": at(iat=-MAX_AGE_S - LEEWAY_S - 1, exp=10**9),
    "not valid yet": at(nbf=LEEWAY_S + 1),
    "nbf as text": with_claims(nbf="now"),
    "no sub": with_claims(sub=None),
    "an empty sub": with_claims(sub=""),
    "a numeric sub": with_claims(sub=7),
    "a sub with a line's end": with_claims(sub="root\n"),
    "an endless sub": with_claims(sub="x" * 256),
    "no client": with_claims(client_id=None),
    "a list of clients": with_claims(client_id=["console"]),
    "no jti": with_claims(jti=None),
    "a numeric jti": with_claims(jti=7),
    "scope as a list": with_claims(scope=["gatehouse.admin"]),
    "scope as an object": with_claims(scope={"gatehouse.admin": True}),
    "bound to a key of DPoP": with_claims(cnf={"jkt": "x"}),
    "bound to a certificate": with_claims(cnf={"x5t#S256": "x"}),
    "bound to anything": with_claims(cnf=7),
    "typ JWT": with_header(typ="JWT"),
    "no typ": with_header(typ=None),
    "typ logout+jwt": with_header(typ="logout+jwt"),
    "typ secevent+jwt": with_header(typ="secevent+jwt"),
    "typ dpop+jwt": with_header(typ="dpop+jwt"),
    "typ at+jwt twice over": with_header(typ="application/application/at+jwt"),
    "a critical extension": with_header(crit=["x"], x=1),
    "b64": with_header(b64=False),
    "a list of key ids": with_header(kid=["admin-1"]),
    "changed after signing": changed_after_signing,
    "two scopes": with_two_scopes,
    "a part more": lambda office: office.token() + ".x",
    "encrypted": lambda _: "a.b.c.d.e",
    "garbage": lambda _: "\x00\u00e9<script>",
    "endless": lambda office: office.token() + "A" * MAX_CHARS,
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("how", FORGERIES)
async def test_admin_forgery(office: Office, alice: Browser, how: str) -> None:
    answer = await office.call("DELETE", TARGET, FORGERIES[how](office))

    assert (answer.status, problem_of(answer)["code"]) == (401, "admin_token_invalid")
    assert answer.header("www-authenticate") == (
        'Bearer realm="gatehouse-admin", error="invalid_token"'
    )
    assert answer.header("cache-control") == "no-store"
    assert await is_in(alice)
    (line,) = office.house.canary.audited("administration")
    assert (line["outcome"], line["why"]) == ("refused", "admin_token_invalid")
    assert "by" not in line


async def test_admin_forgery_what_the_key_signed_is_what_is_read(office: Office) -> None:
    # The issuer is looked at before the signature, to find the key; and once more after it.
    with pytest.raises(AdminTokenInvalid):
        administrator_of(
            office.claims(iss="https://login.evil.test"),
            issuer=office.issuer,
            audience=AUDIENCE,
            now=office.house.clock.now(),
        )


SCOPES = [
    "gatehouse",
    "gatehouse.admins",
    "gatehouse.admin.read",
    "xgatehouse.admin",
    "GATEHOUSE.ADMIN",
    "gatehouse.admin,openid",
    "gatehouse.admin\topenid",
    "gatehouse.\u0430dmin",
    "",
    None,
]


@pytest.mark.parametrize("scope", SCOPES)
async def test_admin_forgery_with_a_scope_that_only_looks_like_it(
    office: Office, alice: Browser, scope: str | None
) -> None:
    answer = await office.call("DELETE", TARGET, office.token(scope=scope))

    assert (answer.status, problem_of(answer)["code"]) == (403, "admin_scope_missing")
    assert await is_in(alice)


@pytest.mark.parametrize("name", ["scp", "scopes", "roles", "permissions"])
async def test_admin_forgery_with_a_scope_in_another_claim(
    office: Office, alice: Browser, name: str
) -> None:
    claims: dict[str, Any] = {"scope": None, name: ["gatehouse.admin"]}
    token = office.token(**claims)

    assert (await office.call("DELETE", TARGET, token)).status == 403
    assert await is_in(alice)


async def test_admin_forgery_that_needs_no_key_makes_us_ask_nobody(office: Office) -> None:
    for how in ("alg none", "another issuer", "typ JWT", "a part more", "garbage", "endless"):
        await office.call("DELETE", TARGET, FORGERIES[how](office))

    assert office.carrier.provider.calls == []


async def test_admin_forgery_of_unknown_keys_is_no_flood_at_the_issuer(office: Office) -> None:
    for number in range(20):
        token = signed(office.claims(), rsa_key("unknown"), kid=f"made-up-{number}", typ="at+jwt")
        assert (await office.call("DELETE", TARGET, token)).status == 401

    assert office.carrier.provider.count("/jwks") <= REFETCHES_AT_ONCE


CARRIED: dict[str, Callable[[str], list[tuple[str, str]]]] = {
    "basic": lambda token: [("Authorization", f"Basic {token}")],
    "DPoP": lambda token: [("Authorization", f"DPoP {token}")],
    "no scheme": lambda token: [("Authorization", token)],
    "a tab": lambda token: [("Authorization", f"Bearer\t{token}")],
    "another header": lambda token: [("X-Authorization", f"Bearer {token}")],
    "a cookie": lambda token: [("Cookie", f"Authorization=Bearer {token}; access_token={token}")],
    "a proxy's header": lambda token: [("Proxy-Authorization", f"Bearer {token}")],
}


@pytest.mark.parametrize("how", CARRIED)
async def test_admin_forgery_a_token_anywhere_else_is_none(
    office: Office, alice: Browser, how: str
) -> None:
    answer = await ask(office.house.app, "DELETE", TARGET, CARRIED[how](office.token()))

    assert (answer.status, problem_of(answer)["code"]) == (401, "admin_token_missing")
    assert await is_in(alice)


async def test_admin_forgery_a_token_in_query_or_body_is_none(
    office: Office, alice: Browser
) -> None:
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    given = f"access_token={office.token()}"

    query = await ask(office.house.app, "DELETE", f"{TARGET}?{given}")
    body = await ask(office.house.app, "POST", "/admin/tenants/acme/suspend", form, given.encode())

    assert (query.status, body.status) == (401, 401)
    assert await is_in(alice)


@pytest.mark.parametrize("first", ["Bearer {}", "Bearer x", "Basic x", ""])
async def test_admin_forgery_two_headers_are_none(
    office: Office, alice: Browser, first: str
) -> None:
    token = office.token()
    headers = [("Authorization", first.format(token)), ("Authorization", f"Bearer {token}")]

    for order in (headers, headers[::-1]):
        answer = await ask(office.house.app, "DELETE", TARGET, order)
        assert (answer.status, problem_of(answer)["code"]) == (401, "admin_token_invalid")
    assert await is_in(alice)


async def test_admin_forgery_two_tokens_in_one_header_are_none(
    office: Office, alice: Browser
) -> None:
    token = office.token()

    for given in (f"{token} {token}", f"{token}, Bearer {token}", f"{token},"):
        assert (await office.call("DELETE", TARGET, given)).status == 401
    assert await is_in(alice)


async def test_admin_forgery_a_persons_cookie_is_no_token(office: Office, alice: Browser) -> None:
    for path in ("/admin/tenants/acme/suspend", "/admin/tenants/acme/resume"):
        answer = await alice.fetch("POST", path, headers=FETCH)
        assert (answer.status, problem_of(answer)["code"]) == (401, "admin_token_missing")
    assert await is_in(alice)


@pytest.mark.parametrize("how", ["a stranger's key under the issuer's key's name", "expired"])
async def test_admin_forgery_the_reason_is_told_to_nobody(office: Office, how: str) -> None:
    told = await office.call("GET", "/admin/tenants", FORGERIES[how](office))
    other = await office.call("GET", "/admin/tenants", "x")

    for name in ("type", "title", "status", "code"):
        assert problem_of(told)[name] == problem_of(other)[name]
    assert told.header("www-authenticate") == other.header("www-authenticate")
