"""The way to the local DynamoDB, on which reads are noted by the kind of row.

usage: python -m bench.upstream.reads PORT AWS_PORT

Everything passes as it is, signature included. `GET /reads` tells when something was read so far
(CLOCK_MONOTONIC, seconds), and `DELETE /reads` forgets it; DynamoDB's own calls are POSTs, all of
them.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import uvloop

Reads = dict[str, list[float]]
"""When each kind of row was read."""

_TOLD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
_READ = ("GetItem", "Query")
_AT_ONCE = 65_536


def kind_of(operation: str, asked: Mapping[str, Any]) -> str | None:
    """Return what kind of row a call reads, such as `SESSION` or `CHAT`; None for no read.

    As its sort key says: words and names take turns in it (`SUBJECT#…#SESSION#…`).
    """
    if operation not in _READ:
        return None
    sort = asked["Key"]["sk"]["S"] if operation == "GetItem" else _prefix(asked)
    return str([word for word in sort.split("#")[::2] if word][-1])


def _prefix(query: Mapping[str, Any]) -> str:
    values = [value["S"] for value in query["ExpressionAttributeValues"].values() if "S" in value]
    # The other one is the partition, which is the app's.
    (prefix,) = (value for value in values if not value.startswith("APP#"))
    return str(prefix)


def note(reads: Reads, head: bytes, body: bytes, *, now_s: float) -> None:
    """Note a call if it is a read."""
    operation = header(head, b"x-amz-target").rpartition(".")[2]
    kind = kind_of(operation, json.loads(body or b"{}"))
    if kind is not None:
        reads.setdefault(kind, []).append(now_s)


def per_second(times: Sequence[float], *, within_s: float) -> float:
    """Return how often something happens, of what was noted in `within_s` seconds.

    From the first time to the last: with the ends of the time in which it was looked at, once a
    second would be six times in five seconds as soon as the first comes early.
    """
    if len(times) < 2:  # noqa: PLR2004 there is no time between fewer
        return len(times) / within_s
    return (len(times) - 1) / (max(times) - min(times))


def header(head: bytes, name: bytes) -> str:
    """Return the value of a header; "" if it is not there."""
    for line in head.split(b"\r\n"):
        given, _, value = line.partition(b":")
        if given.lower() == name:
            return value.strip().decode()
    return ""


async def passed(
    reads: Reads, aws: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Serve one connection, until either side closes."""
    far, out = await asyncio.open_connection("127.0.0.1", aws)
    back = asyncio.ensure_future(_back(far, writer))
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(header(head, b"content-length") or 0))
            if head.startswith(b"POST "):
                note(reads, head, body, now_s=time.monotonic())
                out.write(head + body)
                await out.drain()
            else:
                _tell(reads, head, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        # Whoever asked has gone.
        pass
    finally:
        back.cancel()
        out.close()
        writer.close()


async def _back(far: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while answer := await far.read(_AT_ONCE):
        writer.write(answer)
    writer.close()


def _tell(reads: Reads, head: bytes, writer: asyncio.StreamWriter) -> None:
    if head.startswith(b"DELETE "):
        reads.clear()
    body = json.dumps(reads).encode()
    writer.write(_TOLD % (len(body), body))


async def serve(port: int, aws: int) -> None:
    """Serve until the process is stopped; say so when ready."""
    reads: Reads = {}
    await asyncio.start_server(partial(passed, reads, aws), "127.0.0.1", port)
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    await asyncio.get_running_loop().create_future()


def main(arguments: Sequence[str]) -> None:
    """Run."""
    port, aws = arguments
    uvloop.run(serve(int(port), int(aws)))


if __name__ == "__main__":
    main(sys.argv[1:])
