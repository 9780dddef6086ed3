"""Signed authorization requests (JAR, RFC 9101): for providers that take no others."""

from collections.abc import Callable, Mapping

from bff.provider.client_auth import Client, signer_of
from bff.provider.jws import compact
from bff.provider.metadata import ProviderMisconfigured
from trust.clock import NumericDate
from trust.registry.record import ClientAuthMethod
from trust.seal.base64url import encode

LIFETIME_S = 60
"""How long a request may be on its way, pushed or through the browser."""

SKEW_S = 10
"""How far the provider's clock may be behind ours: what begins in its future it refuses."""

_NUMBERS = frozenset({"max_age"})


async def signed_request(
    client: Client,
    parameters: Mapping[str, str],
    *,
    issuer: str,
    now: NumericDate,
    random: Callable[[int], bytes],
) -> str:
    """Return the request object of an authorization request (§4). Raises ProviderMisconfigured,
    SecretOutage, SecretRefused.

    Signed with the key by which the client proves itself; a shared secret proves nothing to anybody
    but the provider, and could have been the provider's own making.
    """
    if client.method is not ClientAuthMethod.PRIVATE_KEY_JWT:
        raise ProviderMisconfigured(
            f"{issuer} takes signed requests only: set client_auth to private_key_jwt"
        )
    claims = {
        # Numbers are JSON's own numbers here (§4).
        **{name: int(text) if name in _NUMBERS else text for name, text in parameters.items()},
        "client_id": client.id,
        "iss": client.id,
        # For this provider and no other (§4): the other end of the mix-up.
        "aud": issuer,
        "iat": now,
        "nbf": now - SKEW_S,
        "exp": now + LIFETIME_S,
        "jti": encode(random(16)),
    }
    # The type keeps it from being taken for a client assertion, which the same key signs (§10.8).
    return await compact(signer_of(client), claims, typ="oauth-authz-req+jwt")
