"""The keys that a login method knows: PEM texts, or a JWK Set behind a URL."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from devstack.vault.errors import bad

Jwks = Mapping[str, object]
FetchJwks = Callable[[str], Jwks]
"""Fetches the JWK Set behind a URL. Raises VaultError."""

Key = RSAKey | ECKey | OKPKey
"""A public key; none of these can be a secret that both sides share."""

_TYPES: tuple[type[Key], ...] = (RSAKey, ECKey, OKPKey)


def from_pem(texts: Sequence[str]) -> tuple[Key, ...]:
    """Return the keys of PEM texts. Raises VaultError."""
    return tuple(_from_pem(text) for text in texts)


def _from_pem(text: str) -> Key:
    for kind in _TYPES:
        try:
            return kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
    raise bad("error parsing public key")


def from_jwks(document: Jwks) -> tuple[Key, ...]:
    """Return the keys of a JWK Set (RFC 7517 §5), SPIFFE bundles included. Raises VaultError."""
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise bad("error loading jwks: no keys")
    # A SPIFFE bundle says `use: jwt-svid` or `x509-svid`; only the first are keys for a JWT.
    kept = [
        {name: value for name, value in entry.items() if name != "use"}
        for entry in cast("list[dict[str, str]]", entries)
        if entry.get("use") in {None, "sig", "jwt-svid"}
    ]
    return tuple(_from_jwk(entry) for entry in kept)


def _from_jwk(entry: dict[str, str]) -> Key:
    by_kind: dict[str, type[Key]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    kind = by_kind.get(entry.get("kty", ""))
    if kind is None:
        raise bad("error loading jwks: unknown kty")
    try:
        return kind.import_key({**entry})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise bad("error loading jwks: malformed key") from error
