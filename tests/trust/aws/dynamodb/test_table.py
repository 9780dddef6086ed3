"""The table in DynamoDB: what it shares with the others, and what AWS can answer."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from contracts.rows import KEY, OTHER, P, row, sorts
from contracts.table import SharedTableContract
from fakes.aws_region import region_at
from fakes.clock import NOW, StoppedClock
from fakes.loopback import Reply, serving
from fakes.lossy_wire import Fate, LossyWire
from fakes.scripted_aws import (
    Script,
    answering,
    dynamodb_cancelled,
    dynamodb_done,
    dynamodb_error,
)
from trust.aws.caller import Caller
from trust.aws.dynamodb.table import CONFLICT_ATTEMPTS, MAX_PAGES, PATIENCE, DynamoDbTable
from trust.store.table import (
    Absent,
    AtVersion,
    ConditionFailed,
    NotAfter,
    Put,
    RowMalformed,
    StoreUnavailable,
    Table,
    unreadable,
)
from trust.wire.call import Wire
from trust.wire.client import LeanWire

Scripted = Callable[..., tuple[DynamoDbTable, Script]]
CONFLICT = dynamodb_cancelled("None", "TransactionConflict")


def hurried(table: DynamoDbTable, clock: StoppedClock | None = None) -> DynamoDbTable:
    """Take the waiting out of a table's pauses."""
    pause = (clock or StoppedClock()).pause
    caller = Caller(
        wire=table.caller.wire,
        identity=table.caller.identity,
        place=table.caller.place,
        patience=table.caller.patience,
        code_of=table.caller.code_of,
        clock=table.caller.clock,
        pause=pause,
    )
    return DynamoDbTable(caller=caller, name=table.name, pause=pause)


class TestDynamoDbTable(SharedTableContract):
    @pytest.fixture
    def table(self, dynamodb_table: DynamoDbTable) -> DynamoDbTable:
        return dynamodb_table

    @pytest.fixture
    async def twin(self, aws: str, dynamodb_name: str) -> AsyncIterator[Table]:
        wire = LeanWire(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        yield region_at(aws, wire).table(dynamodb_name)
        await wire.close()


@pytest.fixture
def scripted(wire: LeanWire) -> Iterator[Scripted]:
    """Return a maker of tables whose DynamoDB answers as it is told."""
    with ExitStack() as stack:

        def make(*replies: Reply) -> tuple[DynamoDbTable, Script]:
            script = stack.enter_context(answering(replies))
            return hurried(region_at(script.url, wire).table("gatehouse-sessions")), script

        yield make


@pytest.fixture
def lossy(
    aws: str, dynamodb_name: str, wire: LeanWire
) -> Callable[..., tuple[DynamoDbTable, LossyWire]]:
    """Return a maker of tables on a wire that loses calls."""

    def make(*fates: Fate) -> tuple[DynamoDbTable, LossyWire]:
        losing = LossyWire(wire, *fates)
        return hurried(region_at(aws, losing).table(dynamodb_name)), losing

    return make


Lossy = Callable[..., tuple[DynamoDbTable, LossyWire]]


# -- what is answered


async def call_everything(table: Table) -> None:
    """Make every call of the port; each must be unavailable."""
    calls: list[Awaitable[Any]] = [
        table.get(KEY, now=NOW),
        table.query(P, prefix="SUBJECT#", now=NOW),
        table.put(row()),
        table.delete(KEY),
        table.transact([Put(row())]),
        table.add(KEY, 1, expires_at=NOW),
    ]
    for call in calls:
        with pytest.raises(StoreUnavailable) as unavailable:
            await call
        assert "AWS's own words" not in str(unavailable.value)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(dynamodb_error("ResourceNotFoundException"), id="no-table"),
        pytest.param(dynamodb_error("AccessDeniedException"), id="denied"),
        pytest.param(dynamodb_error("InternalServerError", status=500), id="broken"),
        pytest.param(dynamodb_cancelled("None", "ThrottlingError"), id="cancelled-by-throttling"),
        pytest.param(dynamodb_error("TransactionInProgressException"), id="still-in-progress"),
        pytest.param(Reply(status=502, body=b"<html>", content_type="text/html"), id="no-aws"),
        pytest.param(Reply(body=b"{}", headers={"x-amz-crc32": "1"}), id="changed-on-the-way"),
    ],
)
async def test_trouble_of_every_kind_is_unavailable(scripted: Scripted, reply: Reply) -> None:
    table, _ = scripted(reply)

    await call_everything(table)


async def test_an_endpoint_that_is_not_there_is_unavailable(wire: LeanWire) -> None:
    with serving(lambda _: Reply()) as url:
        pass

    await call_everything(hurried(region_at(url, wire).table("gatehouse-sessions")))


