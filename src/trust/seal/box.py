"""Sealing: AES-256-GCM under a key that is made anew for every salt.

key = HKDF-SHA-256(keyring key named by `kid`, salt, info) (RFC 5869). For a session the salt is the
cookie's session id, so the table together with the keyring, but without the cookies, opens nothing.
The context (AAD) ties a box to its place: moved to another row or replayed at another version, it
does not open.
"""

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag

from trust.errors import UpstreamError
from trust.seal.base64url import decode, encode
from trust.seal.keyring import Keyring, derived

NONCE_BYTES = 12
"""Length of the nonce (NIST SP 800-38D §8.2.2); random, under a key used for a few boxes only."""


class SealBroken(ValueError):
    """The box was not made by us for this place, or was changed. Says no more: no oracle."""


class KeyUnknown(UpstreamError):
    """The box names a key that this process has not got (yet): nobody is logged out for that."""

    code, status, title = "keys_unavailable", 503, "The service is not ready. Please try again."
    retry_after = 2


@dataclass(frozen=True, slots=True)
class Box:
    """What was sealed, and the id of the key that opens it."""

    kid: str
    content: bytes

    def __str__(self) -> str:
        return f"{self.kid}.{encode(self.content)}"


def parse_box(text: str) -> Box:
    """Read the text form of a box. Raises SealBroken."""
    kid, dot, content = text.partition(".")
    try:
        raw = decode(content)
    except ValueError as error:
        raise SealBroken from error
    # Other texts are decoded to the same bytes: `+` for `-`, a padding, another last letter whose
    # unused bits differ (RFC 4648 §3.5). One box must not be two cookies.
    if not dot or len(raw) <= NONCE_BYTES or encode(raw) != content:
        raise SealBroken
    return Box(kid, raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a box belongs: what it is for, what its key is salted with, what it is bound to."""

    purpose: str
    salt: bytes
    context: str


def seal(keyring: Keyring, plain: bytes, place: Place, *, nonce: bytes) -> Box:
    """Seal `plain` with the current key; `nonce` is fresh random bytes (NONCE_BYTES)."""
    # Anew: of what is sealed, most is not opened here soon.
    cipher = derived(keyring.sealing[keyring.current], place.purpose, place.salt)
    return Box(keyring.current, nonce + cipher.encrypt(nonce, plain, place.context.encode()))


def unseal(keyring: Keyring, box: Box, place: Place) -> bytes:
    """Open `box`. Raises SealBroken, KeyUnknown."""
    key = keyring.sealing.get(box.kid)
    if key is None:
        raise KeyUnknown(f"no key {box.kid!r} in the keyring")
    nonce, body = box.content[:NONCE_BYTES], box.content[NONCE_BYTES:]
    try:
        cipher = keyring.opening(key, place.purpose, place.salt)
        return cipher.decrypt(nonce, body, place.context.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error
