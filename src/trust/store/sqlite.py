"""The table in one SQLite file: for a single machine, any number of processes on it."""

import asyncio
import base64
import json
import math
import sqlite3
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from trust import log
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
    counted,
    counter,
    holds,
    unreadable,
)

_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS items (
  partition TEXT NOT NULL, sort TEXT NOT NULL, version INTEGER NOT NULL,
  expires_at INTEGER, attributes TEXT NOT NULL, PRIMARY KEY (partition, sort)
) WITHOUT ROWID
""",
    "CREATE INDEX IF NOT EXISTS expiring ON items (expires_at) WHERE expires_at IS NOT NULL",
)
_SWEEP = "DELETE FROM items WHERE expires_at < ?"
SWEEP_EVERY = 10_000
"""After how many reads the rows that expired long ago are taken away."""
SWEPT_AFTER_S = 24 * 3600
"""How long ago that is: no clock of a process on this machine is that wrong."""

_LIVE = "(expires_at IS NULL OR expires_at > ?)"
_COLUMNS = "partition, sort, version, expires_at, attributes"
BUSY_TIMEOUT_S = 5.0
"""How long a writer waits for another process's transaction, and for its own turn before that."""

_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}

Answer = TypeVar("Answer")

_Reading = Callable[[str, str, object, object, object], Item]


