"""Rows of a SQLite file that somebody else wrote, or that were damaged."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from contracts.rows import KEY, OTHER, P, row
from fakes.clock import NOW
from trust.store.sqlite import SqliteTable
from trust.store.table import (
    Absent,
    AtVersion,
    Condition,
    ConditionFailed,
    Key,
    Put,
    RowMalformed,
    unreadable,
)


def damage(path: Path, key: Key, column: str, value: str) -> None:
    """Write something else into a row."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"UPDATE items SET {column} = ? WHERE sort = ?", (value, key.sort))  # noqa: S608 names of ours


async def test_a_malformed_row_keeps_nobody_at_what_was_stored_before(
    sqlite_table: SqliteTable, sqlite_path: Path
) -> None:
    """A session that is ended elsewhere meanwhile would else live on for those who read here."""
    for key in (KEY, OTHER):
        await sqlite_table.put(row(key))
    damage(sqlite_path, KEY, "attributes", "[]")
    with pytest.raises(RowMalformed) as kept:
        await sqlite_table.get(KEY, now=NOW)

    await sqlite_table.put(row(OTHER, version=2))

    assert await sqlite_table.get(OTHER, now=NOW) == row(OTHER, version=2)
    # An error that somebody still looks at holds its frames, and what was being read in them.
    assert isinstance(kept.value, RowMalformed)


MALFORMED = [
    pytest.param("attributes", "not json", id="no-json"),
    pytest.param("attributes", "[]", id="no-object"),
    pytest.param("attributes", '{"a": null}', id="null"),
    pytest.param("attributes", '{"a": 1.5}', id="fraction"),
    pytest.param("attributes", '{"a": ["b"]}', id="list"),
    pytest.param("attributes", '{"a": {"b64": "?"}}', id="no-base64"),
    pytest.param("attributes", '{"a": {"b65": ""}}', id="no-bytes"),
    pytest.param("version", "one", id="version-is-text"),
    pytest.param("expires_at", "never", id="expiry-is-text"),
]


@pytest.mark.parametrize(("column", "value"), MALFORMED)
async def test_a_row_of_another_form_is_malformed(
    sqlite_table: SqliteTable, sqlite_path: Path, column: str, value: str
) -> None:
    await sqlite_table.put(row(text="as written"))
    damage(sqlite_path, KEY, column, value)

    with pytest.raises(RowMalformed):
        await sqlite_table.get(KEY, now=NOW)
    assert await sqlite_table.query(P, prefix="SUBJECT#", now=NOW) == [unreadable(KEY)]


@pytest.mark.parametrize(("column", "value"), MALFORMED)
async def test_a_malformed_row_is_written_over_by_who_asks_for_nothing(
    sqlite_table: SqliteTable, sqlite_path: Path, column: str, value: str
) -> None:
    """As on DynamoDB: whoever writes needs nothing of what was there."""
    await sqlite_table.put(row())
    damage(sqlite_path, KEY, column, value)

    await sqlite_table.transact([Put(row(version=7)), Put(row(OTHER))])

    assert await sqlite_table.get(KEY, now=NOW) == row(version=7)
    assert await sqlite_table.get(OTHER, now=NOW) == row(OTHER)


@pytest.mark.parametrize("condition", [Absent(), AtVersion(1)])
@pytest.mark.parametrize(("column", "value"), MALFORMED)
async def test_a_malformed_row_is_neither_absent_nor_of_any_version(
    sqlite_table: SqliteTable, sqlite_path: Path, column: str, value: str, condition: Condition
) -> None:
    await sqlite_table.put(row())
    damage(sqlite_path, KEY, column, value)

    with pytest.raises(ConditionFailed) as failed:
        await sqlite_table.transact([Put(row(OTHER)), Put(row(), condition)])

    assert failed.value.index == 1
    assert await sqlite_table.get(OTHER, now=NOW) is None


async def test_a_malformed_counter_is_told_to_whoever_counts(
    sqlite_table: SqliteTable, sqlite_path: Path
) -> None:
    await sqlite_table.add(KEY, 1, expires_at=row().expires_at or NOW)
    damage(sqlite_path, KEY, "attributes", "[]")

    with pytest.raises(RowMalformed):
        await sqlite_table.add(KEY, 1, expires_at=NOW)