async def test_a_condition_that_failed_in_a_read_is_no_answer_to_it(scripted: Scripted) -> None:
    table, _ = scripted(dynamodb_error("TransactionConflictException"))

    with pytest.raises(StoreUnavailable, match="Conflict"):
        await table.get(KEY, now=NOW)


async def test_throttling_passes(scripted: Scripted) -> None:
    throttled = dynamodb_error("ProvisionedThroughputExceededException")
    table, script = scripted(throttled, throttled, dynamodb_done())

    await table.delete(KEY)

    assert len(script.calls) == PATIENCE.attempts


async def test_the_first_failed_condition_of_aws_answer_is_named(scripted: Scripted) -> None:
    table, _ = scripted(
        dynamodb_cancelled("None", "TransactionConflict", "ConditionalCheckFailed", "None")
    )

    with pytest.raises(ConditionFailed) as failed:
        await table.transact([Put(row())])

    assert failed.value.index == 2


@pytest.mark.parametrize(
    "answered",
    [
        {"Attributes": {"count": {"S": "many"}}},
        {"Attributes": {"count": {"N": "0.5"}}},
        {"Attributes": {}},
        {},
    ],
)
async def test_a_counter_of_another_form_is_malformed(
    scripted: Scripted, answered: dict[str, Any]
) -> None:
    table, _ = scripted(dynamodb_done(**answered))

    with pytest.raises(RowMalformed):
        await table.add(KEY, 1, expires_at=NOW)


async def test_a_row_of_another_form_fails_no_query(scripted: Scripted) -> None:
    broken = {"pk": {"S": OTHER.partition}, "sk": {"S": OTHER.sort}}
    table, _ = scripted(dynamodb_done(Items=[broken]))

    assert await table.query(P, prefix="S", now=NOW) == [unreadable(OTHER)]


async def test_a_query_that_never_ends_is_given_up(scripted: Scripted) -> None:
    table, script = scripted(dynamodb_done(Items=[], LastEvaluatedKey={"pk": {"S": "p"}}))

    with pytest.raises(StoreUnavailable, match="pages"):
        await table.query(P, prefix="S", now=NOW)

    assert len(script.calls) == MAX_PAGES
    assert json.loads(script.calls[1].body)["ExclusiveStartKey"] == {"pk": {"S": "p"}}


# -- answers that are lost


@pytest.mark.parametrize("fate", [Fate.UNSENT, Fate.LOST])
async def test_a_lost_read_is_asked_again(lossy: Lossy, fate: Fate) -> None:
    table, wire = lossy(fate)
    await table.put(row())
    wire.fates.append(fate)

    assert await table.get(KEY, now=NOW) == row()


@pytest.mark.parametrize("fate", [Fate.UNSENT, Fate.LOST])
async def test_a_new_row_whose_answer_was_lost_was_written(lossy: Lossy, fate: Fate) -> None:
    """The second attempt meets the row of the first: that is no other's."""
    table, _ = lossy(fate)

    await table.put(row(box=b"sealed"), condition=Absent())

    assert await table.get(KEY, now=NOW) == row(box=b"sealed")


async def test_a_change_whose_answers_were_lost_was_written(lossy: Lossy) -> None:
    table, wire = lossy()
    await table.put(row())
    wire.fates.extend([Fate.LOST, Fate.LOST])

    await table.put(row(version=2, box=b"new"), condition=AtVersion(1))

    assert await table.get(KEY, now=NOW) == row(version=2, box=b"new")


async def test_after_a_lost_answer_anothers_row_is_still_anothers(lossy: Lossy) -> None:
    """What is stored is compared, not just that the condition failed."""
    table, wire = lossy()
    await table.put(row(version=2, box=b"theirs"))
    wire.fates.append(Fate.LOST)

    with pytest.raises(ConditionFailed):
        await table.put(row(version=2, box=b"ours"), condition=AtVersion(1))


async def test_without_a_lost_answer_an_equal_row_is_anothers(lossy: Lossy) -> None:
    """Of two that write the same, one has lost: only a repetition may find its own."""
    table, wire = lossy(Fate.ANSWERED, Fate.UNSENT)
    await table.put(row(version=2))

    with pytest.raises(ConditionFailed):
        await table.put(row(version=2), condition=AtVersion(1))
    assert len(wire.calls) == 3


async def test_a_transaction_whose_answer_was_lost_was_done(scripted: Scripted) -> None:
    """Its token tells DynamoDB that it is the same one: it answers as it did the first time."""
    table, script = scripted(dynamodb_error("InternalServerError", status=500), dynamodb_done())

    await table.transact([Put(row(), Absent())])

    first, second = (json.loads(call.body) for call in script.calls)
    assert first == second
    assert 1 <= len(first["ClientRequestToken"]) <= 36


