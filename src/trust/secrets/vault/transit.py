"""Keys in Vault's transit engine that sign there."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from trust.seal import base64url
from trust.secret import Secret
from trust.secrets.public_key import jwk_of, verifies
from trust.secrets.reference import Reference
from trust.secrets.source import Algorithm, Fetched, SecretRefused
from trust.secrets.vault.answers import AnswerMalformed, inner, malformed, text, whole
from trust.secrets.vault.paths import Place, named
from trust.secrets.vault.session import VaultSession

_ALGORITHMS = {
    "ecdsa-p256": Algorithm.ES256,
    "rsa-2048": Algorithm.RS256,
    "rsa-3072": Algorithm.RS256,
    "rsa-4096": Algorithm.RS256,
}
"""The kinds of keys that sign what we need (transit, parameter `type`)."""

_HOW: dict[Algorithm, dict[str, str]] = {
    # Without these RSA signs by PSS, ECDSA answers DER: nobody would take it for RS256 or ES256.
    Algorithm.RS256: {"signature_algorithm": "pkcs1v15"},
    Algorithm.ES256: {"marshaling_algorithm": "jws"},
}

_SIGNATURE = re.compile(r"vault:v([1-9][0-9]{0,8}):([A-Za-z0-9+/_=-]{1,1024})", re.ASCII)


class TransitSource:
    """Signs as the logged-in workload; the newest version of a key does."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the public key of the newest version, which is its version, too.

        Raises SecretOutage, SecretRefused.
        """
        del known  # it has no lease
        answer = await self._session.call(partial(_asked, named(place)), place)
        try:
            algorithm = _ALGORITHMS.get(text(inner(answer.value, "data"), "type"))
            if algorithm is None:
                raise SecretRefused(
                    f"{place} signs neither ES256 nor RS256; make a key of the type ecdsa-p256,"
                    " or rsa-2048 to rsa-4096"
                )
            return _read(inner(answer.value, "data"), algorithm)
        except AnswerMalformed:
            raise malformed(place) from None

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign by the version that `key` is the public key of, whatever the newest one is by now.

        Raises SecretOutage, SecretRefused.
        """
        jwk: Mapping[str, str] = json.loads(key.value.reveal())
        algorithm = Algorithm(jwk["alg"])
        # The digest alone leaves: whatever is signed, Vault and its audit log do not see it.
        digest = hashlib.sha256(message).digest()
        version = int(key.version.partition(" ")[0])
        asking = partial(_signed, named(place), version, algorithm, digest)
        answer = await self._session.call(asking, place)
        try:
            signature = _signature(text(inner(answer.value, "data"), "signature"), version)
        except AnswerMalformed:
            raise malformed(place) from None
        # By another key it would be refused far from here; and a faulty one by this key can give
        # the key away (Boneh, DeMillo, Lipton). Refused, so that the public key is fetched anew:
        # this one may be of a key that was deleted and made again.
        if not verifies(jwk, digest, signature):
            raise SecretRefused(f"{place}: the signature is none by this key over what was sent")
        return signature


def _asked(where: Place, client: Any) -> object:
    return client.secrets.transit.read_key(name=where.name, mount_point=where.mount)


def _signed(where: Place, version: int, algorithm: Algorithm, digest: bytes, client: Any) -> object:
    return client.secrets.transit.sign_data(
        name=where.name,
        mount_point=where.mount,
        hash_input=base64.b64encode(digest).decode(),
        prehashed=True,
        hash_algorithm="sha2-256",
        key_version=version,
        **_HOW[algorithm],
    )


def _read(key: Mapping[str, object], algorithm: Algorithm) -> Fetched:
    """Read the newest public key (transit, "Read key"). Raises AnswerMalformed."""
    number = whole(key, "latest_version")
    pem = text(inner(inner(key, "keys"), str(number)), "public_key")
    try:
        public = load_pem_public_key(pem.encode())
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        jwk = jwk_of(der, algorithm)
    except (ValueError, UnsupportedAlgorithm):
        raise AnswerMalformed from None
    # With its name: a key that was deleted and made again has the same number, and is another.
    return Fetched(value=Secret(json.dumps(jwk)), version=f"{number} {jwk['kid']}")


def _signature(answered: str, version: int) -> bytes:
    """Take a signature out of `vault:v<version>:<signature>`. Raises AnswerMalformed.

    As `jws` it comes as base64url without padding, else as base64.
    """
    parts = _SIGNATURE.fullmatch(answered)
    if parts is None or int(parts[1]) != version:
        raise AnswerMalformed
    try:
        return base64url.decode(parts[2].rstrip("=").translate(_TO_URL))
    except ValueError:
        raise AnswerMalformed from None


_TO_URL = str.maketrans("+/", "-_")
