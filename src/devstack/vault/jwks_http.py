"""A login method's keys, fetched from the URL that it was configured with."""

from typing import cast

import httpx

from devstack.vault.errors import bad
from devstack.vault.logins.keys import Jwks

TIMEOUT_S = 3.0


def fetched_jwks(url: str) -> Jwks:
    """Return a JWK Set (RFC 7517 §5). Raises VaultError. Blocks for up to `TIMEOUT_S`."""
    try:
        with httpx.Client(trust_env=False, timeout=TIMEOUT_S) as client:
            read: object = client.get(url).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise bad("error fetching jwks") from error
    if not isinstance(read, dict):
        raise bad("error fetching jwks")
    return cast("Jwks", read)
