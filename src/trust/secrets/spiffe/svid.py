"""Identities of workloads by SPIFFE: who this process is, said by the platform that it runs on."""

from dataclasses import dataclass
from typing import Protocol

from trust.clock import NumericDate
from trust.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtSvid:
    """A signed statement of who we are, for one audience (JWT-SVID §3).

    Whoever has it can use it until it ends: it is a bearer token, and so a secret.
    """

    token: Secret
    spiffe_id: str
    expires_at: NumericDate


@dataclass(frozen=True, slots=True, kw_only=True)
class X509Svid:
    """A certificate of who we are, and the key that proves it (X509-SVID §2)."""

    spiffe_id: str
    chain: str
    """Ours first, then those between it and an authority; PEM."""
    key: Secret
    """PKCS #8, PEM."""
    authorities: str
    """Of our trust domain, by which others' certificates are judged; PEM."""
    expires_at: NumericDate
    """The earliest end of any certificate in `chain`."""


class SvidSource(Protocol):
    """Where identities come from."""

    async def jwt_svid(self, audience: str) -> JwtSvid:
        """Return an identity that `audience` accepts, with some time left.

        Raises SecretOutage, SecretRefused.
        """
        ...

    async def close(self) -> None:
        """Give back what is open."""
        ...


class X509SvidSource(Protocol):
    """Where identities for mutual TLS come from."""

    async def x509_svid(self) -> X509Svid:
        """Return the identity as it is now, with some time left.

        Raises SecretOutage, SecretRefused.
        """
        ...

    async def close(self) -> None:
        """Give back what is open."""
        ...
