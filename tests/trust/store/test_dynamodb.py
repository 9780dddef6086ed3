"""The table in DynamoDB: what it shares with the others, and what AWS can answer."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from threading import Event
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from contracts.rows import KEY, OTHER, P, row
from contracts.table import SharedTableContract
from fakes.clock import NOW
from fakes.loopback import WAIT_S, Call, Reply, serving
from fakes.scripted_aws import (
    Script,
    answering,
    dynamodb_cancelled,
    dynamodb_done,
    dynamodb_error,
)
from trust.store import dynamodb as adapter
from trust.store.dynamodb import DynamoDbTable, open_client
from trust.store.table import (
    Absent,
    ConditionFailed,
    NotAfter,
    Put,
    RowMalformed,
    StoreUnavailable,
    Table,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

REGION = "us-east-1"

Scripted = Callable[..., tuple[DynamoDbTable, Script]]


class TestDynamoDbTable(SharedTableContract):
    @pytest.fixture
    def table(self, dynamodb_table: DynamoDbTable) -> DynamoDbTable:
        return dynamodb_table

    @pytest.fixture
    def twin(self, dynamodb: "DynamoDBClient", dynamodb_name: str) -> Iterator[Table]:
        del dynamodb
        client = open_client(REGION)
        yield DynamoDbTable(client, dynamodb_name)
        client.close()


@pytest.fixture
def scripted(aws_environment: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """Return a maker of tables whose DynamoDB answers as it is told."""
    with ExitStack() as stack:

        def make(*replies: Reply) -> tuple[DynamoDbTable, Script]:
            script = stack.enter_context(answering(replies))
            aws_environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", script.url)
            client = open_client(REGION)
            stack.callback(client.close)
            return DynamoDbTable(client, "gatehouse-sessions"), script

        yield make


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the waiting out of a transaction's next try."""

    def none(_least: float, _most: float) -> float:
        return 0

    monkeypatch.setattr("trust.store.dynamodb.random.uniform", none)


# -- rows that somebody else wrote


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"expires_at": {"N": "1"}}, id="no-version"),
        pytest.param({"version": {"S": "1"}}, id="version-is-text"),
        pytest.param({"version": {"N": "1.5"}}, id="version-is-a-fraction"),
        pytest.param({"version": {"N": "1"}, "expires_at": {"S": "never"}}, id="expiry-is-text"),
        pytest.param({"version": {"N": "1"}, "n": {"N": "0.5"}}, id="attribute-is-a-fraction"),
    ],
)
async def test_a_row_of_another_form_is_malformed(
    dynamodb: "DynamoDBClient",
    dynamodb_table: DynamoDbTable,
    dynamodb_name: str,
    members: dict[str, Any],
) -> None:
    key = {"pk": {"S": KEY.partition}, "sk": {"S": KEY.sort}}
    dynamodb.put_item(TableName=dynamodb_name, Item=key | members)

    with pytest.raises(RowMalformed):
        await dynamodb_table.get(KEY, now=NOW)
    with pytest.raises(RowMalformed):
        await dynamodb_table.query(P, prefix="SUBJECT#", now=NOW)


async def test_a_row_lies_as_the_time_to_live_and_the_console_want_it(
    dynamodb: "DynamoDBClient", dynamodb_table: DynamoDbTable, dynamodb_name: str
) -> None:
    await dynamodb_table.put(row(version=3, expires_at=NOW, text="t", number=5, octets=b"\x00"))

    found = dynamodb.scan(TableName=dynamodb_name)["Items"]

    assert found == [
        {
            "pk": {"S": KEY.partition},
            "sk": {"S": KEY.sort},
            "version": {"N": "3"},
            "expires_at": {"N": str(NOW)},
            "text": {"S": "t"},
            "number": {"N": "5"},
            "octets": {"B": b"\x00"},
        }
    ]


# -- what is asked


async def test_reads_are_strongly_consistent(scripted: Scripted) -> None:
    table, script = scripted(dynamodb_done(Items=[]))

    await table.get(KEY, now=NOW)
    await table.query(P, prefix="SUBJECT#", now=NOW)

    # A revoked session must not be read from a replica that has not heard of it.
    assert [json.loads(call.body)["ConsistentRead"] for call in script.calls] == [True, True]


# -- what is answered


async def call_everything(table: Table) -> None:
    """Make every call of the port; each must be unavailable."""
    calls = [
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
        pytest.param(Reply(status=502, body=b"<html>", content_type="text/html"), id="no-aws"),
    ],
)
@pytest.mark.usefixtures("no_backoff")
async def test_trouble_of_every_kind_is_unavailable(scripted: Scripted, reply: Reply) -> None:
    table, _ = scripted(reply)

    await call_everything(table)