class SqliteTable:
    """Two connections: in WAL nobody who reads has to wait for whoever writes, in any process."""

    def __init__(self, path: Path) -> None:
        self._reading, self._writing = _Line(path, self._renew), _Line(path, self._renew)
        self._reads = 0

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item unless it is absent or expired. Raises StoreUnavailable."""
        where = f"partition = ? AND sort = ? AND {_LIVE}"
        found = await self._read(now, _item, where, key.partition, key.sort, now)
        return found[0] if found else None

    async def query(self, partition: str, *, prefix: str, now: NumericDate) -> list[Item]:
        """Return the live items below a prefix, in order. Raises StoreUnavailable."""
        # substr, not LIKE: a prefix may hold `_` or `%`.
        where = f"partition = ? AND substr(sort, 1, ?) = ? AND {_LIVE} ORDER BY sort"
        return await self._read(now, _one_of_many, where, partition, len(prefix), prefix, now)

    async def put(self, item: Item, *, condition: Condition | None = None) -> None:
        """Write the whole item. Raises ConditionFailed, StoreUnavailable."""
        await self.transact([Put(item, condition)])

    async def delete(self, key: Key) -> None:
        """Remove the item if it is there. Raises StoreUnavailable."""
        statement = "DELETE FROM items WHERE partition = ? AND sort = ?"
        await self._writing.run(lambda db: db.execute(statement, (key.partition, key.sort)))

    async def transact(self, writes: Sequence[Write]) -> None:
        """Do all writes or none. Raises ConditionFailed, StoreUnavailable."""
        await self._writing.run(lambda db: _transact(db, writes))

    async def add(self, key: Key, amount: int, *, expires_at: NumericDate) -> int:
        """Add to a counter; return what it came to. Raises StoreUnavailable, RowMalformed."""
        return await self._writing.run(lambda db: _add(db, key, amount, expires_at))

    async def close(self) -> None:
        """Close the file; whoever asks for something from now on is told StoreUnavailable."""
        await asyncio.gather(self._reading.close(), self._writing.close())

    def _renew(self) -> None:
        # Both: of a file that was found read-only, they share what makes them so.
        for line in (self._reading, self._writing):
            line.drop()

    async def _read(
        self, now: NumericDate, read: _Reading, where: str, *values: str | int
    ) -> list[Item]:
        self._reads += 1
        if self._reads % SWEEP_EVERY == 1:
            # Nobody waits for it.
            self._writing.begin(lambda db: _sweep(db, now))
        return await self._reading.run(lambda db: _select(db, read, where, *values))


class _Line:
    """A connection, used by one thread of its own: SQLite's calls block."""

    def __init__(self, path: Path, renew: Callable[[], None]) -> None:
        """`renew` has all connections opened anew; it is called in the thread."""
        self._path = path
        self._renew = renew
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        """Which file that is: its device, and its number there."""

    async def run(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Return what the work brings. Raises StoreUnavailable, and what it raises."""
        return await asyncio.wrap_future(self.begin(work))

    def begin(self, work: Callable[[sqlite3.Connection], Answer]) -> Future[Answer]:
        """Do the work when its turn comes. Raises StoreUnavailable if that never will."""
        asked_at = time.monotonic()

        def job() -> Answer:
            try:
                return work(self._open(asked_at))
            except (sqlite3.Error, OSError) as error:
                if not _passes(error):
                    self._renew()
                raise StoreUnavailable(f"SQLite {self._path}: {error}") from error

        try:
            return self._thread.submit(job)
        except RuntimeError as error:
            raise StoreUnavailable(f"SQLite {self._path}: closed") from error

    def drop(self) -> Future[None] | None:
        """Close the connection, once what was begun is done; what comes then opens another."""
        with suppress(RuntimeError):
            return self._thread.submit(self._drop)
        return None

    async def close(self) -> None:
        """Close the connection, once what was begun is done, for good."""
        closing = self.drop()
        if closing is None:
            return
        # At once, so that nothing comes in after the closing; what came before it is still done.
        self._thread.shutdown(wait=False)
        await asyncio.wrap_future(closing)

    def _open(self, asked_at: float) -> sqlite3.Connection:
        if self._connection is not None and self._file != _file_at(self._path):
            # Removed, or another one was put in its place: what other processes write goes there,
            # and a session that they end would live on in the file that only we still have.
            log.event("store.file_replaced", file=str(self._path))
            self._drop()
        # Counted from the question: while another process holds the file, those who queue here
        # would else wait one after the other, each for as long.
        until = asked_at + BUSY_TIMEOUT_S
        if self._connection is None:
            # Created for its owner only: rows are sealed, but who logged in when is not.
            self._path.touch(mode=0o600, exist_ok=True)
            self._file = _file_at(self._path)
            self._connection = _opened(self._path, until)
        left_s = max(0.0, until - time.monotonic())
        self._connection.execute(f"PRAGMA busy_timeout = {math.ceil(left_s * 10) * 100}")
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _file_at(path: Path) -> tuple[int, int] | None:
    with suppress(FileNotFoundError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def _passes(error: Exception) -> bool:
    """Tell whether a connection is as good as before, once the trouble is over.

    Any other is opened anew: one that found the file read-only stays so whatever becomes of it.
    """
    # The low byte: the others say more about it.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING


def _opened(path: Path, until: float) -> sqlite3.Connection:
    """Open the file, with others who do so for the first time at the same moment."""
    left_s = max(0.0, until - time.monotonic())
    db = sqlite3.connect(path, timeout=left_s, isolation_level=None, check_same_thread=False)
    try:
        _insisting(db, "PRAGMA journal_mode = WAL", until)
        db.execute("PRAGMA synchronous = NORMAL")
        for statement in _SCHEMA:
            _insisting(db, statement, until)
    except BaseException:
        db.close()
        raise
    return db


def _insisting(db: sqlite3.Connection, statement: str, until: float) -> None:
    """Execute a statement that SQLite does not wait with, whatever `timeout` says.

    Turning to WAL takes the file for itself; while another process does the same, it fails at once.
    """
    while True:
        try:
            db.execute(statement)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _sweep(db: sqlite3.Connection, now: NumericDate) -> None:
    # While another process writes, the rows wait for the next time: nobody's read is for them.
    with suppress(sqlite3.OperationalError):
        db.execute(_SWEEP, (now - SWEPT_AFTER_S,))


def _select(db: sqlite3.Connection, read: _Reading, where: str, *values: str | int) -> list[Item]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM items WHERE {where}", values)  # noqa: S608 ours
    # All of them before any is judged: a statement that a malformed row leaves half-way keeps this
    # connection at what was stored then, and whoever reads next finds sessions that are ended.
    return [read(*row) for row in rows.fetchall()]


def _found(db: sqlite3.Connection, key: Key) -> Item | None:
    """Return what is stored, expired or not: whoever writes need not be able to read it."""
    found = _select(db, _one_of_many, "partition = ? AND sort = ?", key.partition, key.sort)
    return found[0] if found else None


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


def _one_of_many(
    partition: str, sort: str, version: object, expires_at: object, attributes: object
) -> Item:
    try:
        return _item(partition, sort, version, expires_at, attributes)
    except RowMalformed:
        return unreadable(Key(partition, sort))


def _transact(db: sqlite3.Connection, writes: Sequence[Write]) -> None:
    with _immediate(db):
        for index, write in enumerate(writes):
            condition = write.condition
            if condition is not None and not holds(condition, _found(db, write.key)):
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


def _add(db: sqlite3.Connection, key: Key, amount: int, expires_at: NumericDate) -> int:
    with _immediate(db):
        count = counted(_found(db, key)) + amount
        _insert(db, counter(key, count, expires_at=expires_at))
    return count


@contextmanager
def _immediate(db: sqlite3.Connection) -> Generator[None]:
    # IMMEDIATE takes the write lock before the conditions are read: no other process can write
    # between the check and the put.
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    finally:
        # Also after a COMMIT that failed, which leaves the transaction open, as on a full disk; a
        # worse fault has rolled it back already.
        if db.in_transaction:
            db.execute("ROLLBACK")


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
