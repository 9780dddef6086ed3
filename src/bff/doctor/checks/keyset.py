"""Checks of a provider's key set (RFC 7517), as it is published."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from bff.doctor.facts import Published, Unreached, texts_in
from bff.doctor.finding import Finding, met, unmet, unseen
from bff.provider.metadata import SIGNING_ALGORITHMS
from bff.provider.signing_key import LEAST_RSA_BITS, PRIVATE, fits, usable_key
from trust.seal.base64url import decode

Keys = Sequence[Mapping[str, Any]]


def judged(check: Callable[[Keys], Finding], published: Published) -> Finding:
    """Return a check's finding, or why the key set could not be looked at."""
    if isinstance(published.keys, Unreached):
        return unseen(published.keys.why)
    return check(_objects(published.keys))


def fitting(published: Published) -> Finding:
    """Judge whether there is a key for what is offered (P16): without one, nobody logs in."""
    document, entries = published.document, published.keys
    if isinstance(document, Unreached):
        return unseen(document.why)
    if isinstance(entries, Unreached):
        return unmet(entries.why, do="check jwks_uri and the way to it from here")
    given = texts_in(document, "id_token_signing_alg_values_supported", default=("RS256",))
    offered = [name for name in SIGNING_ALGORITHMS if name in given]
    usable = [key for key in map(usable_key, entries) if key is not None]
    good = [name for name in offered if any(fits(key, name) for key in usable)]
    if good:
        return met(f"usable keys: {len(usable)}, for {', '.join(good)}")
    return unmet(
        f"usable keys: {len(usable)} of {len(entries)}, none for an algorithm that is offered",
        do="publish the keys that ID tokens are signed with",
    )


def _objects(entries: Sequence[object]) -> Keys:
    return [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]


def _public(keys: Keys) -> Finding:
    bad = sum(1 for key in keys if PRIVATE & key.keys() or key.get("kty") == "oct")
    if bad:
        return unmet(
            f"{bad} private or shared",
            do="the provider has to replace them at once: whoever read them can sign",
        )
    return met("public keys only")


def _long_enough(keys: Keys) -> Finding:
    short = [bits for bits in map(_rsa_bits, keys) if bits is not None and bits < LEAST_RSA_BITS]
    if short:
        return unmet(f"{min(short)} bits: refused here", do="a longer key at the provider")
    return met("no short ones")


def _rsa_bits(key: Mapping[str, Any]) -> int | None:
    if key.get("kty") != "RSA" or not isinstance(key.get("n"), str):
        return None
    try:
        return int.from_bytes(decode(key["n"]), "big").bit_length()
    except ValueError:
        return 0


def _named(keys: Keys) -> Finding:
    signing = [key for key in keys if key.get("use", "sig") == "sig"]
    # One name for two kinds of key is fine: the algorithm tells them apart (RFC 7517 §4.5).
    names = [(key["kid"], key.get("kty")) for key in signing if isinstance(key.get("kid"), str)]
    if len(signing) > 1 and len(names) < len(signing):
        return unmet("some have no kid", do="a kid for each key, in set and tokens")
    if len(set(names)) < len(names):
        return unmet("two have the same kid", do="a kid of its own for each key")
    return met(f"signing keys: {len(signing)}")


KEY_SETS: Mapping[str, Callable[[Keys], Finding]] = {
    "P17": _public,
    "P18": _long_enough,
    "P19": _named,
}
"""Checks of one provider's key set, by clause."""
