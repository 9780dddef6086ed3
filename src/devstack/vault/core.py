"""Everything that the local Vault knows."""

from dataclasses import dataclass, field

from devstack.vault.clock import VaultClock
from devstack.vault.engines.engine import Engine
from devstack.vault.entropy import Entropy, base62
from devstack.vault.errors import VaultError
from devstack.vault.leases import Leases
from devstack.vault.seal import Seal
from devstack.vault.spaces import Mount, Space, Spaces
from devstack.vault.tokens.tree import Tokens
from devstack.vault.wrapping import Wrappers


@dataclass(slots=True, kw_only=True)
class Core:
    """The state that all engines share."""

    clock: VaultClock
    entropy: Entropy
    leases: Leases
    tokens: Tokens
    wrappers: Wrappers
    spaces: Spaces = field(default_factory=Spaces)
    seal: Seal = field(default_factory=Seal)

    def sweep(self) -> float:
        """End what has run out; return what time it is."""
        now = self.clock.now()
        self.tokens.sweep(now)
        self.leases.sweep(now)
        return now

    def mount(self, space: Space, path: str, engine: Engine) -> Mount:
        """Put an engine at a path. Raises VaultError."""
        at = f"{path.strip('/')}/"
        if any(at.startswith(other) or other.startswith(at) for other in space.mounts):
            raise VaultError(400, f"path is already in use at {at}")
        accessor = f"{engine.kind}_{base62(self.entropy, 8).lower()}"
        mount = Mount(path=at, engine=engine, accessor=accessor)
        space.mounts[at] = mount
        return mount

    def unmount(self, space: Space, path: str) -> None:
        """Take an engine away, and end all that it gave out."""
        mount = space.mounts.pop(f"{path.strip('/')}/", None)
        if mount is not None:
            self.leases.revoke_below(mount.path, space=space.name)
            for token in self.tokens.alive():
                if token.space == space.name and token.path.startswith(mount.path):
                    self.tokens.revoke(token)


def core(*, clock: VaultClock, entropy: Entropy) -> Core:
    """Return a Vault that knows nothing yet."""
    leases = Leases()
    tokens = Tokens(entropy=entropy, leases=leases)
    wrappers = Wrappers(tokens=tokens)
    return Core(clock=clock, entropy=entropy, leases=leases, tokens=tokens, wrappers=wrappers)
