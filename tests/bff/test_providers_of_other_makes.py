"""Providers as they are in the field, each with its own ways: a login and a refresh at each."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.provider.tokens import Claims, SigningKey, ec_key, public, rsa_key, signed


@dataclass(frozen=True, kw_only=True)
class Make:
    """What is different about it: members added, changed, or (None) left out."""

    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    token: dict[str, Any] = field(default_factory=dict[str, Any])
    claims: dict[str, Any] = field(default_factory=dict[str, Any])
    header: dict[str, str | None] = field(default_factory=dict[str, str | None])
    callback: dict[str, str] = field(default_factory=dict[str, str])
    key: dict[str, Any] = field(default_factory=dict[str, Any])
    par: bool = False
    sends_issuer: bool = False
    rotates: bool = False
    signing_key: SigningKey | None = None


MAKES = {
    "keycloak": Make(
        par=True,
        sends_issuer=True,
        rotates=True,
        token={
            "expires_in": 600,
            "refresh_expires_in": 1800,
            "not-before-policy": 0,
            "session_state": "4f8c",
            "scope": "openid profile",
        },
        claims={"typ": "ID", "azp": "gatehouse", "session_state": "4f8c", "email_verified": False},
        callback={"session_state": "4f8c"},
        key={"x5c": ["MIIC"], "x5t": "abc", "x5t#S256": "def"},
    ),
    "entra": Make(
        token={"expires_in": "3599", "ext_expires_in": 3599, "scope": "openid", "foci": "1"},
        claims={"ver": "2.0", "at_hash": None, "auth_time": None, "tid": "72f9", "uti": "x"},
        callback={"session_state": "c0ffee"},
        key={"alg": None, "use": "sig", "issuer": "https://login.test/{tenantid}/v2.0"},
        header={"x5t": "abc"},
    ),
    "cognito": Make(
        metadata={"end_session_endpoint": None, "revocation_endpoint": None},
        token={"token_type": "Bearer"},
        claims={"token_use": "id", "cognito:groups": ["a"], "event_id": "e", "origin_jti": "o"},
        header={"typ": None},
    ),
    "google": Make(
        metadata={"end_session_endpoint": None},
        token={"scope": "openid email", "expires_in": 3599},
        claims={"azp": "gatehouse", "hd": "acme.test", "email_verified": True, "acr": None},
        callback={"scope": "openid email", "authuser": "0", "hd": "acme.test", "prompt": "none"},
    ),
    "okta": Make(
        sends_issuer=False,
        claims={"ver": 1, "jti": "ID.x", "amr": ["pwd", "mfa"], "idp": "00o"},
        header={"typ": None},
    ),
    "old": Make(
        metadata={"id_token_signing_alg_values_supported": None},
        token={"token_type": "bearer", "expires_in": "3600.0"},
        claims={"aud": ["gatehouse"], "sid": None, "acr": None},
        header={"kid": None, "typ": None},
        key={"kid": None, "alg": None, "use": None},
    ),
    "elliptic": Make(par=True, sends_issuer=True, rotates=True, signing_key=ec_key()),
}


@pytest.fixture(params=MAKES, ids=str)
def make(request: pytest.FixtureRequest, house: House) -> Make:
    """Let the provider be of this make."""
    found = MAKES[request.param]
    provider = house.provider
    provider.par, provider.sends_issuer = found.par, found.sends_issuer
    provider.rotates = found.rotates
    provider.metadata, provider.token = dict(found.metadata), dict(found.token)
    provider.claims = dict(found.claims)
    provider.keys = [found.signing_key or rsa_key()]
    (entry,) = public(*provider.keys)
    changed = {**entry, **found.key}
    provider.entries = [{name: value for name, value in changed.items() if value is not None}]

    def sign(claims: Claims, key: SigningKey) -> str:
        return signed(claims, key, **found.header)

    provider.make = sign
    return found


async def test_a_login_a_refresh_and_a_logout(house: House, browser: Browser, make: Make) -> None:
    answered = house.provider.authorize(await browser.begin())
    page = await browser.come_back({**answered, **make.callback})
    assert page.status == 200, page.text
    assert (await browser.fetch("GET", "/auth/session")).json["tenant"]["id"] == "acme"

    for _ in range(4):
        house.clock.advance(1000)
        assert (await browser.fetch("GET", "/api/chats")).status == 200
    assert house.provider.count("/token") >= 2

    ended = await browser.fetch("POST", "/auth/logout")
    assert ended.status == 200
    assert (ended.json["redirect"] is None) == ("end_session_endpoint" in make.metadata)
