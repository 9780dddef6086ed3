"""References to secrets: configuration says where a secret is, never what it is."""

import re
from dataclasses import dataclass, replace
from enum import Enum

PREVIOUS = "AWSPREVIOUS"
"""The version before the newest, by Secrets Manager's name of it; Vault's is counted back to."""


class Scheme(Enum):
    """Where a secret can be, or a key that signs and never leaves its place."""

    ENV = "env"
    FILE = "file"
    SECRETS_MANAGER = "awssm"
    SECRETS_MANAGER_AGENT = "awssm-agent"
    VAULT_KV = "vault-kv"
    VAULT_DATABASE = "vault-db"
    VAULT_AWS = "vault-aws"
    VAULT_TRANSIT = "vault-transit"
    KMS = "kms"


STATIC = frozenset({Scheme.ENV, Scheme.FILE})
"""Secrets that lie beside the program: for development, or where somebody insists."""

SIGNING = frozenset({Scheme.VAULT_TRANSIT, Scheme.KMS})
"""Keys that sign where they are: there is nothing to fetch."""

VAULT = frozenset({Scheme.VAULT_KV, Scheme.VAULT_DATABASE, Scheme.VAULT_AWS, Scheme.VAULT_TRANSIT})
"""What needs a login at Vault."""

_VERSIONED = frozenset({Scheme.SECRETS_MANAGER, Scheme.SECRETS_MANAGER_AGENT, Scheme.VAULT_KV})
_WHOLE = STATIC | SIGNING
"""Where `#` and `@` are part of the name: there are no members in it."""


class ReferenceMalformed(ValueError):
    """The text is no secret reference; the message says what would be one and quotes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`scheme:path[#key[@version]]`; `version` is a stage's name, or a number in Vault."""

    scheme: Scheme
    path: str
    key: str | None = None
    version: str | None = None

    @property
    def place(self) -> "Reference":
        """The same without `#key`: what is fetched at once, so that its members fit together."""
        return replace(self, key=None)

    @property
    def before(self) -> "Reference | None":
        """The version before the newest; None where there are no versions, or one is named."""
        versioned = self.scheme in _VERSIONED and self.version is None
        return replace(self, version=PREVIOUS) if versioned else None

    @property
    def mount(self) -> str:
        """The first part of the path: where in Vault the engine is."""
        return self.path.partition("/")[0]

    @property
    def below(self) -> str:
        """The path without its mount."""
        return self.path.partition("/")[2]

    def __str__(self) -> str:
        key = "" if self.key is None else f"#{self.key}"
        version = "" if self.version is None else f"@{self.version}"
        return f"{self.scheme.value}:{self.path}{key}{version}"


def parse_reference(text: str) -> Reference:
    """Read a secret reference. Raises ReferenceMalformed."""
    prefix, colon, rest = text.partition(":")
    scheme = next((known for known in Scheme if known.value == prefix), None)
    if scheme is None or not colon:
        # Not quoted, not even by a cause: somebody may have put the secret itself here.
        raise ReferenceMalformed(_EXPECTED)
    path, hashed, tail = (rest, "", "") if scheme in _WHOLE else rest.partition("#")
    key, at, version = tail.partition("@")
    if not path or bool(hashed) != bool(key) or bool(at) != bool(version):
        raise ReferenceMalformed(_EXPECTED)
    found = Reference(scheme=scheme, path=path, key=key or None, version=version or None)
    _look_at_version(found)
    if scheme in VAULT:
        _look_at_path(found)
    return found


def _look_at_version(found: Reference) -> None:
    if found.version is None:
        return
    if found.scheme not in _VERSIONED:
        raise ReferenceMalformed(f"a {found.scheme.value} reference has no version")
    if found.scheme is Scheme.VAULT_KV and not _NUMBER.fullmatch(found.version):
        raise ReferenceMalformed("the version of a vault-kv reference is a number from 1")


def _look_at_path(found: Reference) -> None:
    name = found.scheme.value
    if found.scheme is Scheme.VAULT_KV and found.key is None:
        raise ReferenceMalformed("a vault-kv reference is vault-kv:mount/path#key[@version]")
    if not (found.mount and found.below):
        form = "mount/path#key" if found.scheme is Scheme.VAULT_KV else "mount/name"
        raise ReferenceMalformed(f"a {name} reference is {name}:{form}")
    if not all(_SEGMENT.fullmatch(segment) for segment in found.path.split("/")):
        # `..` would walk to another mount, `?` and `%` mean something else in a URL.
        raise ReferenceMalformed(f"the path of a {name} reference is made of plain names and /")


_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_SEGMENT = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._@:=+~-]+", re.ASCII)

_EXPECTED = (
    "a secret reference is env:NAME, file:PATH, awssm:name[#key[@stage]],"
    " awssm-agent:name[#key[@stage]], vault-kv:mount/path#key[@version], vault-db:mount/role[#key],"
    " vault-aws:mount/role[#key], and for keys that sign vault-transit:mount/key or kms:arn,"
    " not the secret itself"
)
