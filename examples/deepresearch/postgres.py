"""One turn's way to PostgreSQL: credentials that Vault made for it, and one connection.

Nobody is asked before somebody reads. From then on the lease lasts as long as the turn; at the
turn's end the connection is closed first and the lease is given back then, so that the database's
user is gone with the turn that it was made for.

Nothing that the server says goes further, to the log neither: its words name users and rows.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import certifi
import psycopg
from agent_host.database_settings import DATABASE, DatabasePlace
from agent_host.log import event
from agent_host.secret_settings import AgentSecrets
from agent_host.secrets import Held, SecretMissing, held
from psycopg import AsyncConnection

from trust.secret import Secret

ASK_S = 10.0
"""How long a question may take, with connecting, logging in at Vault and trying once more."""

CONNECT_S = 3
STATEMENT_MS = 3000
"""How long the server may work on one statement before it ends it itself."""

_OPTIONS = " ".join(
    f"-c {option}"
    for option in (
        "default_transaction_read_only=on",
        f"statement_timeout={STATEMENT_MS}",
        f"lock_timeout={STATEMENT_MS}",
        f"idle_in_transaction_session_timeout={STATEMENT_MS}",
        # Names of ours are written in full: nobody else's table or function answers to them.
        "search_path=pg_catalog",
    )
)

Row = tuple[Any, ...]


class DatabaseAway(Exception):
    """The database cannot be asked now. It says nothing of why: the log has the class."""


class CredentialsMalformed(Exception):
    """The secret is no JSON object of `username` and `password`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query for the rows of one tenant."""

    query: bytes
    values: Sequence[object]
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who reads."""

    username: str
    password: Secret


def credentials_of(text: str) -> Credentials:
    """Read `{"username": …, "password": …}`. Raises CredentialsMalformed."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        # Without the cause, whose text quotes the secret.
        raise CredentialsMalformed from None
    members = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    username, password = members.get("username"), members.get("password")
    if not isinstance(username, str) or not isinstance(password, str) or not username:
        raise CredentialsMalformed
    return Credentials(username=username, password=Secret(password))


class DatabaseTurn:
    """What one turn has of the database."""

    def __init__(self, place: DatabasePlace, secrets: AgentSecrets | None) -> None:
        """Nothing is asked for yet."""
        self._place = place
        self._secrets = secrets
        self._lock = asyncio.Lock()
        self._holding = AsyncExitStack()
        self._values: Held | None = None
        self._connection: AsyncConnection[Row] | None = None
        self._username = ""
        self._is_over = False

    async def rows(self, question: Question) -> list[Row]:
        """Return what the database answers. Raises DatabaseAway.

        One question at a time: a turn asks little, and each connection costs the server a process.
        """
        async with self._lock:
            try:
                async with asyncio.timeout(ASK_S):
                    return await self._asked(question)
            except _FAULTS as error:
                event("database.unavailable", error=type(error).__name__)
                await self._hang_up()
        raise DatabaseAway

    async def close(self) -> None:
        """Hang up, then give the credentials back; whoever still asks is told that it is over."""
        self._is_over = True
        await self._hang_up()
        # Somebody may just be asking Vault: what they get has to go back, too.
        async with self._lock:
            await self._hang_up()
            self._values = None
            await self._holding.aclose()

    async def _asked(self, question: Question) -> list[Row]:
        values = await self._held()
        if self._connection is not None:
            try:
                return await self._answered(values, question)
            except psycopg.errors.QueryCanceled:
                # It took too long, and would again.
                raise
            except psycopg.Error:
                # A line that broke, or a user that was dropped in mid-turn: questions change
                # nothing, so they may be asked twice.
                await self._hang_up()
        try:
            return await self._answered(values, question)
        except psycopg.OperationalError as error:
            if not _was_refused(error):
                raise
        # Its lease has ended at Vault, which nobody has told us.
        await values.refused(DATABASE)
        return await self._answered(values, question)

    async def _answered(self, values: Held, question: Question) -> list[Row]:
        credentials = _credentials(values)
        if self._username != credentials.username:
            # Others took the place of these, which are dropped in a minute.
            await self._hang_up()
        if self._connection is None:
            self._username = credentials.username
            self._connection = await connected(self._place, credentials)
        return await answered(self._connection, question)

    async def _held(self) -> Held:
        if self._is_over:
            raise DatabaseAway
        if self._values is None:
            self._values = await self._holding.enter_async_context(held(self._secrets, DATABASE))
        return self._values

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


_FAULTS = (
    TimeoutError,
    OSError,
    psycopg.Error,
    SecretMissing,
    CredentialsMalformed,
    DatabaseAway,
)

_turn: ContextVar[DatabaseTurn] = ContextVar("deepresearch.postgres")


@asynccontextmanager
async def database_turn(place: DatabasePlace, secrets: AgentSecrets | None) -> AsyncGenerator[None]:
    """Let whatever is done inside of the block ask the database, by credentials of its own."""
    turn = DatabaseTurn(place, secrets)
    outer = _turn.set(turn)
    try:
        yield
    finally:
        _turn.reset(outer)
        await turn.close()


async def rows(question: Question) -> list[Row]:
    """Ask the database of this turn. Raises DatabaseAway."""
    turn = _turn.get(None)
    if turn is None:
        raise DatabaseAway
    return await turn.rows(question)


async def connected(place: DatabasePlace, credentials: Credentials) -> AsyncConnection[Row]:
    """Connect, to a server that has proven its name. Raises psycopg.Error, OSError."""
    # The driver would write what the server says, and what it was told, to this log.
    logging.getLogger("psycopg").disabled = True
    return await AsyncConnection.connect(
        host=place.host,
        port=place.port,
        dbname=place.name,
        user=credentials.username,
        password=credentials.password.reveal(),
        # PostgreSQL's own default goes on in the clear where it meets no TLS.
        sslmode="disable" if place.is_here else "verify-full",
        sslrootcert=place.authorities or certifi.where(),
        # The password itself is sent to nobody, whatever a server asks for.
        require_auth="scram-sha-256",
        gssencmode="disable",
        connect_timeout=CONNECT_S,
        options=_OPTIONS,
        application_name="deepresearch",
    )


async def answered(connection: AsyncConnection[Row], question: Question) -> list[Row]:
    """Ask in a transaction of its own, for one tenant. Raises psycopg.Error."""
    async with connection.transaction(), connection.cursor() as cursor:
        # As `SET LOCAL`, which takes no parameter: it ends with the transaction.
        await cursor.execute(b"SELECT set_config('app.tenant', %s, true)", (question.tenant,))
        await cursor.execute(question.query, question.values)
        return await cursor.fetchall()


def _credentials(values: Held) -> Credentials:
    return credentials_of(values[DATABASE].reveal())


def _was_refused(error: psycopg.Error) -> bool:
    """Whether a server has not let in who showed a password: it says so in words alone."""
    connection = error.pgconn
    return error.sqlstate is None and connection is not None and bool(connection.used_password)
