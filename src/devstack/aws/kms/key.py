"""One asymmetric key, its state, and how it signs.

moto's KMS is not used: it signs by keys that are disabled or about to be deleted, hashes digests
again (`MessageType=DIGEST`), and names no key's ARN or spec with its public key.
"""

from dataclasses import dataclass
from enum import Enum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from devstack.aws.errors import AwsError
from devstack.aws.services.document import invalid

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_MOST_BYTES = 4096
"""Longest message that is hashed there; longer ones are hashed here, and sent as a digest."""

_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
_RSA_ALGORITHMS = ("RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PSS_SHA_256")
_CURVES: dict[str, tuple[type[ec.EllipticCurve], str]] = {
    "ECC_NIST_P256": (ec.SECP256R1, "ECDSA_SHA_256"),
    "ECC_NIST_P384": (ec.SECP384R1, "ECDSA_SHA_384"),
    "ECC_SECG_P256K1": (ec.SECP256K1, "ECDSA_SHA_256"),
}
_RSA_BITS = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}


class State(Enum):
    """What a key may be used for now (KMS Developer Guide, "Key states of AWS KMS keys")."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PENDING_DELETION = "PendingDeletion"


@dataclass(slots=True, kw_only=True)
class Key:
    """A key. `key_id` is its UUID."""

    key_id: str
    arn: str
    spec: str
    usage: str
    private: Private
    state: State = State.ENABLED

    @property
    def public_der(self) -> bytes:
        """The SubjectPublicKeyInfo."""
        return self.private.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def algorithms(self) -> tuple[str, ...]:
        """How it may sign."""
        return (_CURVES[self.spec][1],) if self.spec in _CURVES else _RSA_ALGORITHMS

    def require_enabled(self) -> None:
        """Raise AwsError unless it can be used."""
        if self.state is State.DISABLED:
            raise AwsError("DisabledException", 400, f"{self.arn} is disabled.")
        if self.state is State.PENDING_DELETION:
            raise AwsError("KMSInvalidStateException", 400, f"{self.arn} is pending deletion.")

    def sign(self, message: bytes, message_type: str, algorithm: str) -> bytes:
        """Return a signature: DER for ECDSA. Raises AwsError."""
        if self.usage != "SIGN_VERIFY" or algorithm not in self.algorithms:
            raise AwsError(
                "InvalidKeyUsageException", 400, f"{self.arn} does not sign by {algorithm}."
            )
        digest = _digest(message, message_type, _hash_of(algorithm))
        prehashed = Prehashed(_hash_of(algorithm))
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(digest, ec.ECDSA(prehashed))
        pad = _PSS if "PSS" in algorithm else padding.PKCS1v15()
        return self.private.sign(digest, pad, prehashed)


def generated(spec: str) -> Private:
    """Make a key of a spec. Raises AwsError."""
    if spec in _CURVES:
        return ec.generate_private_key(_CURVES[spec][0]())
    if spec in _RSA_BITS:
        return rsa.generate_private_key(65537, _RSA_BITS[spec])
    raise AwsError(
        "UnsupportedOperationException",
        400,
        f"The local KMS makes {', '.join([*_CURVES, *_RSA_BITS])}, not {spec}.",
    )


def _hash_of(algorithm: str) -> hashes.SHA256 | hashes.SHA384:
    return hashes.SHA384() if algorithm.endswith("384") else hashes.SHA256()


def _digest(message: bytes, message_type: str, kind: hashes.SHA256 | hashes.SHA384) -> bytes:
    if message_type == "RAW" and 1 <= len(message) <= _MOST_BYTES:
        whole = hashes.Hash(kind)
        whole.update(message)
        return whole.finalize()
    if message_type == "DIGEST" and len(message) == kind.digest_size:
        return message
    raise invalid("Message is neither a RAW one of 1 to 4096 bytes nor a DIGEST of the right size.")
