"""Bearer tokens: JSON Web Tokens of one issuer for one audience (RFC 7519, RFC 8725, RFC 9068)."""

import json
import re
from dataclasses import dataclass
from typing import Any, Protocol, cast

from jose import jws
from jose.exceptions import JOSEError

from authorizer.claims import (
    Claims,
    TokenRefused,
    check_claims,
    subject_of,
    tenant_of,
    user_name,
)
from authorizer.decision import Allow, Deny, Refusal
from authorizer.jwks import VerificationKey
from authorizer.settings import TrustedIssuer
from trust.clock import Clock
from trust.coordinates import AppId, SlugRefused
from trust.seal.base64url import decode
from trust.secret import Secret

MAX_TOKEN_CHARS = 16_384
"""Longest token that is looked at; API Gateway itself lets 10 kB of headers through."""

TYPES = ("jwt", "at+jwt", "application/at+jwt")
"""`typ` of a token that may authenticate somebody (RFC 8725 §3.11): a logout token or a security
event of the same issuer, for the same audience, is none."""

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class Keys(Protocol):
    """Where the issuer's keys are had from."""

    def find(self, kid: str | None, algorithm: str) -> VerificationKey | None:
        """Return the key, if the issuer has just one of that name. Raises ProviderUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What counts of a token's header; where to get keys (`jku`, `x5u`, `jwk`) is never read."""

    algorithm: str
    kid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerJudge:
    """Decides about bearer tokens."""

    app: AppId
    issuer: TrustedIssuer
    keys: Keys
    clock: Clock

    def __call__(self, token: Secret) -> Allow | Deny:
        """Return the verdict. Raises ProviderUnavailable."""
        try:
            header = read_header(token, self.issuer.algorithms)
            claims = verified_claims(token, self.keys.find(header.kid, header.algorithm))
            check_claims(claims, self.issuer, now=self.clock.now())
            tenant = tenant_of(claims, self.issuer)
        except TokenRefused as error:
            return Deny(refusal=Refusal.TOKEN_INVALID, detail=str(error))
        except SlugRefused as error:
            return Deny(refusal=Refusal.TENANT_UNKNOWN, detail=str(error))
        name = user_name(claims)
        return Allow(app=self.app, tenant=tenant, subject=subject_of(claims), user_name=name)


def read_header(token: Secret, algorithms: tuple[str, ...]) -> Header:
    """Read a token's header. Raises TokenRefused."""
    text = token.reveal()
    # The length first: a pattern over a megabyte is work for nothing.
    found = _COMPACT.fullmatch(text) if len(text) <= MAX_TOKEN_CHARS else None
    if found is None:
        raise TokenRefused("not a signed JWT, or too long")
    members = _header(found.group(1))
    algorithm, kid = members.get("alg"), members.get("kid")
    if algorithm not in algorithms:
        # Configuration decides, never the header: neither `none` nor HS256 under a public key.
        raise TokenRefused("algorithm not allowed")
    if "crit" in members:
        # RFC 7515 §4.1.11: extensions that are not understood MUST be refused; none are.
        raise TokenRefused("an extension that is not understood")
    if str(members.get("typ", "JWT")).lower() not in TYPES:
        raise TokenRefused("another kind of token")
    if kid is not None and not isinstance(kid, str):
        raise TokenRefused("kid is no text")
    return Header(algorithm=cast("str", algorithm), kid=kid)


def verified_claims(token: Secret, key: VerificationKey | None) -> Claims:
    """Return the claims of a token that `key` signed. Raises TokenRefused."""
    if key is None:
        raise TokenRefused("no such key")
    try:
        # The key's own algorithm, once more: an EC key verifies nothing but ES256.
        payload = jws.verify(token.reveal(), key.key, algorithms=[key.algorithm])
    except (JOSEError, ValueError, RecursionError) as error:
        raise TokenRefused("the signature does not hold") from error
    return _object(payload)


def _header(segment: str) -> dict[str, Any]:
    try:
        raw = decode(segment)
    except ValueError as error:
        raise TokenRefused("the header is not base64url") from error
    return _object(raw)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        parsed: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise TokenRefused("not JSON inside") from error
    if not isinstance(parsed, dict):
        raise TokenRefused("no object inside")
    return cast("dict[str, Any]", parsed)
