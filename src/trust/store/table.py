"""The one table: items by partition and sort key, written under conditions.

A port with three adapters (`memory`, `sqlite`, `dynamodb`) and one contract suite. What sessions,
chats and cutoffs mean is written once, above it; an adapter only has to be right about this page.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol, assert_never

from trust.clock import NumericDate
from trust.errors import UpstreamError

Attribute = str | int | bytes


class Key(NamedTuple):
    """Where an item lives: all items of one partition can be listed, in the order of `sort`."""

    partition: str
    sort: str


_NOTHING: Mapping[str, Attribute] = MappingProxyType({})


class Item(NamedTuple):
    """One row. `expires_at` None means that it stays."""

    key: Key
    version: int = 1
    expires_at: NumericDate | None = None
    attributes: Mapping[str, Attribute] = _NOTHING

    def text(self, name: str) -> str:
        """Return a text attribute. Raises RowMalformed."""
        value = self.attributes.get(name)
        if not isinstance(value, str):
            raise RowMalformed(f"{self.key.sort}: no text {name}")
        return value

    def number(self, name: str) -> int:
        """Return a number. Raises RowMalformed."""
        value = self.attributes.get(name)
        if not isinstance(value, int):
            raise RowMalformed(f"{self.key.sort}: no number {name}")
        return value

    def octets(self, name: str) -> bytes:
        """Return bytes. Raises RowMalformed."""
        value = self.attributes.get(name)
        if not isinstance(value, bytes):
            raise RowMalformed(f"{self.key.sort}: no bytes {name}")
        return value


class Absent:
    """Holds if there is no item at the key, expired or not."""

    __slots__ = ()


class Present:
    """Holds if there is an item at the key, of any version, expired or not."""

    __slots__ = ()


class AtVersion(NamedTuple):
    """Holds if there is an item, and just of this version: what was deleted stays deleted."""

    version: int


class NotAfter(NamedTuple):
    """Holds if there is no item, or its number `attribute` is at most `limit`."""

    attribute: str
    limit: int


COUNT = "count"
"""The attribute of a counter's number."""

Condition = Absent | Present | AtVersion | NotAfter


class Put(NamedTuple):
    """Write the whole item if the condition holds."""

    item: Item
    condition: Condition | None = None

    @property
    def key(self) -> Key:
        """Where it is written: what the condition is about, as in a `Check`."""
        return self.item.key


class Check(NamedTuple):
    """Write nothing, but hold the transaction to the condition."""

    key: Key
    condition: Condition


Write = Put | Check


class ConditionFailed(Exception):
    """Nothing was written; `index` says which write's condition did not hold."""

    def __init__(self, index: int = 0) -> None:
        super().__init__(f"the condition of write {index} does not hold")
        self.index = index


class StoreUnavailable(UpstreamError):
    """The table cannot be asked: nobody is treated as logged in, nobody is logged out."""

    code, status, title = "store_unavailable", 503, "The service is not ready. Please try again."
    retry_after = 2


class RowMalformed(UpstreamError):
    """A row is not of a form that this version wrote or knows."""

    code, status, title = "row_malformed", 500, "A stored record cannot be read."


class Table(Protocol):
    """The port. Every call may raise StoreUnavailable; reads are strongly consistent."""

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item unless it is absent, or expired at `now`."""
        ...

    async def query(self, partition: str, *, prefix: str, now: NumericDate) -> list[Item]:
        """Return the live items whose sort key starts with `prefix`, in the order of sort keys.

        One that cannot be read comes by its key alone (`unreadable`).
        """
        ...

    async def put(self, item: Item, *, condition: Condition | None = None) -> None:
        """Write the whole item. Raises ConditionFailed."""
        ...

    async def delete(self, key: Key) -> None:
        """Remove the item; removing nothing is no error."""
        ...

    async def transact(self, writes: Sequence[Write]) -> None:
        """Do all writes or none. Raises ConditionFailed with the first failing write's index."""
        ...

    async def add(self, key: Key, amount: int, *, expires_at: NumericDate) -> int:
        """Add to the counter at `key` and return what it came to; where there is none, from zero.

        Atomic: of any number of writers everybody is told another number, and none is lost. The
        counter is an item of version 1 whose number `COUNT` it is; an expired one goes on counting.
        """
        ...

    async def close(self) -> None:
        """Give back what the adapter holds open."""
        ...


def unreadable(key: Key) -> Item:
    """Return what a query tells of a row that cannot be read; whoever asks it is told RowMalformed.

    It must not hide the others: a tenant's sessions could not be ended for one row of somebody's.
    """
    return Item(key=key, version=0)


def is_live(item: Item, now: NumericDate) -> bool:
    """Tell whether the item still counts: the store's own sweeping runs hours late."""
    return item.expires_at is None or item.expires_at > now


def holds(condition: Condition | None, found: Item | None) -> bool:
    """Decide a condition against what is stored (for adapters that decide in Python)."""
    match condition:
        case None:
            return True
        case Absent():
            return found is None
        case Present():
            return found is not None
        case AtVersion(version):
            return found is not None and found.version == version
        case NotAfter(attribute, limit):
            number = None if found is None else found.attributes.get(attribute)
            return found is None or (isinstance(number, int) and number <= limit)
        case _:  # pragma: no cover - the type has no other member
            assert_never(condition)


def counter(key: Key, count: int, *, expires_at: NumericDate) -> Item:
    """Return the item that a counter is (for adapters that count in Python)."""
    return Item(key=key, expires_at=expires_at, attributes={COUNT: count})


def counted(found: Item | None) -> int:
    """Return what a counter stands at. Raises RowMalformed."""
    return 0 if found is None else found.number(COUNT)
