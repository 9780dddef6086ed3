"""The table in a SQLite file: what it shares with the others, and what a file can be up to."""

import asyncio
import json
import os
import sqlite3
import stat
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from contracts.rows import KEY, OTHER, P, row, sorts
from contracts.table import SharedTableContract
from fakes.clock import NOW
from fakes.program import starting
from trust.store.sqlite import (
    SWEPT_AFTER_S,
    SqliteTable,
    _insisting,  # pyright: ignore[reportPrivateUsage] no port shows how often it was tried
)
from trust.store.table import (
    AtVersion,
    ConditionFailed,
    Key,
    Put,
    StoreUnavailable,
)


class TestSqliteTable(SharedTableContract):
    @pytest.fixture
    def table(self, sqlite_table: SqliteTable) -> SqliteTable:
        return sqlite_table

    @pytest.fixture
    async def twin(self, sqlite_path: Path) -> AsyncIterator[SqliteTable]:
        table = SqliteTable(sqlite_path)
        yield table
        await table.close()


async def test_processes_that_race_for_a_new_file_lose_no_write(
    monkeypatch: pytest.MonkeyPatch, sqlite_path: Path
) -> None:
    with starting(monkeypatch, "contracts.racer", str(sqlite_path), "40", count=3) as racers:
        for racer in racers:
            racer.say("go")
        scores = [json.loads(racer.line()) for racer in racers]

    assert [score["won"] for score in scores] == [40, 40, 40]
    # Without losers nobody raced, and the test would prove nothing.
    assert sum(score["lost"] for score in scores) > 0
    assert sorted(count for score in scores for count in score["counts"]) == list(range(1, 121))
    with closing(sqlite3.connect(sqlite_path)) as db:
        assert db.execute("SELECT version FROM items ORDER BY sort").fetchall() == [(120,), (1,)]


def _files(path: Path) -> list[Path]:
    return sorted(path.parent.iterdir())


async def test_the_file_is_its_owners_alone(sqlite_table: SqliteTable, sqlite_path: Path) -> None:
    await sqlite_table.put(row())

    files = _files(sqlite_path)

    # The write-ahead log holds rows, too.
    assert [file.name for file in files] == [
        f"{sqlite_path.name}{end}" for end in ("", "-shm", "-wal")
    ]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_a_file_that_is_opened_again_has_kept_everything(sqlite_path: Path) -> None:
    first = SqliteTable(sqlite_path)
    await first.put(row(expires_at=NOW + 1, text="kept"))
    await first.close()

    second = SqliteTable(sqlite_path)

    assert await second.get(KEY, now=NOW) == row(expires_at=NOW + 1, text="kept")
    await second.close()


async def test_closing_what_was_never_opened_is_no_error(sqlite_path: Path) -> None:
    await SqliteTable(sqlite_path).close()

    assert _files(sqlite_path) == []