@pytest.mark.usefixtures("no_backoff")
async def test_an_endpoint_that_is_not_there_is_unavailable(
    aws_environment: pytest.MonkeyPatch,
) -> None:
    with serving(lambda _: Reply()) as url:
        pass
    aws_environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
    table = DynamoDbTable(open_client(REGION), "gatehouse-sessions")

    await call_everything(table)
    await table.close()


@pytest.mark.usefixtures("no_backoff")
async def test_an_endpoint_that_hangs_is_unavailable(aws_environment: pytest.MonkeyPatch) -> None:
    aws_environment.setattr(adapter, "CALL_TIMEOUT_S", 0.05)
    ended = Event()

    def hang(_: Call) -> Reply:
        ended.wait(WAIT_S)
        return dynamodb_done()

    with serving(hang) as url:
        aws_environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        table = DynamoDbTable(open_client(REGION), "gatehouse-sessions")
        with pytest.raises(StoreUnavailable):
            await asyncio.wait_for(table.get(KEY, now=NOW), WAIT_S / 2)
        ended.set()
    await table.close()


async def test_no_call_takes_longer_than_the_whole_may(
    aws_environment: pytest.MonkeyPatch,
) -> None:
    """Each attempt has its time, but a peer that sends a byte now and then has all of it."""
    aws_environment.setattr(adapter, "WHOLE_CALL_S", 0.05)
    ended = Event()

    def hang(_: Call) -> Reply:
        ended.wait(WAIT_S)
        return dynamodb_done()

    with serving(hang) as url:
        aws_environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        table = DynamoDbTable(open_client(REGION), "gatehouse-sessions")
        with pytest.raises(StoreUnavailable, match=r"no answer in 0\.05 s"):
            await asyncio.wait_for(table.get(KEY, now=NOW), WAIT_S / 2)
        ended.set()
    await table.close()


async def test_calls_do_not_wait_for_others_that_hang_in_the_event_loop_s_threads(
    scripted: Scripted,
) -> None:
    table, _ = scripted(dynamodb_done())
    ended, loop = Event(), asyncio.get_running_loop()
    hanging = [loop.run_in_executor(None, ended.wait, WAIT_S) for _ in range(64)]

    try:
        await asyncio.wait_for(table.delete(KEY), WAIT_S / 2)
    finally:
        ended.set()
        await asyncio.gather(*hanging)


@pytest.mark.usefixtures("hurry")
async def test_counting_that_met_a_transaction_is_tried_again(scripted: Scripted) -> None:
    counted = dynamodb_done(Attributes={"count": {"N": "7"}})
    table, script = scripted(dynamodb_error("TransactionConflictException"), counted)

    assert await table.add(KEY, 5, expires_at=NOW) == 7
    assert len(script.calls) == 2


async def test_a_counter_of_another_form_is_malformed(scripted: Scripted) -> None:
    table, _ = scripted(dynamodb_done(Attributes={"count": {"S": "many"}}))

    with pytest.raises(RowMalformed):
        await table.add(KEY, 1, expires_at=NOW)


async def test_no_identity_is_unavailable(aws_environment: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        aws_environment.delenv(name)
    aws_environment.setattr(boto3, "DEFAULT_SESSION", None)
    aws_environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    table = DynamoDbTable(open_client(REGION), "gatehouse-sessions")

    with pytest.raises(StoreUnavailable):
        await table.get(KEY, now=NOW)
    await table.close()


async def test_the_first_failed_condition_of_aws_answer_is_named(scripted: Scripted) -> None:
    table, _ = scripted(
        dynamodb_cancelled("None", "TransactionConflict", "ConditionalCheckFailed", "None")
    )

    with pytest.raises(ConditionFailed) as failed:
        await table.transact([Put(row())])

    assert failed.value.index == 2


# -- transactions in each other's way

CONFLICT = dynamodb_cancelled("None", "TransactionConflict")


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(
    "conflict",
    [
        pytest.param(CONFLICT, id="of-transactions"),
        pytest.param(dynamodb_error("TransactionConflictException"), id="of-single-writes"),
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


@pytest.mark.usefixtures("hurry")
async def test_a_transaction_that_always_meets_another_one_gives_up(scripted: Scripted) -> None:
    table, script = scripted(CONFLICT)

    with pytest.raises(StoreUnavailable):
        await table.transact([Put(row())])

    assert len(script.calls) == adapter.CONFLICT_ATTEMPTS


@pytest.mark.usefixtures("hurry")
async def test_a_single_write_that_met_a_transaction_is_tried_again(scripted: Scripted) -> None:
    # Raising a cutoff while a login's transaction checks it is just that.
    conflict = dynamodb_error("TransactionConflictException")
    writes: Sequence[Callable[[DynamoDbTable], Any]] = (
        lambda table: table.put(row()),
        lambda table: table.delete(KEY),
        lambda table: table.transact([Put(row())]),
    )
    for write in writes:
        table, script = scripted(conflict, conflict, dynamodb_done())

        await write(table)

        assert len(script.calls) == 3
