"""What every adapter of the Table port has to do; each adapter's tests inherit it.

`TableContract` needs a fixture `table`. Adapters whose table is more than one object inherit
`SharedTableContract`, and give a second table on the same store as the fixture `twin`.
"""

import asyncio

import pytest

from contracts.rows import KEY, OTHER, P, row, sorts
from contracts.table_races import RacingTableContract
from fakes.clock import NOW
from trust.clock import NumericDate
from trust.store.table import (
    Absent,
    Attribute,
    AtVersion,
    Check,
    Condition,
    ConditionFailed,
    Item,
    Key,
    NotAfter,
    Present,
    Put,
    StoreUnavailable,
    Table,
    Write,
)

PAST = NumericDate(NOW - 1)

# What is stored (None: nothing), the condition, and whether it holds.
CONDITIONS: list[tuple[str, Item | None, Condition, bool]] = [
    ("absent-of-nothing", None, Absent(), True),
    ("absent-of-something", row(), Absent(), False),
    ("absent-of-something-expired", row(expires_at=PAST), Absent(), False),
    ("present-of-nothing", None, Present(), False),
    ("present-of-something", row(), Present(), True),
    ("version-of-nothing", None, AtVersion(1), False),
    ("version-the-same", row(version=3), AtVersion(3), True),
    ("version-older-in-store", row(version=2), AtVersion(3), False),
    ("version-newer-in-store", row(version=4), AtVersion(3), False),
    ("version-of-something-expired", row(version=3, expires_at=PAST), AtVersion(3), True),
    ("not-after-nothing", None, NotAfter("cutoff", 100), True),
    ("not-after-less", row(cutoff=99), NotAfter("cutoff", 100), True),
    ("not-after-equal", row(cutoff=100), NotAfter("cutoff", 100), True),
    ("not-after-greater", row(cutoff=101), NotAfter("cutoff", 100), False),
    ("not-after-more-digits", row(cutoff=1000), NotAfter("cutoff", 999), False),
    ("not-after-negative", row(cutoff=-1), NotAfter("cutoff", 0), True),
    ("not-after-greater-expired", row(cutoff=101, expires_at=PAST), NotAfter("cutoff", 100), False),
]
EVERY_CONDITION = pytest.mark.parametrize(
    ("stored", "condition", "holds"),
    [pytest.param(*case, id=name) for name, *case in CONDITIONS],
)


