"""A table as a program that blocks sees it."""

import asyncio

from trust.clock import NumericDate
from trust.store.table import Item, Key, Table


class BlockingRows:
    """Looks rows up in a table; counts how often."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.asked = 0

    def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item."""
        self.asked += 1
        return asyncio.run(self._table.get(key, now=now))
