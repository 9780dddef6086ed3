"""What a table has to do when many write at the same moment: exactly one of them wins."""

import asyncio

from contracts.rows import KEY, P, row, sorts
from fakes.clock import NOW
from trust.clock import NumericDate
from trust.store.table import Absent, AtVersion, Condition, ConditionFailed, Key, Put, Table


class RacingTableContract:
    """Writers that race, on one table."""

    async def test_of_writers_that_race_for_a_new_row_one_wins(self, table: Table) -> None:
        for number in range(4):
            won = await self._race(table, Key(P, f"race-{number}"), Absent())

            assert len(won) == 1

    async def test_of_writers_at_one_version_one_wins(self, table: Table) -> None:
        await table.put(row(version=1))
        for version in range(1, 5):
            won = await self._race(table, KEY, AtVersion(version), version=version + 1)

            assert len(won) == 1
            found = await table.get(KEY, now=NOW)
            assert found == row(version=version + 1, writer=won[0])

    async def test_of_transactions_that_race_one_wins_whole(self, table: Table) -> None:
        lost: list[int] = []

        async def begin(writer: int) -> bool:
            key = Key(P, f"session-{writer}")
            try:
                await table.transact([Put(row(key)), Put(row(writer=writer), Absent())])
            except ConditionFailed as failed:
                lost.append(failed.index)
                return False
            return True

        won = await asyncio.gather(*(begin(writer) for writer in range(16)))

        assert won.count(True) == 1
        assert lost == [1] * 15
        assert await sorts(table, "session-") == [f"session-{won.index(True)}"]

    async def test_no_counted_write_is_lost(self, table: Table) -> None:
        await table.put(row(count=0))

        async def count_up() -> None:
            while True:
                found = await table.get(KEY, now=NOW)
                assert found is not None
                step = row(version=found.version + 1, count=found.number("count") + 1)
                try:
                    await table.put(step, condition=AtVersion(found.version))
                except ConditionFailed:
                    continue
                return

        await asyncio.gather(*(count_up() for _ in range(12)))

        assert await table.get(KEY, now=NOW) == row(version=13, count=12)

    async def test_every_count_is_told_once_and_none_is_lost(self, table: Table) -> None:
        counts = await asyncio.gather(
            *(table.add(KEY, 1, expires_at=NumericDate(NOW + 60)) for _ in range(40))
        )

        assert sorted(counts) == list(range(1, 41))

    async def _race(
        self, table: Table, key: Key, condition: Condition, *, version: int = 1
    ) -> list[int]:
        async def write(writer: int) -> bool:
            try:
                await table.put(row(key, version=version, writer=writer), condition=condition)
            except ConditionFailed:
                return False
            return True

        won = await asyncio.gather(*(write(writer) for writer in range(16)))
        return [writer for writer, win in enumerate(won) if win]
