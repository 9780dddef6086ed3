"""What an identity that we were given must say, before we present it as ours.

Its signature is for those who get it: we have no keys that an impostor on this machine would not
have given us too. Its claims are looked at, so that nothing leaves that names somebody else, is
meant for somebody else, or is over.
"""

import json
from collections.abc import Mapping
from typing import cast

from trust.clock import NumericDate
from trust.seal import base64url
from trust.secret import Secret
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.spiffe.spiffe_id import Expected, SpiffeId, parse_spiffe_id
from trust.secrets.spiffe.svid import JwtSvid

LONGEST_CHARS = 16_384
"""Longest JWT-SVID that is looked at."""

LEAST_LEFT_S = 5
"""An identity that ends sooner is over: what is done with it has to arrive in time."""

_LATEST = 1 << 40
"""No time that a JWT-SVID can mean is later (the year 36812)."""

ALGORITHMS = frozenset(
    f"{family}{bits}" for family in ("RS", "ES", "PS") for bits in (256, 384, 512)
)
"""JWT-SVID §2.1: no others, and above all not `none`."""


def checked_jwt(token: str, audience: str, expected: Expected, now: NumericDate) -> JwtSvid:
    """Return what `token` says, if it says that we are ourselves, to `audience`, and still.

    Raises SecretRefused where it is somebody else's or for somebody else, and SecretOutage where
    it is over or cannot be read: there will be another.
    """
    header, claims = _parts(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise SecretRefused("the JWT-SVID is not signed by an algorithm that it may be signed by")
    if audience not in _audiences(claims):
        raise SecretRefused("the JWT-SVID is for another audience")
    subject = _subject(claims)
    mismatch = expected.mismatch(subject)
    if mismatch is not None:
        raise SecretRefused(f"the JWT-SVID {mismatch}")
    ends = _ends(claims)
    if ends - now < LEAST_LEFT_S:
        raise SecretOutage("the JWT-SVID is over, or about to be")
    return JwtSvid(token=Secret(token), spiffe_id=str(subject), expires_at=ends)


def _parts(token: str) -> tuple[Mapping[str, object], Mapping[str, object]]:
    parts = token.split(".") if len(token) <= LONGEST_CHARS else []
    # JWT-SVID §2: a JWS in compact serialization, of three parts that are not empty.
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 RFC 7515 §3.1
        raise SecretOutage("what came is no JWT-SVID")
    return _object(parts[0]), _object(parts[1])


def _object(part: str) -> Mapping[str, object]:
    try:
        found: object = json.loads(base64url.decode(part))
    except (ValueError, RecursionError):
        # Not as a cause: the error of a JSON reader carries the whole text.
        found = None
    if not isinstance(found, dict):
        raise SecretOutage("what came is no JWT-SVID")
    return cast("Mapping[str, object]", found)


def _audiences(claims: Mapping[str, object]) -> list[object]:
    named = claims.get("aud")
    return cast("list[object]", named) if isinstance(named, list) else [named]


def _subject(claims: Mapping[str, object]) -> SpiffeId:
    subject = claims.get("sub")
    try:
        return parse_spiffe_id(subject if isinstance(subject, str) else "")
    except ValueError:
        raise SecretRefused("the subject of the JWT-SVID is no SPIFFE ID") from None


def _ends(claims: Mapping[str, object]) -> NumericDate:
    ends = claims.get("exp")
    # JWT-SVID §3.3: it must be there. To JSON, 1e999 is a number.
    if not isinstance(ends, int | float) or not 0 < ends < _LATEST:
        raise SecretOutage("the JWT-SVID does not say when it ends")
    return NumericDate(int(ends))
