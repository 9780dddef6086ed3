"""What the transit engine's symmetric keys do: AES-256-GCM, with keys derived by a context."""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from devstack.vault.engines.transit_keys import KeyVersion, TransitKey
from devstack.vault.entropy import Entropy
from devstack.vault.errors import bad

KEY_BYTES = 32
_NONCE_BYTES = 12


def from_base64(text: str, what: str) -> bytes:
    """Read a field that is base64. Raises VaultError."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise bad(f"unable to decode {what} as base64: illegal base64 data") from None


def encrypted(version: KeyVersion, plain: bytes, *, context: bytes, entropy: Entropy) -> str:
    """Return what stands behind `vault:v1:`."""
    nonce = entropy(_NONCE_BYTES)
    sealed = AESGCM(_derived(version, context)).encrypt(nonce, plain, None)
    return base64.b64encode(nonce + sealed).decode()


def decrypted(version: KeyVersion, text: str, *, context: bytes) -> bytes:
    """Return what was encrypted. Raises VaultError."""
    raw = from_base64(text, "ciphertext")
    try:
        key = AESGCM(_derived(version, context))
        return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        raise bad("cipher: message authentication failed") from None


def context_of(key: TransitKey, text: str) -> bytes:
    """Return the context of a key that is derived; others have none. Raises VaultError."""
    if not key.derived:
        return b""
    context = from_base64(text, "context")
    if not context:
        raise bad(
            "missing 'context' for key derivation; the key was created using a derived key, which "
            "means additional, per-request information must be included in order to perform "
            "operations with the key"
        )
    return context


def _derived(version: KeyVersion, context: bytes) -> bytes:
    if not context:
        return version.secret
    kdf = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=context)
    return kdf.derive(version.secret)
