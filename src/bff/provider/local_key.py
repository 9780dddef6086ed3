"""A private key of ours that is in this process, as a signer.

For development, and for providers whose key nobody has put into KMS or Vault yet: whoever reads
this process's memory has it. `kms:` and `vault-transit:` references name keys that never come here.
"""

import json
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bff.provider.signing_key import CURVES, LEAST_RSA_BITS
from trust.secret import Secret
from trust.secrets.reference import SIGNING, Reference
from trust.secrets.secrets import Secrets
from trust.secrets.source import Algorithm, Signer, Unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joserfc.jwk import ECKey, RSAKey


class CredentialMalformed(Unfit):
    """The client's credential is not of the form that its method needs; it is not quoted."""


class LocalSigner:
    """Signs by a key that was read from a secret."""

    def __init__(self, key: "RSAKey | ECKey") -> None:
        self._key = key
        self.algorithm = algorithm_of(key)

    @property
    def key_id(self) -> str:
        """The key's own `kid`, by which it was registered; empty where it has none."""
        return self._key.kid or ""

    @property
    def public_jwk(self) -> "Mapping[str, str]":
        """The public key (RFC 7517 §4)."""
        public: dict[str, str] = self._key.as_dict(private=False)  # type: ignore[assignment]
        named = {"kid": self.key_id} if self.key_id else {}
        return {**public, **named, "alg": self.algorithm.value, "use": "sig"}

    async def sign(self, message: bytes) -> bytes:
        """Return the signature as a JWS has it."""
        from cryptography.hazmat.primitives.asymmetric import ec, padding
        from cryptography.hazmat.primitives.hashes import SHA256

        from trust.secrets.public_key import es256_signature

        raw: Any = self._key.private_key
        if self.algorithm is Algorithm.RS256:
            return bytes(raw.sign(message, padding.PKCS1v15(), SHA256()))
        return es256_signature(raw.sign(message, ec.ECDSA(SHA256())))


async def signer_by(secrets: Secrets, reference: Reference) -> Signer:
    """Return the key that a reference names, wherever it is. Raises SecretOutage, SecretRefused."""
    if reference.scheme in SIGNING:
        return await secrets.signer(reference)
    return (await secrets.keep(reference, local_signer)).current


def algorithm_of(key: "RSAKey | ECKey") -> Algorithm:
    """Return the algorithm that we sign with by this key."""
    return Algorithm.ES256 if key.key_type == "EC" else Algorithm.RS256


@lru_cache(maxsize=32)
def local_signer(credential: Secret) -> LocalSigner:
    """Read a private key, as a JWK or as PEM: RSA, which signs RS256, or EC on P-256, ES256.

    Raises CredentialMalformed also for one that could not sign: that is found at start, and not by
    the first person who logs in. Each is read once: whether the primes of an RSA key are primes
    takes a tenth of a second to check, in which nothing else goes on here.
    """
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    key = _read(credential)
    algorithm = algorithm_of(key).value
    if isinstance(key, RSAKey) and key.raw_value.key_size < LEAST_RSA_BITS:
        raise CredentialMalformed(f"is an RSA key of less than {LEAST_RSA_BITS} bits")
    if isinstance(key, ECKey) and key.curve_name != CURVES[algorithm]:
        raise CredentialMalformed(f"is a key on {key.curve_name}; {algorithm} is on P-256")
    try:
        jws.serialize_compact({"alg": algorithm}, b"", key, algorithms=[algorithm])
    except (JoseError, ValueError) as error:
        # Its own members forbid it: `use` is enc, `key_ops` lacks sign, `alg` is another one.
        raise CredentialMalformed(f"is a key that may not sign {algorithm}") from error
    return LocalSigner(key)


def _read(credential: Secret) -> "RSAKey | ECKey":
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    text = credential.reveal()
    try:
        data: Any = json.loads(text) if text.lstrip().startswith("{") else text
        for kind in (RSAKey, ECKey):
            with suppress(JoseError, ValueError, TypeError, KeyError):
                key = kind.import_key(data)
                if key.is_private:
                    return key
    except ValueError:
        pass
    raise CredentialMalformed("is no private RSA or EC key (JWK or PEM)")
