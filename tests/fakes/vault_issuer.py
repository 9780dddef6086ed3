"""Somebody who signs tokens: a SPIRE server, a cluster, an identity provider."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey


@cache
def issuer_key(name: str = "issuer") -> ECKey:
    """Return the key of a name, always the same in this process."""
    return ECKey.generate_key("P-256", parameters={"kid": name})


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Signs with ES256."""

    key: ECKey = field(default_factory=issuer_key)

    @property
    def pem(self) -> str:
        """The public key as PEM."""
        return self.key.as_pem(private=False).decode()

    @property
    def jwks(self) -> str:
        """The public key as a JWK Set."""
        return json.dumps({"keys": [self.key.as_dict(private=False)]})

    def token(self, **claims: Any) -> str:
        """Return a signed token."""
        named = {"kid": self.key.kid} if self.key.kid else {}
        return jwt.encode({"alg": "ES256", **named}, claims, self.key)
