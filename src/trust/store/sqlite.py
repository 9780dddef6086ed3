"""The table in one SQLite file: for a single machine, any number of processes on it."""

import asyncio
import base64
import json
import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from trust.clock import NumericDate
from trust.store.table import (
    Attribute,
    Condition,
    ConditionFailed,
    Item,
    Key,
    Put,
    RowMalformed,
    StoreUnavailable,
    Write,
    holds,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
  partition TEXT NOT NULL, sort TEXT NOT NULL, version INTEGER NOT NULL,
  expires_at INTEGER, attributes TEXT NOT NULL, PRIMARY KEY (partition, sort)
) WITHOUT ROWID
"""
_LIVE = "(expires_at IS NULL OR expires_at > ?)"
_COLUMNS = "partition, sort, version, expires_at, attributes"
BUSY_TIMEOUT_S = 5.0
"""How long a writer waits for another process's transaction."""

Answer = TypeVar("Answer")


class SqliteTable:
    """One connection, used by one thread of its own: SQLite's calls block."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._connection: sqlite3.Connection | None = None

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item unless it is absent or expired. Raises StoreUnavailable."""
        where = f"partition = ? AND sort = ? AND {_LIVE}"
        found = await self._run(lambda db: _select(db, where, key.partition, key.sort, now))
        return found[0] if found else None

    async def query(self, partition: str, *, prefix: str, now: NumericDate) -> list[Item]:
        """Return the live items below a prefix, in order. Raises StoreUnavailable."""
        # substr, not LIKE: a prefix may hold `_` or `%`.
        where = f"partition = ? AND substr(sort, 1, ?) = ? AND {_LIVE} ORDER BY sort"
        return await self._run(
            lambda db: _select(db, where, partition, len(prefix), prefix, now),
        )

    async def put(self, item: Item, *, condition: Condition | None = None) -> None:
        """Write the whole item. Raises ConditionFailed, StoreUnavailable."""
        await self.transact([Put(item, condition)])

    async def delete(self, key: Key) -> None:
        """Remove the item if it is there. Raises StoreUnavailable."""
        statement = "DELETE FROM items WHERE partition = ? AND sort = ?"
        await self._run(lambda db: db.execute(statement, (key.partition, key.sort)))

    async def transact(self, writes: Sequence[Write]) -> None:
        """Do all writes or none. Raises ConditionFailed, StoreUnavailable."""
        await self._run(lambda db: _transact(db, writes))

    async def close(self) -> None:
        """Close the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, connection.close)
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        def job() -> Answer:
            try:
                return work(self._open())
            except (sqlite3.Error, OSError) as error:
                raise StoreUnavailable(f"SQLite {self._path}: {error}") from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            # Created for its owner only: rows are sealed, but who logged in when is not.
            self._path.touch(mode=0o600, exist_ok=True)
            db = sqlite3.connect(
                self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute(_SCHEMA)
            db.execute("DELETE FROM items WHERE expires_at < unixepoch() - 86400")
            self._connection = db
        return self._connection


def _select(db: sqlite3.Connection, where: str, *values: str | int) -> list[Item]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM items WHERE {where}", values)  # noqa: S608 ours
    return [_item(*row) for row in rows]


def _item(
    partition: str, sort: str, version: object, expires_at: object, attributes: object
) -> Item:
    """Read a row. Raises RowMalformed where it is not of the table's form."""
    if not isinstance(version, int) or not isinstance(expires_at, int | None):
        raise RowMalformed(f"{sort}: version or expiry is no number")
    return Item(
        key=Key(partition, sort),
        version=version,
        expires_at=None if expires_at is None else NumericDate(expires_at),
        attributes=_read(str(attributes)),
    )


def _transact(db: sqlite3.Connection, writes: Sequence[Write]) -> None:
    with _immediate(db):
        for index, write in enumerate(writes):
            key = write.item.key if isinstance(write, Put) else write.key
            found = _select(db, "partition = ? AND sort = ?", key.partition, key.sort)
            if not holds(write.condition, found[0] if found else None):
                raise ConditionFailed(index)
        for write in writes:
            if isinstance(write, Put):
                _insert(db, write.item)


def _insert(db: sqlite3.Connection, item: Item) -> None:
    values = (
        item.key.partition,
        item.key.sort,
        item.version,
        item.expires_at,
        _written(item.attributes),
    )
    db.execute(f"INSERT OR REPLACE INTO items ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)", values)  # noqa: S608 ours


@contextmanager
def _immediate(db: sqlite3.Connection) -> Generator[None]:
    # IMMEDIATE takes the write lock before the conditions are read: no other process can write
    # between the check and the put.
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _written(attributes: Mapping[str, Attribute]) -> str:
    return json.dumps(
        {
            name: {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
            for name, value in attributes.items()
        }
    )


def _read(text: str) -> dict[str, Attribute]:
    try:
        stored: dict[str, object] = json.loads(text)
        return {name: _attribute(value) for name, value in stored.items()}
    except (ValueError, AttributeError, RecursionError) as error:
        raise RowMalformed("attributes are not of the table's form") from error


def _attribute(value: object) -> Attribute:
    match value:
        case str() | int():
            return value
        case {"b64": str(encoded)}:
            return base64.b64decode(encoded, validate=True)
        case _:
            raise ValueError("no text, number or bytes")
