"""Namespaces: each with mounts and policies of its own (Vault Enterprise, OpenBao)."""

from dataclasses import dataclass, field

from devstack.vault.authority import Authority
from devstack.vault.engines.engine import Engine
from devstack.vault.errors import VaultError


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """An engine or a login method at its place."""

    path: str
    """With a slash at its end: `secret/`, `auth/jwt/`."""
    engine: Engine
    accessor: str


@dataclass(slots=True, kw_only=True)
class Space:
    """One namespace."""

    name: str
    """Empty for the root, else with a slash at its end."""
    authority: Authority = field(default_factory=Authority)
    mounts: dict[str, Mount] = field(default_factory=dict[str, Mount])

    def mount_of(self, path: str) -> Mount | None:
        """Return the mount that a path stands below, if there is one: no two overlap."""
        fitting = (mount for at, mount in self.mounts.items() if f"{path}/".startswith(at))
        return next(fitting, None)


@dataclass(slots=True, kw_only=True)
class Spaces:
    """All namespaces; the root is always there."""

    _all: dict[str, Space] = field(default_factory=dict[str, Space])

    def add(self, space: Space) -> None:
        """Add a namespace."""
        self._all[space.name] = space

    def drop(self, name: str) -> None:
        """Forget a namespace."""
        self._all.pop(name, None)

    def named(self, name: str) -> Space:
        """Return a namespace. Raises VaultError."""
        space = self._all.get(name)
        if space is None:
            raise VaultError(404, "namespace not found")
        return space

    def split(self, header: str, path: str) -> tuple[str, str]:
        """Return the namespace and the path in it; it may stand in the header, the path or both."""
        name = header.strip("/")
        prefix = f"{name}/" if name else ""
        below = [one for one in self._all if one and f"{prefix}{path}".startswith(one)]
        longest = max(below, key=len, default="")
        if len(longest) <= len(prefix):
            return prefix, path
        return longest, f"{prefix}{path}"[len(longest) :]

    def all(self) -> tuple[Space, ...]:
        """Return the namespaces."""
        return tuple(self._all.values())
