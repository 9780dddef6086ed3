"""Administrators before a whole Gatehouse: their own issuer, and their calls."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from fakes.clock import StoppedClock
from fakes.proxy.asgi import Answer, Headers, ask
from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.provider.carriers import Loopback, provider_on_loopback
from fakes.proxy.provider.tokens import Claims, rsa_key, signed

AUDIENCE = "https://app.example/admin"
ADMIN_KEY = rsa_key("admin-1")


@dataclass(kw_only=True, eq=False)
class Office:
    """A Gatehouse, and the issuer of its administrators."""

    house: House
    carrier: Loopback

    @property
    def issuer(self) -> str:
        """The administrators' issuer; people log in at another."""
        return self.carrier.provider.issuer

    def claims(self, **changes: Any) -> Claims:
        """Return the claims of an access token of RFC 9068; None leaves one out."""
        now = self.house.clock.now()
        members: Claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "root",
            "client_id": "console",
            "iat": now,
            "exp": now + 300,
            "jti": "token-1",
            "scope": "openid gatehouse.admin",
        }
        return {name: value for name, value in {**members, **changes}.items() if value is not None}

    def token(self, *, typ: str | None = "at+jwt", **changes: Any) -> str:
        """Return an administrator's token."""
        return signed(self.claims(**changes), ADMIN_KEY, typ=typ)

    def person_at(self, sub: str = "alice", **more: str) -> str:
        """Return where the sessions of a person of the people's provider are ended."""
        parameters = {"issuer": self.house.provider.issuer, "sub": sub, **more}
        return f"/admin/subjects/sessions?{urlencode(parameters)}"

    async def call(
        self, method: str, target: str, token: str | None = None, headers: Headers = ()
    ) -> Answer:
        """Call as a program does: a bearer token, nothing of a browser."""
        bearer = ("Authorization", f"Bearer {self.token() if token is None else token}")
        return await ask(self.house.app, method, target, [bearer, *headers])


async def is_in(browser: Browser) -> bool:
    """Tell whether somebody is logged in, in this browser."""
    return (await browser.fetch("GET", "/api/agents")).status == 200


@pytest.fixture
async def admin_issuer() -> AsyncGenerator[Loopback]:
    """Serve the administrators' issuer."""
    async with provider_on_loopback(StoppedClock()) as (carrier, _):
        carrier.provider.keys = [ADMIN_KEY]
        yield carrier


@pytest.fixture
def settings_changes(admin_issuer: Loopback) -> dict[str, str]:
    """Have a Gatehouse trust that issuer."""
    return {
        "BFF_ADMIN_ISSUER": admin_issuer.provider.issuer,
        "BFF_ADMIN_AUDIENCE": AUDIENCE,
    }


@pytest.fixture
def office(house: House, admin_issuer: Loopback) -> Office:
    """Open a Gatehouse that has administrators."""
    return Office(house=house, carrier=admin_issuer)


__all__ = ["admin_issuer", "office", "settings_changes"]
