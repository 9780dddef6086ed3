"""The way to the store: everything passes, and reads are noted by the kind of row."""

import asyncio
import json
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any

import pytest
from bench.upstream.reads import Reads, kind_of, passed, per_second

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


def get(sort: str) -> dict[str, Any]:
    return {"TableName": "t", "Key": {"pk": {"S": "APP#demo#TENANT#acme"}, "sk": {"S": sort}}}


def query(prefix: str) -> dict[str, Any]:
    values = {":p": {"S": "APP#demo"}, ":s": {"S": prefix}, ":now": {"N": "1"}}
    return {"TableName": "t", "ExpressionAttributeValues": values}


@pytest.mark.parametrize(
    ("operation", "asked", "kind"),
    [
        ("GetItem", get("SUBJECT#abc#SESSION#def"), "SESSION"),
        ("GetItem", get("SUBJECT#abc#CHAT#01ARZ"), "CHAT"),
        ("GetItem", get("SUBJECT#SESSION#CUTOFF"), "CUTOFF"),
        ("GetItem", get("TENANT#acme"), "TENANT"),
        ("GetItem", get("CUTOFF"), "CUTOFF"),
        ("Query", query("AGENT#"), "AGENT"),
        ("Query", query("SUBJECT#abc#CHAT#"), "CHAT"),
        ("PutItem", {"Item": {}}, None),
        ("TransactWriteItems", {}, None),
    ],
)
def test_a_read_is_of_the_kind_that_its_key_says(
    operation: str, asked: dict[str, Any], kind: str | None
) -> None:
    assert kind_of(operation, asked) == kind


@pytest.mark.parametrize(
    ("times", "rate"),
    [
        ([], 0.0),
        ([3.0], 0.2),
        ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], 1.0),
        ([0.5, 2.5], 0.5),
        ([1.0, 0.0, 0.5], 2.0),
    ],
)
def test_how_often_is_told_from_the_first_time_to_the_last(times: list[float], rate: float) -> None:
    assert per_second(times, within_s=5.0) == rate


Way = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def way() -> AsyncGenerator[tuple[Way, list[bytes]]]:
    """Return a connection to what notes, and what arrived behind it."""
    arrived: list[bytes] = []

    async def aws(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(65_536):
            arrived.append(said)
            writer.write(ANSWER)
        writer.close()
        await writer.wait_closed()
        over.set()

    reads: Reads = {}
    over = asyncio.Event()
    async with asyncio.timeout(5):
        far = await asyncio.start_server(aws, "127.0.0.1", 0)
        port = far.sockets[0].getsockname()[1]
        near = await asyncio.start_server(partial(passed, reads, port), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*near.sockets[0].getsockname())
        yield (reader, writer), arrived
        writer.close()
        await writer.wait_closed()
        # Its end is passed on, too.
        await over.wait()
        near.close()
        far.close()


def call(operation: str, asked: dict[str, Any]) -> bytes:
    body = json.dumps(asked).encode()
    lines = (b"POST / HTTP/1.1", b"X-Amz-Target: DynamoDB_20120810." + operation.encode())
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


async def told(way: Way, method: bytes) -> dict[str, list[float]]:
    reader, writer = way
    writer.write(method + b" /reads HTTP/1.1\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(head.rsplit(b":", 1)[1]))
    found: dict[str, list[float]] = json.loads(body)
    return found


async def test_a_call_passes_as_it_is_and_is_noted(way: tuple[Way, list[bytes]]) -> None:
    connection, arrived = way
    reader, writer = connection
    calls = [call("GetItem", get("TENANT#acme")), call("PutItem", {"Item": {}})]
    for said in calls:
        writer.write(said)
        assert await reader.readexactly(len(ANSWER)) == ANSWER

    found = await told(connection, b"GET")
    assert b"".join(arrived) == b"".join(calls)
    assert {kind: len(times) for kind, times in found.items()} == {"TENANT": 1}
    assert await told(connection, b"DELETE") == {}
    assert await told(connection, b"GET") == {}