class TableContract(RacingTableContract):
    """The port on one table."""

    # -- what is put is what is got

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param("", id="empty-text"),
            pytest.param("plain", id="text"),
            pytest.param("Zoë 🚪 \u202e\u0000\n'\"\\", id="unicode-and-control"),
            pytest.param('{"b64": "AAAA"}', id="text-that-looks-like-stored-bytes"),
            pytest.param("42", id="text-of-digits"),
            pytest.param(0, id="zero"),
            pytest.param(-1, id="negative"),
            pytest.param(2**63 + 1, id="more-than-64-bits"),
            pytest.param(bytes(range(256)), id="every-byte"),
            pytest.param(b"plain", id="bytes-that-are-ascii"),
        ],
    )
    async def test_a_value_comes_back_as_it_was(self, table: Table, value: Attribute) -> None:
        await table.put(row(value=value))

        found = await table.get(KEY, now=NOW)

        assert found == row(value=value)
        assert found is not None
        assert type(found.attributes["value"]) is type(value)

    async def test_a_big_row_comes_back_as_it_was(self, table: Table) -> None:
        item = row(text="ä" * 60_000, octets=b"\xff" * 120_000)
        await table.put(item)

        assert await table.get(KEY, now=NOW) == item

    async def test_version_and_expiry_come_back(self, table: Table) -> None:
        item = row(version=17, expires_at=NOW + 1)
        await table.put(item)

        assert await table.get(KEY, now=NOW) == item

    async def test_a_put_replaces_the_whole_row(self, table: Table) -> None:
        await table.put(row(expires_at=NOW + 1, old="value"))
        await table.put(row(version=2, new="value"))

        assert await table.get(KEY, now=NOW) == row(version=2, new="value")

    async def test_what_is_not_there_is_none(self, table: Table) -> None:
        await table.put(row())

        assert await table.get(OTHER, now=NOW) is None
        assert await table.get(KEY._replace(partition=f"{P}2"), now=NOW) is None

    # -- time

    async def test_a_row_ends_at_its_second_although_nobody_swept(self, table: Table) -> None:
        await table.put(row(expires_at=NOW))

        assert await table.get(KEY, now=PAST) is not None
        assert await table.get(KEY, now=NOW) is None

    async def test_a_query_leaves_out_what_ended_at_its_second(self, table: Table) -> None:
        await table.put(row(expires_at=NOW))
        await table.put(row(OTHER, expires_at=NOW + 1))

        assert await sorts(table, "SUBJECT#") == [OTHER.sort]

    async def test_a_row_without_expiry_stays(self, table: Table) -> None:
        await table.put(row())

        assert await table.get(KEY, now=NumericDate(2**40)) is not None
        assert len(await table.query(P, prefix="SUBJECT#", now=NumericDate(2**40))) == 1

    # -- queries

    async def test_a_query_is_in_the_order_of_sort_keys(self, table: Table) -> None:
        # The order of UTF-8 bytes. In UTF-16 the emoji would come before U+FFFD.
        ordered = ["K#", "K#1", "K#10", "K#2", "K#A", "K#a", "K#é", "K#\ufffd", "K#🚪"]
        for sort in [*ordered[::2], *ordered[1::2]]:
            await table.put(row(Key(P, sort)))

        assert await sorts(table, "K#") == ordered

    @pytest.mark.parametrize(
        ("prefix", "neighbour"),
        [
            pytest.param("S_1#", "Sx1#", id="underscore"),
            pytest.param("S%#", "Sxyz#", id="percent"),
            pytest.param("S*#", "Sxyz#", id="star"),
            pytest.param("S?#", "Sx#", id="question-mark"),
            pytest.param("S[a]#", "Sa#", id="bracket"),
            pytest.param("S\\_#", "S_#", id="backslash"),
            pytest.param("S#", "s#", id="case"),
            pytest.param("S'#", "S''#", id="quote"),
            pytest.param("S\u00c9#", "SE\u0301#", id="not-normalised"),
        ],
    )
    async def test_a_prefix_is_no_pattern(self, table: Table, prefix: str, neighbour: str) -> None:
        await table.put(row(Key(P, f"{prefix}in")))
        await table.put(row(Key(P, f"{neighbour}out")))

        assert await sorts(table, prefix) == [f"{prefix}in"]

    async def test_a_query_stays_in_its_partition(self, table: Table) -> None:
        for partition in (P, f"{P}2", P[:-1], P.lower()):
            await table.put(row(Key(partition, f"S#{partition}")))

        assert await sorts(table, "S#") == [f"S#{P}"]

    async def test_a_query_finds_more_than_one_page(self, table: Table) -> None:
        # DynamoDB ends a page after 1 MB.
        keys = [Key(P, f"K#{number:02}") for number in range(12)]
        for key in keys:
            await table.put(row(key, octets=b"x" * 100_000))

        assert await table.query(P, prefix="K#", now=NOW) == [
            row(key, octets=b"x" * 100_000) for key in keys
        ]

    async def test_a_query_of_nothing_is_empty(self, table: Table) -> None:
        assert await sorts(table, "K#") == []

    # -- delete

    async def test_a_deleted_row_is_gone(self, table: Table) -> None:
        await table.put(row())
        await table.put(row(OTHER))

        await table.delete(KEY)

        assert await table.get(KEY, now=NOW) is None
        assert await sorts(table, "SUBJECT#") == [OTHER.sort]

    async def test_deleting_nothing_is_no_error(self, table: Table) -> None:
        await table.delete(KEY)

    async def test_a_deleted_row_is_absent_and_has_no_version(self, table: Table) -> None:
        await table.put(row())
        await table.delete(KEY)

        with pytest.raises(ConditionFailed):
            await table.put(row(version=2), condition=AtVersion(1))
        await table.put(row(), condition=Absent())

    # -- counting

    async def test_counting_begins_at_zero_and_goes_on(self, table: Table) -> None:
        later = NumericDate(NOW + 60)

        assert await table.add(KEY, 1, expires_at=later) == 1
        assert await table.add(KEY, 5, expires_at=later) == 6
        assert await table.add(OTHER, 2, expires_at=later) == 2

    async def test_a_counter_is_a_row_that_ends(self, table: Table) -> None:
        await table.add(KEY, 3, expires_at=NumericDate(NOW + 1))

        assert await table.get(KEY, now=NOW) == row(expires_at=NOW + 1, count=3)
        assert await table.get(KEY, now=NumericDate(NOW + 1)) is None

    async def test_counting_moves_the_end(self, table: Table) -> None:
        await table.add(KEY, 1, expires_at=NumericDate(NOW + 1))
        await table.add(KEY, 1, expires_at=NumericDate(NOW + 9))

        assert await table.get(KEY, now=NumericDate(NOW + 8)) == row(expires_at=NOW + 9, count=2)

    # -- conditions

    @EVERY_CONDITION
    async def test_a_put_keeps_to_its_condition(
        self, table: Table, stored: Item | None, condition: Condition, *, holds: bool
    ) -> None:
        await self._stored(table, stored)
        new = row(version=9, written="yes")

        if holds:
            await table.put(new, condition=condition)
        else:
            with pytest.raises(ConditionFailed):
                await table.put(new, condition=condition)

        expected = new if holds else stored
        assert await table.get(KEY, now=NumericDate(0)) == expected

    @EVERY_CONDITION
    async def test_a_put_in_a_transaction_keeps_to_its_condition(
        self, table: Table, stored: Item | None, condition: Condition, *, holds: bool
    ) -> None:
        await self._stored(table, stored)
        new = row(version=9, written="yes")

        if holds:
            await table.transact([Put(row(OTHER)), Put(new, condition)])
        else:
            with pytest.raises(ConditionFailed) as failed:
                await table.transact([Put(row(OTHER)), Put(new, condition)])
            assert failed.value.index == 1

        assert await table.get(KEY, now=NumericDate(0)) == (new if holds else stored)
        assert await table.get(OTHER, now=NOW) == (row(OTHER) if holds else None)

    @EVERY_CONDITION
    async def test_a_check_holds_a_transaction_and_writes_nothing(
        self, table: Table, stored: Item | None, condition: Condition, *, holds: bool
    ) -> None:
        await self._stored(table, stored)

        if holds:
            await table.transact([Check(KEY, condition), Put(row(OTHER))])
        else:
            with pytest.raises(ConditionFailed) as failed:
                await table.transact([Check(KEY, condition), Put(row(OTHER))])
            assert failed.value.index == 0

        assert await table.get(KEY, now=NumericDate(0)) == stored
        assert await table.get(OTHER, now=NOW) == (row(OTHER) if holds else None)

    async def test_a_number_that_is_missing_is_not_at_most_anything(self, table: Table) -> None:
        await table.put(row())

        with pytest.raises(ConditionFailed):
            await table.put(row(cutoff=1), condition=NotAfter("cutoff", 100))

    async def test_the_first_condition_that_fails_is_named(self, table: Table) -> None:
        third, fourth = Key(P, "3"), Key(P, "4")
        writes: list[Write] = [
            Put(row()),
            Put(row(OTHER), AtVersion(1)),
            Check(third, AtVersion(1)),
            Put(row(fourth), Absent()),
        ]

        with pytest.raises(ConditionFailed) as failed:
            await table.transact(writes)

        assert failed.value.index == 1
        assert [await table.get(key, now=NOW) for key in (KEY, OTHER, third, fourth)] == [None] * 4

    async def test_an_unconditional_put_overwrites(self, table: Table) -> None:
        await table.put(row(version=5))
        await table.transact([Put(row(version=1)), Put(row(OTHER), Absent())])

        assert await table.get(KEY, now=NOW) == row(version=1)

    async def _stored(self, table: Table, item: Item | None) -> None:
        if item is not None:
            await table.put(item)


