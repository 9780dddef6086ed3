"""All secrets of a process, over keepers that a test names."""

from collections.abc import Mapping

from trust.clock import Clock, NumericDate
from trust.secret import Secret
from trust.secrets.freshness import Terms
from trust.secrets.reference import Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import SecretRefused, SigningSource, Source
from trust.secrets.spiffe.svid import JwtSvid, SvidSource

TERMS = Terms()


def secrets_of(
    sources: Mapping[Scheme, Source],
    clock: Clock,
    signers: Mapping[Scheme, SigningSource] | None = None,
) -> Secrets:
    """Return the secrets, which are looked at again exactly when they are due."""
    return Secrets(sources, signers or {}, terms=TERMS, clock=clock, draw=lambda: 0.0)


class NoIdentity:
    """A platform that says of nobody who they are."""

    async def jwt_svid(self, audience: str) -> JwtSvid:
        """Refuse. Raises SecretRefused."""
        raise SecretRefused(f"no identity for {audience}")

    async def close(self) -> None:
        """Do nothing."""


def nobody() -> SvidSource:
    """Return where no identity comes from."""
    return NoIdentity()


class KnownIdentity:
    """A platform that says of everybody the same."""

    def __init__(self, svid: JwtSvid) -> None:
        self.svid = svid
        self.asked: list[str] = []

    async def jwt_svid(self, audience: str) -> JwtSvid:
        """Return the identity."""
        self.asked.append(audience)
        return self.svid

    async def close(self) -> None:
        """Do nothing."""


def identity(token: str, spiffe_id: str, expires_at: int) -> KnownIdentity:
    """Return where this identity comes from."""
    svid = JwtSvid(token=Secret(token), spiffe_id=spiffe_id, expires_at=NumericDate(expires_at))
    return KnownIdentity(svid)
