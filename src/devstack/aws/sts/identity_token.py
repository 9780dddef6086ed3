"""Verifying the token that AssumeRoleWithWebIdentity is given.

OpenID Connect Core §3.1.3.7; IAM User Guide: "Passing session tags in AWS STS".
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from devstack.aws.errors import AwsError
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.provider import KeysUnavailable, Provider
from devstack.aws.sts.tags import SessionTags

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
"""STS API Reference, `WebIdentityToken`: "signed using either RSA keys … or ECDSA keys"."""
CLOCK_SKEW_S = 300
"""How far a provider's clock may run ahead, in seconds; AWS does not tell its own value."""
TAGS_CLAIM = "https://aws.amazon.com/tags"
SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/source_identity"

Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityToken:
    """What a verified token says."""

    provider: Provider
    subject: str
    audience: str
    methods: tuple[str, ...]
    tags: SessionTags
    source_identity: str | None


def verified(token: str, identities: Identities, *, now: int) -> IdentityToken:
    """Check a token's issuer, signature, audience and times.

    Raises AwsError: InvalidIdentityToken, ExpiredTokenException, IDPRejectedClaim,
    IDPCommunicationError.
    """
    issuer = _text(_unverified(token), "iss")
    provider = identities.provider(issuer)
    if provider is None:
        _invalid(f"No OpenIDConnect provider found in your account for {issuer}")
    claims = _signed_claims(token, provider)
    _check_times(claims, now=now)
    return IdentityToken(
        provider=provider,
        subject=_text(claims, "sub"),
        audience=_audience(claims, provider),
        methods=_methods(claims.get("amr")),
        tags=_tags(claims.get(TAGS_CLAIM)),
        source_identity=_source_identity(claims.get(SOURCE_IDENTITY_CLAIM)),
    )


def _unverified(token: str) -> Claims:
    """Read the payload, only to learn whose keys to verify it with."""
    payload = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004 header, payload, signature
    try:
        padded = payload.encode("ascii") + b"=" * (-len(payload) % 4)
        claims: object = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        _invalid("The ID Token provided is not a valid JWT.")
    return cast("Claims", claims)


def _signed_claims(token: str, provider: Provider) -> Claims:
    keys = _keys(provider)
    try:
        return cast("Claims", jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError):
        _invalid("The ID Token's signature could not be verified with its provider's keys.")


def _keys(provider: Provider) -> KeySet:
    try:
        return KeySet.import_key_set(cast("KeySetSerialization", provider.jwks()))
    except KeysUnavailable as error:
        raise AwsError(
            "IDPCommunicationError", 400, f"The keys of {provider.issuer} could not be fetched"
        ) from error
    except (JoseError, ValueError, KeyError, TypeError):
        _invalid(
            "Couldn't retrieve verification key from your identity provider, "
            "please reference AssumeRoleWithWebIdentity documentation for requirements"
        )


def _check_times(claims: Claims, *, now: int) -> None:
    expires, starts = _seconds(claims, "exp"), claims.get("nbf", claims.get("iat", now))
    if expires <= now:
        raise AwsError(
            "ExpiredTokenException",
            400,
            f"Token expired: current date/time {now} must be before "
            f"the expiration date/time {expires}",
        )
    if not isinstance(starts, int) or starts > now + CLOCK_SKEW_S:
        _rejected("The token is not valid yet")


def _seconds(claims: Claims, name: str) -> int:
    # "Timestamps in the token must be formatted as either an integer or a long integer."
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        _invalid(f"Missing a required claim: {name}")
    return value


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        _invalid(f"Missing a required claim: {name}")
    return value


def _audience(claims: Claims, provider: Provider) -> str:
    raw = claims.get("aud")
    values = cast("list[object]", raw) if isinstance(raw, list) else [raw]
    ours = [value for value in values if value in provider.client_ids]
    if not ours:
        _invalid("Incorrect token audience")
    return str(ours[0])


def _methods(value: object) -> tuple[str, ...]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str))


def _tags(claim: object) -> SessionTags:
    if claim is None:
        return SessionTags()
    members = _object(claim)
    principal = _object(members.get("principal_tags", {}))
    pairs = tuple((key, _single(value)) for key, value in principal.items())
    transitive = members.get("transitive_tag_keys", [])
    keys = cast("list[object]", transitive) if isinstance(transitive, list) else [transitive]
    return SessionTags(pairs=pairs, transitive_keys=tuple(_tag_text(key) for key in keys))


def _object(value: object) -> Claims:
    if not isinstance(value, dict):
        _rejected(f"The claim {TAGS_CLAIM} is not of the documented form")
    return cast("Claims", value)


def _single(value: object) -> str:
    # "You must pass a single value for each session tag."
    values = cast("list[object]", value) if isinstance(value, list) else []
    if len(values) != 1:
        _rejected(f"Each tag in the claim {TAGS_CLAIM} needs a list of exactly one value")
    return _tag_text(values[0])


def _tag_text(value: object) -> str:
    if not isinstance(value, str):
        _rejected(f"The claim {TAGS_CLAIM} holds something that is not a string")
    return value


def _source_identity(claim: object) -> str | None:
    if claim is not None and not isinstance(claim, str):
        _rejected(f"The claim {SOURCE_IDENTITY_CLAIM} is not a string")
    return claim


def _invalid(message: str) -> NoReturn:
    raise AwsError("InvalidIdentityToken", 400, message)


def _rejected(message: str) -> NoReturn:
    raise AwsError("IDPRejectedClaim", 403, message)
