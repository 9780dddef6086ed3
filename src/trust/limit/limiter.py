"""Counting in the store what may happen so often and no oftener, exact over all processes."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from trust import log
from trust.clock import Clock, NumericDate
from trust.coordinates import AppId, app_partition
from trust.limit.rate import Rate
from trust.store.table import Key, RowMalformed, StoreUnavailable, Table

KEPT = 10_000
"""How many counters a process has batches of, or knows to be used up."""


@dataclass(slots=True, eq=False, repr=False)
class _Batch:
    """What this process may still let through in a window."""

    window: NumericDate
    end: NumericDate
    left: int
    is_last: bool = False
    """Whether the store is not asked for another one in this window."""
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One asks for all who wait: each for a batch of their own would use up what is others'."""


class Limiter:
    """Counts for one app."""

    def __init__(self, table: Table, clock: Clock, *, app: AppId) -> None:
        self._table = table
        self._clock = clock
        self._partition = app_partition(app)
        self._batches: OrderedDict[tuple[str, str], _Batch] = OrderedDict()

    def now(self) -> NumericDate:
        """Return the time, for `lets`: asked for once, however much is counted in one moment."""
        return self._clock.now()

    def lets(self, kind: str, who: str, rate: Rate | None, now: NumericDate) -> bool:
        """Count one if that can be done here and at once, as nearly always.

        Else nothing is counted, and `wait_s` is to be asked.
        """
        if rate is None:
            return True
        batch = self._batches.get((kind, who))
        if batch is None or not batch.left or not batch.window <= now < batch.end:
            return False
        batch.left -= 1
        return True

    async def wait_s(self, kind: str, who: str, rate: Rate | None) -> int:
        """Count one of `kind` by `who`; return 0 if it may go on, or the seconds until it may.

        `who` is part of a row's key as it is. An address is not hashed there: of IPv4 addresses all
        hashes are computed in minutes, and the row ends with the window after its own.
        """
        if rate is None:
            return 0
        now = self._clock.now()
        return _one_of(await self._stocked(kind, who, rate, now), rate, now)

    async def stock(self, kind: str, who: str, rate: Rate | None) -> None:
        """Count nothing, but have a batch here, so that `lets` need not wait for the store."""
        if rate is not None:
            await self._stocked(kind, who, rate, self._clock.now())

    async def _stocked(self, kind: str, who: str, rate: Rate, now: NumericDate) -> _Batch:
        """Return the batch of this moment; where nothing is left of it, with what the store gives.

        Of that, whoever asked for it takes one before anybody else has a turn.
        """
        batch = self._batches.get((kind, who))
        if batch is None or not batch.window <= now < batch.end:
            batch = self._begun((kind, who), rate, now)
        if batch.left == 0 and not batch.is_last:
            async with batch.asking:
                # Unless somebody did so while we waited.
                if batch.left == 0 and not batch.is_last:
                    await self._asked(batch, f"{kind}#{who}", rate, now)
        return batch

    async def _asked(self, batch: _Batch, name: str, rate: Rate, now: NumericDate) -> None:
        try:
            await self._taken(batch, name, rate, now)
        except (StoreUnavailable, RowMalformed) as error:
            log.fault("limit.uncounted", error, kind=name.partition("#")[0])
            _alone(batch, rate)

    async def _taken(self, batch: _Batch, name: str, rate: Rate, now: NumericDate) -> None:
        # It outlasts its window by another: a clock that is behind must find it, not a new one.
        key = Key(f"{self._partition}#LIMIT#{name}", str(rate.window(now)))
        expires_at = NumericDate(rate.end(now) + rate.period_s)
        count = await self._table.add(key, rate.batch, expires_at=expires_at)
        # The last batch may reach beyond the limit: what is over it is not ours to give.
        batch.left += max(0, min(rate.batch, rate.count - count + rate.batch))
        # Once used up, it is so until the window ends: a flood is refused without asking again.
        batch.is_last = count >= rate.count

    def _begun(self, name: tuple[str, str], rate: Rate, now: NumericDate) -> _Batch:
        batch = self._batches[name] = _Batch(window=rate.window(now), end=rate.end(now), left=0)
        # What began longest ago is forgotten first: its window is over, or nearly.
        self._batches.move_to_end(name)
        if len(self._batches) > KEPT:
            self._batches.popitem(last=False)
        return batch


def _one_of(batch: _Batch, rate: Rate, now: NumericDate) -> int:
    """Take one of a batch; return 0, or the seconds until there are others."""
    if batch.left == 0:
        return rate.end(now) - now
    batch.left -= 1
    return 0


def _alone(batch: _Batch, rate: Rate) -> None:
    """Let this process go on without the store: up to the whole rate, until the window ends.

    Nobody is refused because we cannot count, logins included: what keeps strangers out are cookie
    and attempt, a limit protects from too much. Still it is a limit, or who can wear the store out
    would be rid of it. And a store that hangs is waited for once in a window, not at every call.
    """
    batch.left, batch.is_last = rate.count, True
