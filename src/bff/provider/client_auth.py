"""How the BFF proves itself at the provider's endpoints (OpenID Connect Core §9), by Authlib."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote_plus

from bff.provider.signing_key import CURVES, LEAST_RSA_BITS
from trust.clock import NumericDate
from trust.registry.record import ClientAuthMethod
from trust.secret import Secret

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

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
    if client.method is ClientAuthMethod.POST:
        form = _nameless(form)
    _, headers, body = cast(
        "tuple[str, dict[str, str], str]",
        _proof(client, audience, now).prepare("POST", url, {}, form),
    )
    return body, headers


def _nameless(form: str) -> str:
    """Return a form without `client_id`: the proof brings it, once (RFC 6749 §3.2)."""
    return "&".join(pair for pair in form.split("&") if not pair.startswith("client_id="))


def _proof(client: Client, audience: str, now: NumericDate) -> Any:
    from authlib.oauth2.auth import ClientAuth

    if client.method is ClientAuthMethod.PRIVATE_KEY_JWT:
        return _key_proof(client, audience, now)
    secret = client.credential.reveal()
    if client.method is ClientAuthMethod.BASIC:
        # RFC 6749 §2.3.1: both are form-encoded before they are joined; Authlib leaves that to us.
        return ClientAuth(quote_plus(client.id), quote_plus(secret), client.method.value)
    return ClientAuth(client.id, secret, client.method.value)


def _key_proof(client: Client, audience: str, now: NumericDate) -> Any:
    from authlib.oauth2.auth import ClientAuth
    from authlib.oauth2.rfc7523 import PrivateKeyJWT

    key = private_key(client.credential)
    proof = PrivateKeyJWT(
        audience,
        # Authlib adds a fresh jti, and would let it live for an hour.
        claims={"iat": now, "exp": now + ASSERTION_LIFETIME_S},
        headers={"kid": key.kid} if key.kid else {},
        alg=algorithm_of(key),
    )
    return ClientAuth(client.id, key, proof)


def algorithm_of(key: "RSAKey | ECKey") -> str:
    """Return the algorithm that we sign with by this key."""
    return "ES256" if key.key_type == "EC" else "RS256"


@lru_cache(maxsize=32)
def private_key(credential: Secret) -> "RSAKey | ECKey":
    """Read a private key, as a JWK or as PEM: RSA, which signs RS256, or EC on P-256, ES256.

    Raises CredentialMalformed also for one that could not sign: that is found at start, and not by
    the first person who logs in. Each is read once: whether the primes of an RSA key are primes
    takes a tenth of a second to check, in which nothing else goes on here.
    """
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    key = _read(credential)
    algorithm = algorithm_of(key)
    if isinstance(key, RSAKey) and key.raw_value.key_size < LEAST_RSA_BITS:
        raise CredentialMalformed(f"is an RSA key of less than {LEAST_RSA_BITS} bits")
    if isinstance(key, ECKey) and key.curve_name != CURVES[algorithm]:
        raise CredentialMalformed(f"is a key on {key.curve_name}; {algorithm} is on P-256")
    try:
        jws.serialize_compact({"alg": algorithm}, b"", key, algorithms=[algorithm])
    except (JoseError, ValueError) as error:
        # Its own members forbid it: `use` is enc, `key_ops` lacks sign, `alg` is another one.
        raise CredentialMalformed(f"is a key that may not sign {algorithm}") from error
    return key


def _read(credential: Secret) -> "RSAKey | ECKey":
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

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
