"""The table in memory: for tests, and for trying things out."""

from collections.abc import Sequence

from trust.clock import NumericDate
from trust.store.table import (
    Condition,
    ConditionFailed,
    Item,
    Key,
    Put,
    Write,
    counted,
    counter,
    holds,
    is_live,
)


class MemoryTable:
    """Holds the items of one process; gone when it ends."""

    def __init__(self) -> None:
        self._items: dict[Key, Item] = {}

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item unless it is absent or expired."""
        item = self._items.get(key)
        return item if item and is_live(item, now) else None

    async def query(self, partition: str, *, prefix: str, now: NumericDate) -> list[Item]:
        """Return the live items below a prefix, in order."""
        found = (
            item
            for key, item in self._items.items()
            if key.partition == partition and key.sort.startswith(prefix) and is_live(item, now)
        )
        return sorted(found, key=lambda item: item.key.sort)

    async def put(self, item: Item, *, condition: Condition | None = None) -> None:
        """Write the whole item. Raises ConditionFailed."""
        await self.transact([Put(item, condition)])

    async def delete(self, key: Key) -> None:
        """Remove the item if it is there."""
        self._items.pop(key, None)

    async def transact(self, writes: Sequence[Write]) -> None:
        """Do all writes or none. Raises ConditionFailed."""
        # No await between check and write: on one event loop that is the whole lock.
        for index, write in enumerate(writes):
            if not holds(write.condition, self._items.get(write.key)):
                raise ConditionFailed(index)
        for write in writes:
            if isinstance(write, Put):
                self._items[write.key] = write.item

    async def add(self, key: Key, amount: int, *, expires_at: NumericDate) -> int:
        """Add to a counter and return what it came to. Raises RowMalformed."""
        count = counted(self._items.get(key)) + amount
        self._items[key] = counter(key, count, expires_at=expires_at)
        return count

    async def close(self) -> None:
        """Nothing is held open."""