class SharedTableContract(TableContract):
    """The port on a store that others use, too."""

    async def test_another_instance_sees_a_write_at_once(self, table: Table, twin: Table) -> None:
        await table.put(row(version=2))

        assert await twin.get(KEY, now=NOW) == row(version=2)
        assert await sorts(twin, "SUBJECT#") == [KEY.sort]

    async def test_another_instance_sees_a_delete_at_once(self, table: Table, twin: Table) -> None:
        await table.put(row())
        assert await twin.get(KEY, now=NOW) is not None

        await table.delete(KEY)

        assert await twin.get(KEY, now=NOW) is None
        with pytest.raises(ConditionFailed):
            await twin.put(row(version=2), condition=AtVersion(1))

    async def test_of_two_instances_at_one_version_one_wins(
        self, table: Table, twin: Table
    ) -> None:
        await table.put(row(version=1))
        for version in range(1, 6):
            won = await asyncio.gather(
                *(self._won(one, version) for one in (table, twin) for _ in range(8))
            )

            assert won.count(True) == 1

    async def test_two_instances_count_as_one(self, table: Table, twin: Table) -> None:
        later = NumericDate(NOW + 60)

        counts = await asyncio.gather(
            *(one.add(KEY, 1, expires_at=later) for one in (table, twin) for _ in range(10))
        )

        assert sorted(counts) == list(range(1, 21))

    async def test_who_asks_after_the_end_is_told_so(self, table: Table, twin: Table) -> None:
        await table.put(row())
        await table.close()

        for asked in (table.get(KEY, now=NOW), table.put(row()), table.delete(KEY)):
            with pytest.raises(StoreUnavailable):
                await asked
        assert await twin.get(KEY, now=NOW) == row()

    async def test_what_was_written_outlives_the_instance(self, table: Table, twin: Table) -> None:
        await table.put(row(text="kept"))
        await table.close()

        assert await twin.get(KEY, now=NOW) == row(text="kept")

    async def _won(self, table: Table, version: int) -> bool:
        try:
            await table.put(row(version=version + 1), condition=AtVersion(version))
        except ConditionFailed:
            return False
        return True
