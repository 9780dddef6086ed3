"""`sys/`: the mount that governs all others."""

from collections.abc import Sequence
from dataclasses import dataclass

from devstack.vault.request import Request
from devstack.vault.routes import Route
from devstack.vault.system import state, wrapping


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemApi:
    """All of `sys/`, put together from its parts."""

    routes: Sequence[Route]
    kind: str = "system"
    open_paths: str = f"{state.OPEN_PATHS}|{wrapping.OPEN_PATHS}"

    def exists(self, request: Request) -> bool:
        """Every write is an update."""
        del request
        return True
