"""The database engine (API docs, "Database secrets engine"): users that live as long as a lease.

They are in this process's memory; with `--database` in a real PostgreSQL besides (`real_users.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from devstack.vault.engines.engine import Closed
from devstack.vault.engines.real_users import PLUGIN, RealUsers
from devstack.vault.engines.statements import Statements, statements_of
from devstack.vault.entropy import Entropy, base62
from devstack.vault.errors import VaultError, absent, bad
from devstack.vault.fields import Document, Fields
from devstack.vault.leases import Leased
from devstack.vault.lifetime import Bounds, lifetime
from devstack.vault.request import Operation, Request, Response
from devstack.vault.roles import Roles
from devstack.vault.routes import NAME, Route, writes


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseRole:
    """What users of a role may do, and how long they live."""

    database: str
    statements: Statements
    bounds: Bounds

    def shown(self) -> Document:
        """Return the role's fields."""
        return {
            **self.statements.shown(),
            "credential_type": "password",
            "db_name": self.database,
            "default_ttl": int(self.bounds.ttl_s),
            "max_ttl": int(self.bounds.max_s),
        }


@dataclass(slots=True, kw_only=True)
class StaticUser:
    """A user that is always there, and whose password Vault changes."""

    database: str
    username: str
    period_s: float
    password: str
    rotated_at: float


@dataclass(slots=True, kw_only=True)
class Database(Closed):
    """One mount."""

    entropy: Entropy
    real: RealUsers | None = None
    """Where users are made besides; None for nowhere."""
    kind: str = "database"
    users: dict[str, str] = field(default_factory=dict[str, str])
    """Whom the databases let in: passwords by name. A test logs in by looking here."""
    _connections: dict[str, Document] = field(default_factory=dict[str, Document])
    _roles: Roles[DatabaseRole] = field(default_factory=lambda: Roles("database"))
    _static: dict[str, StaticUser] = field(default_factory=dict[str, StaticUser])

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        read, delete = Operation.READ, Operation.DELETE
        return (
            Route("config/?", {Operation.LIST: self._list_connections}),
            Route(
                rf"config/(?P<name>{NAME})",
                {read: self._read_connection, delete: self._drop, **writes(self._connect)},
            ),
            *self._roles.routes(self._write_role, at="roles"),
            Route(rf"creds/(?P<name>{NAME})", {read: self._creds}),
            Route(rf"static-roles/(?P<name>{NAME})", writes(self._write_static)),
            Route(rf"static-creds/(?P<name>{NAME})", {read: self._static_creds}),
            Route(rf"rotate-role/(?P<name>{NAME})", writes(self._rotate)),
        )

    def _connect(self, request: Request, names: Mapping[str, str]) -> None:
        if not request.fields.text("plugin_name"):
            raise bad("plugin_name is required")
        self._connections[names["name"]] = dict(request.fields.all)

    def _read_connection(self, request: Request, names: Mapping[str, str]) -> Response:
        del request
        connection = self._connections.get(names["name"])
        if connection is None:
            raise absent()
        # A password that was written is never read.
        shown = {name: value for name, value in connection.items() if name != "password"}
        allowed = list(Fields(connection).texts("allowed_roles"))
        plugin = {"plugin_name": shown.get("plugin_name"), "allowed_roles": allowed}
        return Response(data={**plugin, "connection_details": shown}, kind=self.kind)

    def _drop(self, request: Request, names: Mapping[str, str]) -> None:
        del request
        self._connections.pop(names["name"], None)

    def _list_connections(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        return _listed(self._connections)

    def _write_role(self, request: Request, names: Mapping[str, str]) -> None:
        fields = request.fields
        if not fields.text("db_name"):
            raise bad("empty database name attribute")
        self._roles[names["name"]] = DatabaseRole(
            database=fields.text("db_name"),
            statements=statements_of(fields),
            bounds=Bounds(ttl_s=fields.seconds("default_ttl"), max_s=fields.seconds("max_ttl")),
        )

    def _creds(self, request: Request, names: Mapping[str, str]) -> Response:
        role = self._roles[names["name"]]
        if role is None:
            raise bad(f"unknown role: {names['name']}")
        self._check_allowed(role.database, names["name"])
        caller = request.who.grant.display_name[:8]
        username = f"v-{caller}-{names['name'][:8]}-{base62(self.entropy, 20)}-{int(request.now)}"
        password = f"{base62(self.entropy, 3)}-{base62(self.entropy, 16)}"
        life = lifetime(role.bounds, asked_s=0, since=request.now, now=request.now)
        leased = self._made(role, username, password, until=request.now + life.left_s)
        data = {"username": username, "password": password}
        return Response(data=data, leased=leased, kind=self.kind)

    def _made(self, role: DatabaseRole, username: str, password: str, *, until: float) -> Leased:
        real = self._real(role.database)
        if real is not None:
            real.make(role.statements, username=username, password=password, until=until)
        self.users[username] = password

        def remove() -> None:
            self.users.pop(username, None)
            if real is not None:
                real.drop(role.statements, username=username)

        def renew(end: float) -> None:
            if real is not None:
                real.renew(role.statements, username=username, until=end)

        return Leased(bounds=role.bounds, renewable=True, revoke=remove, renew=renew)

    def _real(self, database: str) -> RealUsers | None:
        connection = self._connections.get(database, {})
        return self.real if connection.get("plugin_name") == PLUGIN else None

    def _check_allowed(self, database: str, role: str) -> None:
        connection = self._connections.get(database)
        if connection is None:
            raise VaultError(500, f"failed to find entry for connection with name: {database!r}")
        if not {"*", role} & set(Fields(connection).texts("allowed_roles")):
            raise VaultError(500, f'1 error occurred:\n\t* "{role}" is not an allowed role\n\n')

    def _write_static(self, request: Request, names: Mapping[str, str]) -> None:
        fields = request.fields
        self._check_allowed(fields.text("db_name"), names["name"])
        self._static[names["name"]] = StaticUser(
            database=fields.text("db_name"),
            username=fields.text("username"),
            period_s=fields.seconds("rotation_period"),
            password="",
            rotated_at=request.now,
        )
        self._rotate(request, names)

    def _rotate(self, request: Request, names: Mapping[str, str]) -> None:
        static = self._static_user(names["name"])
        password = base62(self.entropy, 20)
        if real := self._real(static.database):
            real.rotate(static.username, password)
        static.password, static.rotated_at = password, request.now
        self.users[static.username] = static.password

    def _static_user(self, name: str) -> StaticUser:
        static = self._static.get(name)
        if static is None:
            raise bad(f"unknown role: {name}")
        return static

    def _static_creds(self, request: Request, names: Mapping[str, str]) -> Response:
        static = self._static_user(names["name"])
        if request.now >= static.rotated_at + static.period_s > static.rotated_at:
            self._rotate(request, names)
        data: Document = {
            "last_vault_rotation": static.rotated_at,
            "password": static.password,
            "rotation_period": int(static.period_s),
            "ttl": int(static.rotated_at + static.period_s - request.now),
            "username": static.username,
        }
        return Response(data=data, kind=self.kind)


def _listed(known: Mapping[str, object]) -> Response:
    if not known:
        raise absent()
    return Response(data={"keys": sorted(known)}, kind="database")
