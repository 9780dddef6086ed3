"""One public key of a provider's key set (RFC 7517): whether it may verify anything at all."""

from typing import TYPE_CHECKING, Any, cast

from trust.seal.base64url import decode

if TYPE_CHECKING:
    from joserfc.jwk import Key

_KINDS = {
    "RS": "RSA",
    "PS": "RSA",
    "ES": "EC",
    "Ed": "OKP",
}
"""The kind of key that an algorithm needs, by the algorithm's first letters (RFC 7518 §3.1)."""

CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}

LEAST_RSA_BITS = 2048
"""RFC 7518 §3.3: a smaller key MUST NOT be used."""

PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of private and of shared keys (RFC 7518 §6)."""


def usable_key(jwk: object) -> "Key | None":
    """Read one entry of a key set; None for one that cannot verify a signature for us.

    One broken entry must not make the others useless. A private key, or a shared one, that is
    published proves nothing any more.
    """
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry

    if not isinstance(jwk, dict):
        return None
    members = cast("dict[str, Any]", jwk)
    try:
        if not (_is_for_verifying(members) and _is_strong(members)):
            return None
        return JWKRegistry.import_key({name: members[name] for name in _READ & members.keys()})
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return None


def fits(key: "Key", algorithm: str) -> bool:
    """Tell whether a key is of the kind, the curve and the purpose that `algorithm` needs."""
    if key.key_type != _KINDS.get(algorithm[:2]):
        return False
    if key.get("alg") not in {None, algorithm}:
        return False
    return algorithm not in CURVES or key.get("crv") == CURVES[algorithm]


def _is_for_verifying(members: dict[str, Any]) -> bool:
    operations = members.get("key_ops", ["verify"])
    return (
        members.get("kty") in _KINDS.values()
        and not PRIVATE & members.keys()
        and members.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and all(isinstance(members.get(name, ""), str) for name in ("kid", "alg"))
    )


def _is_strong(members: dict[str, Any]) -> bool:
    if members["kty"] != "RSA":
        return True
    return int.from_bytes(decode(members["n"]), "big").bit_length() >= LEAST_RSA_BITS


_READ = frozenset({"kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"})
"""Members that are read: certificates (`x5c`) and places of others (`x5u`) prove nothing here."""
