"""A key of the transit engine with all its versions."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import rsa

from devstack.vault.clock import stamp
from devstack.vault.engines.signing_keys import SIGNING_TYPES, KeyPair, public_pem
from devstack.vault.errors import bad
from devstack.vault.fields import Document

SYMMETRIC = "aes256-gcm96"
TYPES = frozenset({*SIGNING_TYPES, SYMMETRIC})
_KEY_TOO_OLD = "ciphertext or signature version is disallowed by policy (too old)"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVersion:
    """One version: a pair, or the bytes of a symmetric key."""

    pair: KeyPair | None = None
    secret: bytes = b""
    created_at: float


@dataclass(slots=True, kw_only=True)
class TransitKey:
    """All versions of a key, and which of them may still be used for what."""

    name: str
    kind: str
    derived: bool = False
    exportable: bool = False
    """Whether the private half may be asked for; once true, always true."""
    deletion_allowed: bool = False
    min_decryption: int = 1
    min_encryption: int = 0
    """0 for the newest only by default, and any on demand."""
    versions: dict[int, KeyVersion] = field(default_factory=dict[int, KeyVersion])

    @property
    def newest(self) -> int:
        """The number of the newest version."""
        return max(self.versions)

    def to_make(self, asked: int, verb: str) -> tuple[int, KeyVersion]:
        """Return the version to sign or encrypt with; 0 asks for the newest. Raises VaultError."""
        number = asked or self.newest
        if number < 0:
            raise bad(f"requested version for {verb} is negative")
        if number > self.newest:
            raise bad(f"requested version for {verb} is higher than the latest key version")
        if number < max(self.min_encryption, self.min_decryption):
            raise bad(
                f"requested version for {verb} is less than the minimum encryption key version"
            )
        return number, self.versions[number]

    def to_check(self, text: str, what: str) -> tuple[KeyVersion, str]:
        """Return what made a `vault:v…:…`, and what stands behind it. Raises VaultError."""
        prefix, _, rest = text.removeprefix("vault:v").partition(":")
        if not text.startswith("vault:v") or not prefix.isdigit() or not rest:
            raise bad(f"invalid {what}: no prefix")
        # Version 0 is how the first versions of Vault wrote the first one.
        number = int(prefix) or 1
        if number > self.newest:
            raise bad(f"invalid {what}: version is too new")
        if number < self.min_decryption:
            raise bad(_KEY_TOO_OLD)
        return self.versions[number], rest

    def shown(self) -> Document:
        """Return what there is to read: public halves, never more."""
        usable = {
            str(number): self._shown(version)
            for number, version in self.versions.items()
            if number >= self.min_decryption
        }
        signs = self.kind in SIGNING_TYPES
        return {
            "name": self.name,
            "type": self.kind,
            "derived": self.derived,
            "deletion_allowed": self.deletion_allowed,
            "min_available_version": 0,
            "min_decryption_version": self.min_decryption,
            "min_encryption_version": self.min_encryption,
            "latest_version": self.newest,
            "exportable": self.exportable,
            "allow_plaintext_backup": False,
            "supports_encryption": not signs,
            "supports_decryption": not signs,
            "supports_signing": signs,
            "supports_derivation": not signs,
            "auto_rotate_period": 0,
            "imported_key": False,
            "keys": usable,
        }

    def _shown(self, version: KeyVersion) -> object:
        if version.pair is None:
            return int(version.created_at)
        return {
            "certificate_chain": "",
            "creation_time": stamp(version.created_at),
            "name": self.kind if isinstance(version.pair, rsa.RSAPrivateKey) else "P-256",
            "public_key": public_pem(version.pair),
        }