def _kept(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [sort for (sort,) in db.execute("SELECT sort FROM items ORDER BY sort")]


async def test_rows_that_ended_long_ago_are_swept_at_the_first_read(sqlite_path: Path) -> None:
    first = SqliteTable(sqlite_path)
    await first.put(row(Key(P, "K#ended"), expires_at=NOW - SWEPT_AFTER_S - 1))
    await first.put(row(Key(P, "K#just-now"), expires_at=NOW - SWEPT_AFTER_S))
    await first.put(row(Key(P, "K#staying")))
    await first.close()

    second = SqliteTable(sqlite_path)
    assert await sorts(second, "K#") == ["K#staying"]
    await second.close()

    assert _kept(sqlite_path) == ["K#just-now", "K#staying"]


async def test_rows_that_ended_long_ago_are_swept_while_the_file_is_in_use(
    sqlite_table: SqliteTable, sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.store.sqlite.SWEEP_EVERY", 5)
    for number in range(7):
        await sqlite_table.put(row(Key(P, f"K#{number}"), expires_at=1))
        await sqlite_table.get(KEY, now=NOW)

    # The first read swept, and the sixth: what was written since is still there.
    assert _kept(sqlite_path) == ["K#6"]


async def test_what_was_asked_before_the_end_is_still_done(sqlite_path: Path) -> None:
    table = SqliteTable(sqlite_path)
    asked = [asyncio.ensure_future(table.put(row(Key(P, f"K#{n}")))) for n in range(3)]
    await asyncio.sleep(0)

    await asyncio.gather(table.close(), table.close())

    await asyncio.gather(*asked)
    assert _kept(sqlite_path) == ["K#0", "K#1", "K#2"]
    with pytest.raises(StoreUnavailable, match=r": closed$"):
        await table.get(KEY, now=NOW)


async def test_a_file_that_others_keep_opening_is_waited_for(
    sqlite_table: SqliteTable, sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To turn to WAL takes the file for oneself, which fails while somebody reads."""
    monkeypatch.setattr("trust.store.sqlite.BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as db:
        db.execute("CREATE TABLE theirs (one)")
        db.execute("BEGIN")
        db.execute("SELECT * FROM theirs").fetchall()

        with pytest.raises(StoreUnavailable, match="locked"):
            await sqlite_table.put(row())
        # Together, as for a file that is open already.
        monkeypatch.setattr("trust.store.sqlite.BUSY_TIMEOUT_S", 0.2)
        async with asyncio.timeout(3):
            reads = [sqlite_table.get(KEY, now=NOW) for _ in range(40)]
            told = await asyncio.gather(*reads, return_exceptions=True)
        assert {type(error) for error in told} == {StoreUnavailable}
        db.execute("COMMIT")

    await sqlite_table.put(row())


def test_turning_to_wal_is_tried_until_nobody_is_in_the_way(sqlite_path: Path) -> None:
    tries: list[str] = []
    with (
        closing(sqlite3.connect(sqlite_path, isolation_level=None)) as reader,
        closing(sqlite3.connect(sqlite_path, isolation_level=None, timeout=0)) as db,
    ):
        reader.execute("CREATE TABLE theirs (one)")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM theirs").fetchall()

        def leave_at_the_third(statement: str) -> None:
            tries.append(statement)
            if len(tries) == 3:
                reader.execute("COMMIT")

        db.set_trace_callback(leave_at_the_third)
        _insisting(db, "PRAGMA journal_mode = WAL", time.monotonic() + 5)

    assert len(tries) >= 3
    with closing(sqlite3.connect(sqlite_path)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.fixture
def other_file(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"this is not a database, whatever its name says" * 100)
    return path


async def test_a_file_that_is_no_database_is_unavailable(other_file: Path) -> None:
    table = SqliteTable(other_file)

    with pytest.raises(StoreUnavailable):
        await table.get(KEY, now=NOW)
    await table.close()


async def test_a_folder_is_unavailable(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path)

    with pytest.raises(StoreUnavailable):
        await table.get(KEY, now=NOW)
    await table.close()


async def test_a_file_without_its_folder_is_unavailable(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "no-such-folder" / "file")
    try:
        with pytest.raises(StoreUnavailable):
            await table.get(KEY, now=NOW)
    finally:
        await table.close()


async def test_a_writer_that_waits_too_long_is_told_so(
    sqlite_table: SqliteTable, sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.store.sqlite.BUSY_TIMEOUT_S", 0.01)
    await sqlite_table.put(row())

    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await sqlite_table.put(row(version=2))
        # Readers are not held up by a writer.
        assert await sqlite_table.get(KEY, now=NOW) == row()
        db.execute("ROLLBACK")

    await sqlite_table.put(row(version=2))


async def test_readers_wait_for_no_writer_of_their_own_process(
    sqlite_table: SqliteTable, sqlite_path: Path
) -> None:
    """While another process holds the file, a revocation that it wrote before is still seen."""
    await sqlite_table.put(row())

    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(sqlite_table.put(row(version=2)))
        await asyncio.sleep(0)

        assert await sqlite_table.get(KEY, now=NOW) == row()
        assert not waiting.done()
        db.execute("ROLLBACK")

    await waiting


async def test_writers_wait_together_and_not_one_after_the_other(
    sqlite_table: SqliteTable, sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.store.sqlite.BUSY_TIMEOUT_S", 0.2)
    await sqlite_table.put(row())

    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(3):
            told = await asyncio.gather(
                *(sqlite_table.put(row(version=n)) for n in range(40)), return_exceptions=True
            )
        db.execute("ROLLBACK")

    assert {type(error) for error in told} == {StoreUnavailable}
    await sqlite_table.put(row(version=2))


@pytest.mark.parametrize("left", ["", "-wal"], ids=["all-of-it", "its-log-left"])
async def test_a_file_that_was_removed_is_nobodys_any_more(
    sqlite_path: Path, left: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Else a session that another process ends would live on in the file that only we have."""
    caplog.set_level("INFO", "gatehouse")
    ours, theirs = SqliteTable(sqlite_path), SqliteTable(sqlite_path)
    await ours.put(row())
    assert await theirs.get(KEY, now=NOW) == row()
    for file in _files(sqlite_path):
        if not left or file == sqlite_path:
            file.unlink()

    await theirs.put(row(OTHER))

    assert await ours.get(KEY, now=NOW) is None
    assert await ours.get(OTHER, now=NOW) == row(OTHER)
    await ours.put(row(version=2))
    assert await theirs.get(KEY, now=NOW) == row(version=2)
    assert '"store.file_replaced"' in caplog.text
    await asyncio.gather(ours.close(), theirs.close())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every file")
async def test_a_file_that_was_read_only_is_written_to_once_it_is_not(sqlite_path: Path) -> None:
    before = SqliteTable(sqlite_path)
    await before.put(row())
    await before.close()
    sqlite_path.chmod(0o400)  # noqa: ASYNC240 small and local
    table = SqliteTable(sqlite_path)
    assert await table.get(KEY, now=NOW) == row()
    with pytest.raises(StoreUnavailable, match="readonly"):
        await table.put(row(version=2))

    for file in _files(sqlite_path):
        file.chmod(0o600)

    await table.put(row(version=2))
    await table.close()


async def grown_to(table: SqliteTable, pages: int) -> None:
    """Let the table's file have so many pages."""

    def limit(db: sqlite3.Connection) -> None:
        db.execute(f"PRAGMA max_page_count = {pages}")

    # The limit is the connection's own: no other connection can set it.
    await table._writing.run(limit)  # pyright: ignore[reportPrivateUsage]


async def test_a_disk_that_is_full_loses_nothing_and_can_be_emptied(
    sqlite_table: SqliteTable,
) -> None:
    await sqlite_table.put(row())
    await grown_to(sqlite_table, 6)

    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await sqlite_table.put(row(OTHER, octets=b"x" * 100_000))

    assert await sorts(sqlite_table, "SUBJECT#") == [KEY.sort]
    await grown_to(sqlite_table, 1_000_000)
    await sqlite_table.put(row(OTHER))


async def test_a_transaction_that_breaks_off_writes_nothing(sqlite_table: SqliteTable) -> None:
    too_large = 2**70

    with pytest.raises((StoreUnavailable, OverflowError)):
        await sqlite_table.transact([Put(row()), Put(row(OTHER, version=too_large))])

    assert await sqlite_table.get(KEY, now=NOW) is None
    await sqlite_table.put(row())


async def test_a_failed_condition_leaves_no_transaction_open(
    sqlite_table: SqliteTable, sqlite_path: Path
) -> None:
    with pytest.raises(ConditionFailed):
        await sqlite_table.put(row(), condition=AtVersion(1))

    with closing(sqlite3.connect(sqlite_path, isolation_level=None, timeout=0)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("ROLLBACK")
    await sqlite_table.put(row())
