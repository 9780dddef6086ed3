"""Calls over the wire, and what came of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from fakes.wire.scripted import WAIT_S
from trust.wire.call import Answer, Outgoing, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """An answer that was read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def get(url: str, method: str = "GET", **headers: str) -> Outgoing:
    """Return a call without a body."""
    return Outgoing(method=method, url=url, headers=headers, body=b"")


def post(url: str, body: bytes) -> Outgoing:
    """Return a call with a body."""
    return Outgoing(method="POST", url=url, headers={}, body=body)


async def body_of(answer: Answer) -> bytes:
    """Read a body to its end, and leave the answer open."""
    parts: list[bytes] = []
    async with asyncio.timeout(WAIT_S):
        while chunk := await answer.read():
            parts.append(chunk)
    return b"".join(parts)


async def came(wire: Wire, call: Outgoing) -> Came:
    """Make a call, read its answer to the end and close it. Raises WireError."""
    async with asyncio.timeout(WAIT_S):
        answer = await wire.open(call)
    try:
        body = await body_of(answer)
        return Came(status=answer.status, headers=answer.headers, body=body)
    finally:
        answer.close()
