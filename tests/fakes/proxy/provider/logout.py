"""Logout tokens, rightly made; a test changes what it wants wrong."""

import secrets
from typing import Any
from urllib.parse import urlencode

from fakes.proxy.asgi import Answer, ask
from fakes.proxy.house import House
from fakes.proxy.provider.idp import CLIENT_ID
from fakes.proxy.provider.tokens import Claims, signed

EVENT = "http://schemas.openid.net/event/backchannel-logout"
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def logout_claims(house: House, **changes: Any) -> Claims:
    """Return the claims of a logout token for `sid` provider-session; None leaves one out."""
    now = house.clock.now()
    members: Claims = {
        "iss": house.provider.issuer,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 120,
        "jti": secrets.token_hex(8),
        "sid": "provider-session",
        "events": {EVENT: {}},
    }
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


def logout_token(house: House, *, typ: str | None = "logout+jwt", **changes: Any) -> str:
    """Return a logout token that the provider signed."""
    return signed(logout_claims(house, **changes), house.provider.keys[0], typ=typ)


async def deliver(house: House, token: str) -> Answer:
    """Deliver a token as a provider does: no cookie, no header of a browser."""
    body = urlencode({"logout_token": token}).encode()
    return await ask(house.app, "POST", "/auth/backchannel-logout", [FORM], body)
