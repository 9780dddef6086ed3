"""The Runtime API's side of HTTP/1.1, on raw streams: no server of Python's tells trailers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass


class NotHttp(ValueError):
    """The other side does not speak HTTP/1.1 as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A request's first line and headers; names are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Read the next request's head; None where there is no further one. Raises NotHttp."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, path, version = first.split(" ")
    if version != "HTTP/1.1":
        raise NotHttp(version)
    return Head(method=method, path=path, headers=_fields(lines))


async def read_body(reader: asyncio.StreamReader, head: Head) -> bytes:
    """Read a body of known length."""
    return await reader.readexactly(int(head.headers.get("content-length", "0")))


async def read_chunks(
    reader: asyncio.StreamReader, trailers: dict[str, str]
) -> AsyncIterator[bytes]:
    """Yield the chunks of a body, each as it was sent; then fill `trailers`. Raises NotHttp."""
    while size := int(await _line(reader), 16):
        yield await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise NotHttp("a chunk without its end")
    lines: list[str] = []
    while line := await _line(reader):
        lines.append(line)
    trailers.update(_fields(lines))


def response(status: int, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return an answer as bytes."""
    fields = {**headers, "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Local\r\n{lines}\r\n".encode("latin-1") + body


async def _line(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\r\n")).decode("latin-1").removesuffix("\r\n")


def _fields(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        found[name.lower()] = value.strip()
    return found
