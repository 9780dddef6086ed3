"""Users that are really made in a database, and really dropped there when their lease ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from devstack.vault.engines.statements import (
    RENEWAL,
    ROTATION,
    Statements,
    expiration,
    queries,
)
from devstack.vault.errors import VaultError

PLUGIN = "postgresql-database-plugin"
"""The connections whose users are made; those of other plugins stay in memory."""


class Server(Protocol):
    """A database server."""

    def run(self, queries: Sequence[str]) -> None:
        """Run queries in one transaction. Raises VaultError."""
        ...

    def drop(self, username: str) -> None:
        """Drop a user of a role that does not say how. Raises VaultError."""
        ...


@dataclass(slots=True, kw_only=True)
class RealUsers:
    """The users of one server."""

    server: Server
    _left: dict[str, Statements] = field(default_factory=dict[str, Statements])
    """Whom the server could not be told to drop. Vault tries again by itself, we at the next."""

    def make(self, how: Statements, *, username: str, password: str, until: float) -> None:
        """Make a user. Raises VaultError."""
        self._tidy()
        if not how.creation:
            raise VaultError(500, "empty creation statements")
        values = {**_named(username), "password": password, "expiration": expiration(until)}
        self.server.run(queries(how.creation, values))

    def renew(self, how: Statements, *, username: str, until: float) -> None:
        """Have a user live on. Raises VaultError."""
        values = {**_named(username), "expiration": expiration(until)}
        self.server.run(queries(how.renewal or (RENEWAL,), values))

    def drop(self, how: Statements, *, username: str) -> None:
        """Drop a user now, or as soon as the server can be asked again."""
        self._left[username] = how
        self._tidy()

    def rotate(self, username: str, password: str) -> None:
        """Change the password of a user that is always there. Raises VaultError."""
        self.server.run(queries((ROTATION,), {**_named(username), "password": password}))

    def _tidy(self) -> None:
        for username, how in list(self._left.items()):
            try:
                self._drop(how, username)
            except VaultError:
                continue
            del self._left[username]

    def _drop(self, how: Statements, username: str) -> None:
        if how.revocation:
            self.server.run(queries(how.revocation, _named(username)))
        else:
            self.server.drop(username)


def _named(username: str) -> dict[str, str]:
    return {"name": username, "username": username}
