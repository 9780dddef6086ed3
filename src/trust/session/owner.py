"""Whose a record is, and where a session of theirs lies: all that a look into the table needs."""

from typing import NamedTuple

from trust.coordinates import AppId, TenantId, tenant_partition
from trust.store.table import Key


class Owner(NamedTuple):
    """Whose a record is: a subject of a tenant of the app."""

    app: AppId
    tenant: TenantId
    subject: str
    """The subject key: a keyed hash of (issuer, sub)."""

    @property
    def partition(self) -> str:
        """The partition of everything that belongs to the tenant."""
        return tenant_partition(self.app, self.tenant)

    def key(self, sort: str) -> Key:
        """Return the key of something of this subject."""
        return Key(self.partition, f"SUBJECT#{self.subject}#{sort}")


def session_key(owner: Owner, id_hash: str) -> Key:
    """Return the key of the session with this hashed id."""
    return owner.key(f"SESSION#{id_hash}")
