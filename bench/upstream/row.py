"""A DynamoDB that always has the same answer: the store's own time is not what is measured.

usage: python -m bench.upstream.row PORT FILE
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import uvloop

_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\n"
    b"x-amzn-requestid: 0\r\ncontent-length: %d\r\n\r\n"
)


class Row(asyncio.Protocol):
    """One connection; every request that is whole gets the answer."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer once the body is here."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if found and len(rest) >= _length(head):
            self._buffer = rest[_length(head) :]
            self._transport.write(self._answer)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def serve(port: int, body: bytes) -> None:
    """Serve until the process is stopped; say so when ready."""
    answer = _HEAD % len(body) + body
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Row(answer), "127.0.0.1", port)
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    await loop.create_future()


def main(arguments: Sequence[str]) -> None:
    """Run."""
    port, file = arguments
    uvloop.run(serve(int(port), Path(file).read_bytes()))


if __name__ == "__main__":
    main(sys.argv[1:])
