"""Leases: secrets that end, by themselves or with the token that asked for them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from devstack.vault.errors import bad
from devstack.vault.lifetime import Bounds, Lifetime, lifetime


def _nothing() -> None:
    """End a secret that cannot be ended, such as STS credentials."""


def _unmoved(_until: float) -> None:
    """Renew a secret that knows nothing of its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """What an engine says about a secret that it made."""

    bounds: Bounds
    renewable: bool
    revoke: Callable[[], None] = _nothing
    renew: Callable[[float], None] = _unmoved
    """Told the new end, in seconds since 1970. Raises VaultError, and the lease is as before."""


@dataclass(slots=True, kw_only=True)
class Lease:
    """A secret in somebody's hands."""

    id: str
    token: str
    """The id of the token that asked: the lease dies with it."""
    space: str
    leased: Leased
    issued_at: float
    expires_at: float
    renewed_at: float | None = None

    def left_s(self, now: float) -> int:
        """How many seconds it is good for."""
        return max(0, ceil(self.expires_at - now))


@dataclass(slots=True, kw_only=True)
class Leases:
    """All leases that are alive."""

    _all: dict[str, Lease] = field(default_factory=dict[str, Lease])

    def add(self, lease: Lease) -> None:
        """Remember a new lease."""
        self._all[lease.id] = lease

    def find(self, lease_id: str, *, space: str, missing: str = "invalid lease") -> Lease:
        """Return a lease. Raises VaultError: 400, as Vault says it on these paths."""
        lease = self._all.get(lease_id)
        if lease is None or lease.space != space:
            raise bad(missing)
        return lease

    def renew(self, lease: Lease, *, asked_s: float, most_s: float | None, now: float) -> Lifetime:
        """Let a lease live on, as far as its maximum goes. Raises VaultError."""
        if not lease.leased.renewable:
            raise bad("lease is not renewable")
        life = lifetime(lease.leased.bounds, asked_s=asked_s, since=lease.issued_at, now=now)
        left_s = life.left_s if most_s is None else min(life.left_s, most_s)
        lease.leased.renew(now + left_s)
        lease.expires_at = now + left_s
        lease.renewed_at = now
        return Lifetime(left_s=left_s, warnings=life.warnings)

    def revoke(self, lease_id: str, *, space: str) -> None:
        """End a lease and what it stands for; one that is gone already is no mistake."""
        lease = self._all.get(lease_id)
        if lease is not None and lease.space == space:
            self._end(lease)

    def _end(self, lease: Lease) -> None:
        del self._all[lease.id]
        lease.leased.revoke()

    def revoke_below(self, prefix: str, *, space: str) -> None:
        """End all leases whose id begins so."""
        for lease in list(self._all.values()):
            if lease.space == space and lease.id.startswith(prefix):
                self._end(lease)

    def revoke_of(self, token: str) -> None:
        """End all leases that a token asked for."""
        for lease in list(self._all.values()):
            if lease.token == token:
                self._end(lease)

    def sweep(self, now: float) -> None:
        """End what has run out."""
        for lease in list(self._all.values()):
            if lease.expires_at <= now:
                self._end(lease)

    def alive(self) -> tuple[Lease, ...]:
        """Return the leases that are alive, oldest first."""
        return tuple(self._all.values())
