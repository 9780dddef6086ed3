"""What every engine and every login method is to the rest of Vault."""

from collections.abc import Sequence
from typing import Protocol

from devstack.vault.request import Request
from devstack.vault.routes import Route


class Engine(Protocol):
    """Answers the paths below one mount."""

    @property
    def kind(self) -> str:
        """Its type, as in `sys/mounts`: `kv`, `jwt`."""
        ...

    @property
    def open_paths(self) -> str:
        """A pattern of the paths below the mount that need no token."""
        ...

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths, the first that fits counts."""
        ...

    def exists(self, request: Request) -> bool:
        """Whether what is written is there already: an update, else it is created."""
        ...


NEVER = r"(?!)"
"""No path is open."""


class Closed:
    """An engine all of whose paths need a token, and for which every write is an update."""

    @property
    def open_paths(self) -> str:
        """No path needs no token."""
        return NEVER

    def exists(self, request: Request) -> bool:
        """Every write is an update."""
        del request
        return True
