"""A keeper of keys in memory that signs by them."""

import json

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey

from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import Fetched, SecretRefused


class KnownKeys:
    """Has one key, an older version of it perhaps, and signs by the one that is asked for."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._keys: dict[str, ECKey] = {}
        self.newest = ""
        self.asked: list[Reference] = []
        self.fault: Exception | None = None
        self.rotate()

    def rotate(self) -> str:
        """Add a version that signs from now on; return its `kid`."""
        key = ECKey.generate_key("P-256", private=True)
        self.newest = key.thumbprint()
        self._keys[self.newest] = key
        return self.newest

    def disable(self) -> None:
        """Let none of them sign any more."""
        self._keys.clear()

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the public key that signs now. Raises SecretRefused, and `fault`."""
        del known
        self.asked.append(place)
        public = self._key(place, self.newest).as_dict(private=False)
        jwk = {**public, "kid": self.newest, "alg": "ES256", "use": "sig"}
        return Fetched(value=Secret(json.dumps(jwk)), version=self.newest)

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign by this version of the key. Raises SecretRefused, and `fault`."""
        private = self._key(place, key.version).private_key
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def _key(self, place: Reference, kid: str) -> ECKey:
        if self.fault is not None:
            raise self.fault
        if place.path != self._path or kid not in self._keys:
            raise SecretRefused(f"{place} is disabled")
        return self._keys[kid]
