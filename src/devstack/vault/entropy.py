"""Names that nobody can guess, in the forms Vault gives them."""

from collections.abc import Callable
from uuid import UUID

Entropy = Callable[[int], bytes]
"""Returns so many random bytes."""

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FAIR = 248
"""The greatest multiple of 62 that a byte can hold: above it some letters would be likelier."""


def base62(entropy: Entropy, length: int) -> str:
    """Return random letters and digits."""
    drawn = ""
    while len(drawn) < length:
        drawn += "".join(_LETTERS[byte % 62] for byte in entropy(2 * length) if byte < _FAIR)
    return drawn[:length]


def uuid(entropy: Entropy) -> str:
    """Return a random UUID (RFC 9562 §5.4)."""
    return str(UUID(bytes=entropy(16), version=4))
