"""Signed JSON Web Tokens in their compact form (RFC 7515 §7.1, RFC 7519), read strictly.

What two readers could read in two ways is refused before any signature is looked at: members that
come twice, padding, other alphabets, critical extensions, keys that a token brings along itself
are never looked at.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from trust.seal.base64url import decode
from trust.secret import Secret

if TYPE_CHECKING:
    from joserfc.jwk import Key

Claims = Mapping[str, Any]

MAX_CHARS = 100_000
"""Longest token that is looked at."""

MAX_DEPTH = 32
"""Deepest nesting of a header or of claims; real ones have three levels."""

_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class TokenMalformed(ValueError):
    """The text is no token that could count; says why in a few words, never what it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """What a token says of itself. Good for finding the key, for nothing else."""

    algorithm: str
    kid: str | None
    kind: str | None
    """`typ`, without `application/`, in lower case (RFC 7515 §4.1.9)."""
    claims: Claims


def read_unverified(token: Secret, *, algorithms: tuple[str, ...]) -> Unverified:
    """Read a token before its signature is checked. Raises TokenMalformed."""
    text = token.reveal()
    if len(text) > MAX_CHARS or not _FORM.fullmatch(text):
        raise TokenMalformed("not a signed token in compact form")
    protected, payload, _ = text.split(".")
    header = _object(protected)
    if header.get("alg") not in algorithms:
        # The allow-list decides, never the token's own header (RFC 8725 §3.1).
        raise TokenMalformed("algorithm not allowed")
    if "crit" in header or "b64" in header:
        # RFC 7515 §4.1.11: an extension that is not understood makes the token invalid.
        raise TokenMalformed("critical extensions are not understood")
    return Unverified(
        algorithm=str(header["alg"]),
        kid=_text(header, "kid"),
        kind=_kind(_text(header, "typ")),
        claims=_object(payload),
    )


def verified_claims_of(token: Secret, key: "Key", unverified: Unverified) -> Claims:
    """Return the claims if `key` signed them. Raises TokenMalformed."""
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        found = jws.deserialize_compact(
            token.reveal().encode(), key, algorithms=[unverified.algorithm]
        )
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise TokenMalformed(type(error).__name__) from error
    # The very bytes that were signed, read by the strict reader again.
    return _parsed(found.payload or b"")


def _object(part: str) -> Claims:
    try:
        return _parsed(decode(part))
    except ValueError as error:
        raise TokenMalformed("a part is no JSON object") from error


def _parsed(raw: bytes) -> Claims:
    try:
        parsed: object = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise TokenMalformed("a part is no JSON object") from error
    if not isinstance(parsed, dict) or not _is_flat(cast("object", parsed), MAX_DEPTH):
        raise TokenMalformed("a part is no JSON object, or a deep one")
    return cast("dict[str, Any]", parsed)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # RFC 7519 §4: of two `sub`, the signer may mean one and a reader take the other.
        raise TokenMalformed("a member comes twice")
    return found


def _no_constant(name: str) -> object:
    raise TokenMalformed(f"{name} is no JSON")


def _is_flat(value: object, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    parts = cast("dict[str, object] | list[object]", value)
    below = parts.values() if isinstance(parts, dict) else parts
    return depth > 0 and all(_is_flat(item, depth - 1) for item in below)


def _text(header: Claims, name: str) -> str | None:
    value = header.get(name)
    if value is not None and not isinstance(value, str):
        raise TokenMalformed(f"{name} is no text")
    return value


def _kind(typ: str | None) -> str | None:
    return None if typ is None else typ.lower().removeprefix("application/")
