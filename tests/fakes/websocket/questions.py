"""What the tests of sockets ask again and again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response

from fakes.proxy.asgi import WAIT_S
from fakes.websocket.house import SocketHouse

SESSION_ID = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
GRANT = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant"
VOICE = "/api/agents/voice/ws"


async def closed(socket: ClientConnection) -> tuple[int | None, str | None]:
    """Wait for the server's close; return its code and reason."""
    async with asyncio.timeout(WAIT_S):
        async for _ in silently(socket):
            pass
    return socket.close_code, socket.close_reason


async def silently(socket: ClientConnection) -> AsyncIterator[str | bytes]:
    """Yield what comes, until the end, whatever it is."""
    with suppress(ConnectionClosed):
        while True:
            yield await socket.recv()


def events(house: SocketHouse, name: str) -> list[dict[str, Any]]:
    """Return events of ours."""
    lines = house.house.canary.events(name)
    return [json.loads(line[line.index("{") :]) for line in lines]


def code_of(response: Response) -> str:
    """Return the code of a problem document."""
    assert response.headers["content-type"] == "application/problem+json"
    members = json.loads(bytes(response.body or b""))
    assert members["request_id"] == response.headers["x-request-id"]
    assert members["status"] == response.status_code
    return str(members["code"])
