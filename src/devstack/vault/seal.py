"""Whether Vault serves: sealed, standing by, or at work (API docs, `/sys/health`)."""

from dataclasses import dataclass
from typing import Literal, get_args

from devstack.vault.errors import VaultError

Standing = Literal[
    "active", "standby", "performance-standby", "dr-secondary", "uninitialized", "sealed"
]
STANDINGS: tuple[str, ...] = get_args(Standing)

STATUS: dict[Standing, int] = {
    "active": 200,
    "standby": 429,
    "dr-secondary": 472,
    "performance-standby": 473,
    "uninitialized": 501,
    "sealed": 503,
}
"""What `sys/health` answers, unless it is asked for another."""


@dataclass(slots=True, kw_only=True)
class Seal:
    """How Vault stands."""

    standing: Standing = "active"
    key: str = "unseal-key"
    """The one key share that opens it."""

    @property
    def sealed(self) -> bool:
        """Whether nothing but its state can be asked."""
        return self.standing in {"sealed", "uninitialized"}

    def check(self) -> None:
        """Refuse to serve while sealed, or while another cluster serves. Raises VaultError."""
        if self.standing == "sealed":
            raise VaultError(503, "Vault is sealed")
        if self.standing == "uninitialized":
            raise VaultError(503, "server is not yet initialized")
        if self.standing == "dr-secondary":
            # As if the request were wrong: a 400, until somebody promotes it.
            raise VaultError(400, "path disabled in replication DR secondary mode")
