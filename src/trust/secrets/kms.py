"""Keys in AWS KMS that sign there: nobody, not even this process, can take them away."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import boto3

from trust.clock import Clock
from trust.secret import Secret
from trust.secrets.botocore import Regions, config
from trust.secrets.public_key import (
    KeyUnsuitable,
    jose_signature,
    jwk_of,
    verifies,
)
from trust.secrets.reference import Reference
from trust.secrets.source import Algorithm, Fetched, SecretMalformed, SecretOutage


class KmsClient(Protocol):
    """What is used of boto3's client."""

    def get_public_key(self, *, KeyId: str) -> Mapping[str, Any]:  # noqa: N803 AWS's own name
        """Return the public key of a key or of an alias."""
        ...

    def sign(
        self,
        *,
        KeyId: str,  # noqa: N803 AWS's own names
        Message: bytes,  # noqa: N803
        MessageType: str,  # noqa: N803
        SigningAlgorithm: str,  # noqa: N803
    ) -> Mapping[str, Any]:
        """Sign a digest."""
        ...


@dataclass(frozen=True, slots=True)
class _Kind:
    """What KMS calls a signature, and which keys make it."""

    signing: str
    specs: frozenset[str]


_KINDS = {
    Algorithm.ES256: _Kind("ECDSA_SHA_256", frozenset({"ECC_NIST_P256"})),
    Algorithm.RS256: _Kind(
        "RSASSA_PKCS1_V1_5_SHA_256", frozenset({"RSA_2048", "RSA_3072", "RSA_4096"})
    ),
}


class KmsSource:
    """Signs by the process's own identity; one client for each region that references name."""

    def __init__(self, region: str | None, clock: Clock) -> None:
        self._regions: Regions[KmsClient] = Regions(
            lambda where, fresh: _client(where, fresh=fresh), region, clock
        )

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the public key; its version is the ARN of the key that an alias stands for.

        Raises SecretOutage, SecretRefused.
        """
        del known
        answer = await self._regions.of(place).done(
            place, lambda client: client.get_public_key(KeyId=place.path)
        )
        algorithm = _algorithm(place, answer)
        try:
            jwk = jwk_of(answer["PublicKey"], algorithm)
            arn = str(answer["KeyId"])
        except (KeyError, KeyUnsuitable):
            raise SecretMalformed(f"{place}: an answer without the public key") from None
        return Fetched(value=Secret(json.dumps(jwk)), version=arn)

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign by the key itself, not by its alias: that may stand for another one by now.

        Raises SecretOutage, SecretRefused.
        """
        jwk: Mapping[str, str] = json.loads(key.value.reveal())
        algorithm = Algorithm(jwk["alg"])
        # The digest alone leaves: whatever is signed, KMS and its log do not see it.
        digest = hashlib.sha256(message).digest()
        answer = await self._regions.of(place).done(
            place,
            lambda client: client.sign(
                KeyId=key.version,
                Message=digest,
                MessageType="DIGEST",
                SigningAlgorithm=_KINDS[algorithm].signing,
            ),
        )
        signature = jose_signature(answer.get("Signature"), algorithm)
        # A wrong signature by the right key can give the key away, and by another one it would be
        # refused far from here (Boneh, DeMillo, Lipton: faults in RSA).
        if signature is None or not verifies(jwk, digest, signature):
            raise SecretOutage(f"{place}: the signature is none by this key")
        return signature


def _client(region: str | None, *, fresh: bool) -> KmsClient:
    # Its stubs have an overload for each of 400 services.
    session = cast("Any", boto3.Session() if fresh else boto3)
    client: KmsClient = session.client("kms", region_name=region, config=config())
    return client


def _algorithm(place: Reference, answer: Mapping[str, Any]) -> Algorithm:
    """Return how a key signs. Raises SecretMalformed for one that does not sign so."""
    spec, usage = answer.get("KeySpec"), answer.get("KeyUsage")
    if usage == "SIGN_VERIFY":
        for algorithm, kind in _KINDS.items():
            if spec in kind.specs:
                return algorithm
    raise SecretMalformed(
        f"{place} signs neither ES256 nor RS256; make a key with the usage SIGN_VERIFY and the"
        " spec ECC_NIST_P256, or RSA_2048 to RSA_4096"
    )
