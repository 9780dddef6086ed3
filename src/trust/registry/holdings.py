"""Writing a row together with what it alone may hold: a tenant's claims, a provider's issuer.

One transaction each, held to the versions that were read: of two who claim the same value at the
same moment, one fails. An entry that goes leaves a row without content that has expired; so a
claim that was given back can be told from one that never was, and nothing is deleted half.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from trust.clock import Clock, NumericDate
from trust.coordinates import AppId, app_partition
from trust.registry.errors import EntryTooLarge
from trust.store.table import (
    Absent,
    Attribute,
    AtVersion,
    ConditionFailed,
    Item,
    Key,
    Put,
    StoreUnavailable,
    Table,
    is_live,
)

MOST_WRITES = 100
"""Longest transaction (Amazon DynamoDB, TransactWriteItems)."""

ATTEMPTS = 8
"""How often a change is planned anew because somebody else changed the same."""

GONE_S = 24 * 3600
"""How long ago a row that goes is said to have expired: no clock is that wrong."""

_EVER = NumericDate(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Wish:
    """What a change is to come to; made anew for each attempt, from what is stored by then."""

    entry: str | None
    """The row's new content; None: the row goes."""
    owner: str
    kind: str
    """What all that it may hold begins with; empty where it holds nothing."""
    holds: frozenset[str] = frozenset()
    """Sort keys that are to be its own, and no others."""
    taken: Callable[[str, str], Exception] | None = None
    """Makes the error for a sort key that is somebody else's; None: it is left to them."""
    leaning: str | None = None
    """Somebody's held row that has to stay: who takes it away at this moment must look again."""


class Holdings:
    """Changes rows of the app's partition."""

    def __init__(self, table: Table, clock: Clock, *, app: AppId) -> None:
        self._table = table
        self._clock = clock
        self._partition = app_partition(app)

    async def change(
        self, sort: str, plan: Callable[[Item | None], Awaitable[Wish | None]]
    ) -> None:
        """Change the row at `sort` as `plan` says of what is there; None leaves it.

        Raises what `plan` raises, the wish's own error where somebody else holds something,
        EntryTooLarge, StoreUnavailable.
        """
        for _ in range(ATTEMPTS):
            found = await self._found(sort)
            wish = await plan(self._live(found))
            if wish is None:
                return
            entry = {} if wish.entry is None else {"entry": wish.entry}
            try:
                leaning = [await self._leaning(wish.leaning)] if wish.leaning else []
                await self._transact(
                    wish, [self._put(sort, found, entry), *await self._held(wish), *leaning]
                )
            except ConditionFailed:
                continue
            return
        raise StoreUnavailable("the registry is being changed by others at the same moment")

    async def _transact(self, wish: Wish, writes: list[Put]) -> None:
        if len(writes) > MOST_WRITES:
            raise EntryTooLarge(
                f"{wish.owner} would change {len(writes)} rows at once and the store takes"
                f" {MOST_WRITES}: give it fewer claims, or give them in steps"
            )
        await self._table.transact(writes)

    async def _held(self, wish: Wish) -> list[Put]:
        """Return the writes after which the owner holds just what it wishes."""
        if not wish.kind:
            return []
        mine = {
            item.key.sort: item
            for item in await self._table.query(
                self._partition, prefix=wish.kind, now=self._clock.now()
            )
            if item.attributes.get("owner") == wish.owner
        }
        given_back = [self._put(sort, mine[sort], {}) for sort in sorted(mine.keys() - wish.holds)]
        taken = [await self._taken(sort, wish) for sort in sorted(wish.holds - mine.keys())]
        return [*given_back, *(put for put in taken if put is not None)]

    async def _taken(self, sort: str, wish: Wish) -> Put | None:
        found = await self._found(sort)
        held = self._live(found)
        if held is None:
            return self._put(sort, found, {"owner": wish.owner})
        if wish.taken is not None:
            raise wish.taken(sort, str(held.attributes.get("owner", "nobody")))
        return None

    async def _leaning(self, sort: str) -> Put:
        """Return a write that changes nothing but the version. Raises ConditionFailed."""
        found = await self._found(sort)
        if found is None or self._live(found) is None:
            raise ConditionFailed
        return self._put(sort, found, found.attributes)

    async def _found(self, sort: str) -> Item | None:
        """Return the row, also one that has gone: its version is what a new one has to replace."""
        return await self._table.get(Key(self._partition, sort), now=_EVER)

    def _live(self, item: Item | None) -> Item | None:
        return item if item is not None and is_live(item, self._clock.now()) else None

    def _put(self, sort: str, found: Item | None, attributes: Mapping[str, Attribute]) -> Put:
        item = Item(
            key=Key(self._partition, sort),
            version=1 if found is None else found.version + 1,
            expires_at=None if attributes else NumericDate(self._clock.now() - GONE_S),
            attributes=attributes,
        )
        return Put(item, Absent() if found is None else AtVersion(found.version))
