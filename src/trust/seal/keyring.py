"""The keys that seal sessions, as a JSON Web Key Set (RFC 7517 §5).

The first key with `"use": "enc"` seals, every one of them opens: a new key is put first, the old
ones stay until the last session sealed with them has ended, and nobody is logged out. The first
key with `"use": "sig"` names people (`subject_key`) and stays: it is not rotated.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NoReturn, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from trust.seal.base64url import decode, encode

KEY_BYTES = 32
"""Length of every key in bytes (A256GCM, HS256)."""

_KID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""Key ids that may stand in a cookie's value, before the dot."""


_KEPT = 1024
"""How many of what was derived are kept: about as many as people who are at work at once."""


class KeyringMalformed(ValueError):
    """The text is not a usable key set; the message says what is missing."""


def derived(key: bytes, purpose: str, salt: bytes) -> AESGCM:
    """Return what seals and opens under a keyring's key, for one purpose and salt (RFC 5869)."""
    info = f"gatehouse {purpose} v1".encode()
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Keys by their id; never printed."""

    current: str
    sealing: Mapping[str, bytes] = field(repr=False)
    naming: bytes = field(repr=False)
    opening: Callable[[bytes, str, bytes], AESGCM] = field(init=False, repr=False, compare=False)
    """As `derived`, and keeps the last: to derive takes three times as long as to open a session,
    and whoever is at work has theirs opened every second. Here, so that they go with the keys that
    are withdrawn; so nobody who reads this memory learns more by them than by keys and cookies."""

    def __post_init__(self) -> None:
        """Keep a view of the keys: `asdict` and its like cannot copy it, and write none down."""
        object.__setattr__(self, "sealing", MappingProxyType(dict(self.sealing)))
        object.__setattr__(self, "opening", lru_cache(maxsize=_KEPT)(derived))

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError("a Keyring is not pickled")

    def subject_key(self, issuer: str, sub: str) -> str:
        """Return the keyed hash of a person (22 characters), safe in keys and logs.

        Keyed, so that nobody who reads the table can test a guessed e-mail address against it.
        The length goes in front: `("a", "bc")` and `("ab", "c")` are two people.
        """
        message = f"{len(issuer)}:{issuer}{sub}".encode()
        return encode(hmac.new(self.naming, message, hashlib.sha256).digest()[:16])


def parse_keyring(text: str) -> Keyring:
    """Read a JSON Web Key Set. Raises KeyringMalformed, which never quotes the text."""
    try:
        document = cast("dict[str, Any]", json.loads(text))
        entries = [_entry(entry) for entry in document["keys"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise KeyringMalformed("not a JSON Web Key Set of 256-bit `oct` keys") from error
    sealing = {kid: key for use, kid, key in entries if use == "enc"}
    naming = [key for use, _, key in entries if use == "sig"]
    if len(sealing) != sum(use == "enc" for use, _, _ in entries):
        raise KeyringMalformed("two keys have the same kid")
    if not sealing or not naming:
        raise KeyringMalformed('needs a key with "use": "enc" and one with "use": "sig"')
    return Keyring(current=next(iter(sealing)), sealing=sealing, naming=naming[0])


def _entry(entry: dict[str, Any]) -> tuple[str, str, bytes]:
    key = decode(entry["k"])
    kid, use = entry["kid"], entry["use"]
    if entry["kty"] != "oct" or len(key) != KEY_BYTES or not _KID.fullmatch(kid):
        raise ValueError("not a 256-bit oct key with a plain kid")
    return str(use), str(kid), key


def merged(newest: Keyring, older: Keyring) -> Keyring:
    """Return the newest, which also opens what the older one's keys have sealed.

    It seals with its own, and names people by its own: what two keys are called by one id stays
    what the newest says.
    """
    return Keyring(
        current=newest.current,
        sealing={**older.sealing, **newest.sealing},
        naming=newest.naming,
    )


def new_keyring(random: Callable[[int], bytes]) -> str:
    """Return the text of a fresh key set, one key of each use."""
    return _write([_jwk("enc", random), _jwk("sig", random)])


def rotated(text: str, random: Callable[[int], bytes]) -> str:
    """Return the text with a new sealing key in front. Raises KeyringMalformed."""
    parse_keyring(text)
    return _write([_jwk("enc", random), *json.loads(text)["keys"]])


def _jwk(use: str, random: Callable[[int], bytes]) -> dict[str, str]:
    algorithm = "A256GCM" if use == "enc" else "HS256"
    return {
        "kty": "oct",
        "use": use,
        "alg": algorithm,
        "kid": encode(random(6)),
        "k": encode(random(KEY_BYTES)),
    }


def _write(keys: list[dict[str, str]]) -> str:
    return json.dumps({"keys": keys}, indent=2) + "\n"
