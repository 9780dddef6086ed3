"""A real PostgreSQL behind the database engine: its users are made and dropped there."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import Connection, sql

from devstack.vault.errors import VaultError

CONNECT_S = 3
STATEMENT_MS = 10_000


class Postgresql:
    """One server, and the database in which statements run. Each call connects anew."""

    def __init__(self, url: str) -> None:
        self._url = url

    def run(self, queries: Sequence[str]) -> None:
        """Run queries in one transaction. Raises VaultError."""
        with self._connected() as connection, connection.transaction():
            for query in queries:
                connection.execute(query.encode())

    def drop(self, username: str) -> None:
        """Take a user's rights and drop it, as Vault does where a role does not say how.

        What it reads still, in a session that is open, it goes on reading. Raises VaultError.
        """
        user = sql.Identifier(username)
        with self._connected() as connection:
            known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [username])
            if known.fetchone() is None:
                return
            for schema in _schemas(connection, username):
                named = {"schema": sql.Identifier(schema), "user": user}
                for right in _RIGHTS:
                    connection.execute(sql.SQL(right).format(**named))
            name = connection.execute("SELECT current_database()").fetchone()
            here = sql.Identifier(str(name[0])) if name is not None else user
            connection.execute(
                sql.SQL("REVOKE CONNECT ON DATABASE {here} FROM {user}").format(
                    here=here, user=user
                )
            )
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {user}").format(user=user))

    @contextmanager
    def _connected(self) -> Generator[Connection]:
        try:
            with psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_S,
                options=f"-c statement_timeout={STATEMENT_MS}",
                application_name="devstack.vault",
            ) as connection:
                yield connection
        except psycopg.Error as error:
            # By its code: the text may quote a statement, and with it a password.
            told = error.sqlstate or "unable to get connection"
            raise VaultError(500, f"failed to execute query: {told}") from None


_RIGHTS = (
    "REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA {schema} FROM {user}",
    "REVOKE ALL PRIVILEGES ON ALL SEQUENCES IN SCHEMA {schema} FROM {user}",
    "REVOKE USAGE ON SCHEMA {schema} FROM {user}",
)


def _schemas(connection: Connection, username: str) -> set[str]:
    granted = connection.execute(
        "SELECT DISTINCT table_schema::text FROM information_schema.role_column_grants"
        " WHERE grantee = %s",
        [username],
    )
    return {"public", *(str(schema) for (schema,) in granted)}
