"""How the BFF proves itself at the provider's endpoints (OpenID Connect Core §9), by Authlib."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from trust.clock import NumericDate
from trust.registry.record import ClientAuthMethod
from trust.secret import Secret

ASSERTION_LIFETIME_S = 60
"""How long an assertion may be on its way (RFC 7523 §3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who we are at the provider. `credential` is a shared secret or a private key (JWK or PEM)."""

    id: str
    method: ClientAuthMethod
    credential: Secret


def authenticated(
    client: Client, *, url: str, audience: str, form: str, now: NumericDate
) -> tuple[str, Mapping[str, str]]:
    """Return the form and the headers of a request to `url` with the client's proof added.

    `audience` is the issuer: an assertion for one endpoint must not be good at another provider's.
    """
    _, headers, body = cast(
        "tuple[str, dict[str, str], str]",
        _proof(client, audience, now).prepare("POST", url, {}, form),
    )
    return body, headers


def _proof(client: Client, audience: str, now: NumericDate) -> Any:
    if client.method is ClientAuthMethod.PRIVATE_KEY_JWT:
        return _key_proof(client, audience, now)
    secret = client.credential.reveal()
    if client.method is ClientAuthMethod.BASIC:
        # RFC 6749 §2.3.1: both are form-encoded before they are joined; Authlib leaves that to us.
        return ClientAuth(quote_plus(client.id), quote_plus(secret), client.method.value)
    return ClientAuth(client.id, secret, client.method.value)


def _key_proof(client: Client, audience: str, now: NumericDate) -> Any:
    key = private_key(client.credential)
    proof = PrivateKeyJWT(
        audience,
        # Authlib adds a fresh jti, and would let it live for an hour.
        claims={"iat": now, "exp": now + ASSERTION_LIFETIME_S},
        headers={"kid": key.kid} if key.kid else {},
        alg=algorithm_of(key),
    )
    return ClientAuth(client.id, key, proof)


def algorithm_of(key: RSAKey | ECKey) -> str:
    """Return the algorithm that we sign with by this key."""
    return "ES256" if key.key_type == "EC" else "RS256"


def private_key(credential: Secret) -> RSAKey | ECKey:
    """Read a private RSA or EC key, as a JWK or as PEM. Raises CredentialMalformed."""
    text = credential.reveal()
    try:
        data: Any = json.loads(text) if text.lstrip().startswith("{") else text
        for kind in (RSAKey, ECKey):
            with suppress(JoseError, ValueError, TypeError, KeyError):
                key = kind.import_key(data)
                if key.is_private:
                    return key
    except ValueError:
        pass
    raise CredentialMalformed("is no private RSA or EC key (JWK or PEM)")


class CredentialMalformed(ValueError):
    """The client's credential is not of the form that its method needs; it is not quoted."""
