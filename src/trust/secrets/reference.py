"""References to secrets: configuration says where a secret is, never what it is."""

from dataclasses import dataclass
from enum import Enum


class Scheme(Enum):
    """Where a secret can be."""

    ENV = "env"
    FILE = "file"
    SECRETS_MANAGER = "awssm"
    VAULT_KV = "vault-kv"


STATIC = frozenset({Scheme.ENV, Scheme.FILE})
"""Secrets that lie beside the program: for development, or where somebody insists."""


class ReferenceMalformed(ValueError):
    """The text is no secret reference; the message says what would be one and quotes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`env:NAME`, `file:PATH`, `awssm:name[#key]` or `vault-kv:mount/path#key`."""

    scheme: Scheme
    path: str
    key: str | None = None


def parse_reference(text: str) -> Reference:
    """Read a secret reference. Raises ReferenceMalformed."""
    prefix, colon, rest = text.partition(":")
    scheme = next((known for known in Scheme if known.value == prefix), None)
    if scheme is None or not colon:
        # Not quoted, not even by a cause: somebody may have put the secret itself here.
        raise ReferenceMalformed(_EXPECTED)
    path, hashed, key = rest.partition("#") if scheme not in STATIC else (rest, "", "")
    if not path or bool(hashed) != bool(key):
        raise ReferenceMalformed(_EXPECTED)
    mount, _, below = path.partition("/")
    if scheme is Scheme.VAULT_KV and not (key and mount and below):
        raise ReferenceMalformed("a vault-kv reference is vault-kv:mount/path#key")
    return Reference(scheme=scheme, path=path, key=key or None)


_EXPECTED = (
    "a secret reference is env:NAME, file:PATH, awssm:name[#key] or vault-kv:mount/path#key,"
    " not the secret itself"
)
