"""Rows to write, for everything that is tried on a table."""

from fakes.clock import NOW
from trust.clock import NumericDate
from trust.store.table import Attribute, Item, Key, Table

P = "APP#demo#TENANT#acme"
KEY = Key(P, "SUBJECT#alice#SESSION#1")
OTHER = Key(P, "SUBJECT#alice#SESSION#2")


def row(
    key: Key = KEY, *, version: int = 1, expires_at: int | None = None, **attributes: Attribute
) -> Item:
    """Return a row to write."""
    expiry = None if expires_at is None else NumericDate(expires_at)
    return Item(key=key, version=version, expires_at=expiry, attributes=attributes)


async def sorts(table: Table, prefix: str, *, partition: str = P) -> list[str]:
    """Return the sort keys that a query finds."""
    return [item.key.sort for item in await table.query(partition, prefix=prefix, now=NOW)]