async def test_a_transaction_in_progress_is_waited_for_under_its_own_token(
    scripted: Scripted,
) -> None:
    """Under another one it would be done a second time, or fail for what it did itself."""
    table, script = scripted(dynamodb_error("TransactionInProgressException"), dynamodb_done())

    await table.transact([Put(row(), Absent())])

    assert len({json.loads(call.body)["ClientRequestToken"] for call in script.calls}) == 1


# -- transactions in each other's way


@pytest.mark.parametrize(
    "conflict",
    [
        pytest.param(CONFLICT, id="of-transactions"),
        pytest.param(dynamodb_error("TransactionConflictException"), id="of-single-writes"),
        pytest.param(dynamodb_cancelled("None", "ThrottlingError"), id="of-too-many"),
    ],
)
async def test_a_transaction_that_met_another_one_is_tried_again(
    scripted: Scripted, conflict: Reply
) -> None:
    table, script = scripted(conflict, conflict, dynamodb_done())

    await table.transact([Put(row(), Absent()), Put(row(OTHER), NotAfter("n", 1))])

    bodies = [json.loads(call.body) for call in script.calls]
    tokens = {body.pop("ClientRequestToken") for body in bodies}
    assert bodies[0] == bodies[1] == bodies[2]
    # A token that was used before would be answered from AWS's memory (10 minutes).
    assert len(tokens) == 3


async def test_a_transaction_that_may_have_been_done_is_tried_again_as_the_same(
    scripted: Scripted,
) -> None:
    """Lost, then throttled: as another one it would fail for what it did itself."""
    table, script = scripted(
        dynamodb_error("InternalServerError", status=500),
        dynamodb_cancelled("None", "ThrottlingError"),
        dynamodb_done(),
    )

    await table.transact([Put(row(), Absent())])

    assert len({json.loads(call.body)["ClientRequestToken"] for call in script.calls}) == 1


async def test_a_transaction_that_always_meets_another_one_gives_up(scripted: Scripted) -> None:
    table, script = scripted(CONFLICT)

    with pytest.raises(StoreUnavailable):
        await table.transact([Put(row())])

    assert len(script.calls) == CONFLICT_ATTEMPTS


async def test_a_single_write_that_met_a_transaction_is_tried_again(scripted: Scripted) -> None:
    # Raising a cutoff while a login's transaction checks it is just that.
    conflict = dynamodb_error("TransactionConflictException")
    writes: list[Callable[[DynamoDbTable], Awaitable[Any]]] = [
        lambda table: table.put(row()),
        lambda table: table.delete(KEY),
        lambda table: table.transact([Put(row())]),
    ]
    for write in writes:
        table, script = scripted(conflict, conflict, dynamodb_done())

        await write(table)

        assert len(script.calls) == 3


async def test_counting_that_met_a_transaction_is_tried_again(scripted: Scripted) -> None:
    counted = dynamodb_done(Attributes={"count": {"N": "7"}})
    table, script = scripted(dynamodb_error("TransactionConflictException"), counted)

    assert await table.add(KEY, 5, expires_at=NOW) == 7
    assert len(script.calls) == 2


async def test_what_was_lost_before_a_conflict_is_not_forgotten_after_it(
    scripted: Scripted,
) -> None:
    """Lost, then in somebody's way, then refused: what is stored may be the first attempt's."""
    stored = dynamodb_done(
        Item={"pk": {"S": KEY.partition}, "sk": {"S": KEY.sort}, "version": {"N": "2"}}
    )
    table, script = scripted(
        dynamodb_error("InternalServerError", status=500),
        dynamodb_error("TransactionConflictException"),
        dynamodb_error("ConditionalCheckFailedException"),
        stored,
    )

    await table.put(row(version=2), condition=AtVersion(1))

    assert [call.headers["x-amz-target"].rpartition(".")[2] for call in script.calls] == [
        *["PutItem"] * 3,
        "GetItem",
    ]


async def test_the_pauses_between_conflicts_are_drawn_and_grow(wire: Wire) -> None:
    clock = StoppedClock()
    with answering([CONFLICT]) as script:
        table = hurried(region_at(script.url, wire).table("gatehouse-sessions"), clock)
        drawn = DynamoDbTable(
            caller=table.caller, name=table.name, pause=table.pause, draw=lambda: 1.0
        )
        before = clock.monotonic()
        with pytest.raises(StoreUnavailable):
            await drawn.transact([Put(row())])

    assert clock.monotonic() - before == pytest.approx(0.1 + 0.2 + 0.4 + 0.8)


# -- many at once


async def test_many_reads_at_once_are_all_answered(dynamodb_table: DynamoDbTable) -> None:
    keys = [row().key, row(OTHER).key]
    for key in keys:
        await dynamodb_table.put(row(key))

    found = await asyncio.gather(*(dynamodb_table.get(keys[n % 2], now=NOW) for n in range(40)))

    assert [item and item.key for item in found] == [keys[n % 2] for n in range(40)]
    assert await sorts(dynamodb_table, "SUBJECT#") == sorted(key.sort for key in keys)
