"""What is alive in the local Vault right now: for tests that look from the keeper's side."""

from devstack.vault.core import Core
from devstack.vault.engines.database import Database
from devstack.vault.fields import Document


def alive(core: Core) -> Document:
    """Return what is alive; no token and no password among it."""
    core.sweep()
    tokens = core.tokens.alive()
    return {
        "tokens": [
            {"accessor": token.accessor, "path": token.path, "policies": list(token.policies)}
            for token in tokens
        ],
        "leases": [lease.id for lease in core.leases.alive()],
        "database_users": sorted(database_users(core)),
    }


def database_users(core: Core) -> frozenset[str]:
    """Return the users that every database still lets in."""
    core.sweep()
    mounts = [mount for space in core.spaces.all() for mount in space.mounts.values()]
    databases = [mount.engine for mount in mounts if isinstance(mount.engine, Database)]
    return frozenset(name for database in databases for name in database.users)
