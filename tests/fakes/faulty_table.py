"""A table that fails when told to: before the write, or after it, when only the answer is lost."""

import asyncio
from collections.abc import Sequence

from trust.clock import NumericDate
from trust.store.table import Condition, Item, Key, StoreUnavailable, Table, Write


class FaultyTable:
    """Passes everything on to another table, unless a fault is due."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.down = False
        self.full = False
        """Whether it can be read, and takes nothing, as on a full disk."""
        self.passing_puts = 0
        """How many writes succeed before those that are to fail."""
        self.failing_puts = 0
        self.unanswered_puts = 0
        self.keeping = False
        """Whether nothing can be removed from it."""
        self.reads = 0
        self.held: asyncio.Event | None = None
        """What a put waits for, if it is to wait."""
        self.far: list[asyncio.Future[None]] | None = None
        """What each read and count waits for, if it is to: whoever sets it lets them go on."""

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item. Raises StoreUnavailable while the table is down."""
        self._reachable()
        self.reads += 1
        await self._reached()
        return await self._table.get(key, now=now)

    async def query(self, partition: str, *, prefix: str, now: NumericDate) -> list[Item]:
        """Return the items. Raises StoreUnavailable while the table is down."""
        self._reachable()
        await self._reached()
        return await self._table.query(partition, prefix=prefix, now=now)

    async def put(self, item: Item, *, condition: Condition | None = None) -> None:
        """Write the item, or fail, or write it and fail."""
        self._writable()
        if self.held is not None:
            await self.held.wait()
        if self.passing_puts:
            self.passing_puts -= 1
        elif self.failing_puts:
            self.failing_puts -= 1
            raise StoreUnavailable("failed by the test")
        await self._table.put(item, condition=condition)
        if self.unanswered_puts:
            self.unanswered_puts -= 1
            raise StoreUnavailable("answer lost by the test")

    async def delete(self, key: Key) -> None:
        """Remove the item. Raises StoreUnavailable while the table is down, or keeps everything."""
        self._reachable()
        if self.keeping:
            raise StoreUnavailable("kept by the test")
        await self._table.delete(key)

    async def transact(self, writes: Sequence[Write]) -> None:
        """Do all writes or none. Raises StoreUnavailable while the table is down."""
        self._writable()
        await self._table.transact(writes)

    async def add(self, key: Key, amount: int, *, expires_at: NumericDate) -> int:
        """Count. Raises StoreUnavailable while the table is down."""
        self._writable()
        await self._reached()
        return await self._table.add(key, amount, expires_at=expires_at)

    async def close(self) -> None:
        """Close the other table."""
        await self._table.close()

    async def _reached(self) -> None:
        if self.far is not None:
            way = asyncio.get_running_loop().create_future()
            self.far.append(way)
            await way

    def _writable(self) -> None:
        self._reachable()
        if self.full:
            raise StoreUnavailable("full, by the test")

    def _reachable(self) -> None:
        if self.down:
            raise StoreUnavailable("switched off by the test")
