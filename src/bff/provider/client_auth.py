"""How the BFF proves itself at the provider's endpoints (OpenID Connect Core §9)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast
from urllib.parse import quote_plus, urlencode

from bff.provider.jws import compact
from bff.provider.local_key import local_signer
from trust.clock import NumericDate
from trust.registry.record import ClientAuthMethod
from trust.seal.base64url import encode
from trust.secret import Secret
from trust.secrets.source import Signer
from trust.secrets.spiffe.svid import SvidSource

ASSERTION_LIFETIME_S = 60
"""How long an assertion may be on its way (RFC 7523 §3)."""

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
JWT_SPIFFE = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe"
"""The assertion is the workload's own identity (draft-ietf-oauth-spiffe-client-auth)."""

Proof: TypeAlias = Secret | Signer | SvidSource
"""A shared secret or a private key (JWK or PEM); a key that signs elsewhere; an identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who we are at the provider, and what proves it."""

    id: str
    method: ClientAuthMethod
    credential: Proof


async def authenticated(
    client: Client, *, url: str, audience: str, form: str, now: NumericDate
) -> tuple[str, Mapping[str, str]]:
    """Return the form and the headers of a request to `url` with the client's proof added.

    `audience` is the issuer: an assertion for one endpoint must not be good at another provider's.
    Raises SecretOutage, SecretRefused where the proof is made elsewhere.
    """
    match client.method:
        case ClientAuthMethod.PRIVATE_KEY_JWT:
            return _asserted(form, JWT_BEARER, await _assertion(client, audience, now)), _FORM
        case ClientAuthMethod.JWT_SPIFFE:
            svid = await cast("SvidSource", client.credential).jwt_svid(audience)
            return _asserted(form, JWT_SPIFFE, svid.token.reveal()), _FORM
        case ClientAuthMethod.POST:
            return _shared(client, url, _nameless(form))
        case ClientAuthMethod.BASIC:
            return _shared(client, url, form)


_FORM: Mapping[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}


def signer_of(client: Client) -> Signer:
    """Return the client's key as a signer, wherever it is. Raises CredentialMalformed."""
    credential = client.credential
    return (
        local_signer(credential) if isinstance(credential, Secret) else cast("Signer", credential)
    )


def _shared(client: Client, url: str, form: str) -> tuple[str, Mapping[str, str]]:
    from authlib.oauth2.auth import ClientAuth

    name, secret = client.id, cast("Secret", client.credential).reveal()
    if client.method is ClientAuthMethod.BASIC:
        # RFC 6749 §2.3.1: both are form-encoded before they are joined; Authlib leaves that to us.
        name, secret = quote_plus(name), quote_plus(secret)
    # Authlib has no types.
    proof: Any = ClientAuth(name, secret, client.method.value)
    _, headers, body = cast("tuple[str, dict[str, str], str]", proof.prepare("POST", url, {}, form))
    return body, headers


def _nameless(form: str) -> str:
    """Return a form without `client_id`: the proof brings it, once (RFC 6749 §3.2)."""
    return "&".join(pair for pair in form.split("&") if not pair.startswith("client_id="))


def _asserted(form: str, kind: str, assertion: str) -> str:
    proof = urlencode({"client_assertion_type": kind, "client_assertion": assertion})
    return f"{form}&{proof}" if form else proof


async def _assertion(client: Client, audience: str, now: NumericDate) -> str:
    claims = {
        "iss": client.id,
        "sub": client.id,
        "aud": audience,
        "iat": now,
        "exp": now + ASSERTION_LIFETIME_S,
        # Providers remember it: an assertion is good once (RFC 7523 §3).
        "jti": encode(secrets.token_bytes(16)),
    }
    return await compact(signer_of(client), claims, typ="JWT")
