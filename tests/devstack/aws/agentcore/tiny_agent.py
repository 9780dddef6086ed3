"""The smallest program that keeps AgentCore's container contract, for tests of the data plane.

What it does with a turn is decided by the request's JSON: see `ANSWERS`. Over a WebSocket it is
the local stack's own echo.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

sys.path.append(str(Path(__file__).parents[4] / "src"))

from devstack.aws.agentcore import echo as echoing

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

turns = 0
state = {"ping": "Healthy"}


async def read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def until(path: str) -> None:
    """Wait until the test has made a file: no event reaches from one process to another."""
    while not os.path.exists(path):  # noqa: ASYNC240, PTH110
        await asyncio.sleep(0.01)


async def echo(order: dict[str, Any], headers: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
    """Tell which process this is, what it was told and in which environment it runs."""
    environment = {name: os.environ.get(name, "") for name in order.get("environ", [])}  # noqa: TID251
    yield {"pid": os.getpid(), "turns": turns, "headers": headers, "environ": environment}
    if "ping" in order:
        state["ping"] = order["ping"]


async def handshake(
    order: dict[str, Any], _headers: dict[str, str]
) -> AsyncIterator[dict[str, Any]]:
    """Send a frame, and the next one only when a file says that the first has arrived."""
    for number in range(3):
        yield {"frame": number}
        await until(f"{order['folder']}/seen-{number}")


async def work(order: dict[str, Any], _headers: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
    """Begin an answer and write a file once it was worked to its end."""
    yield {"working": True}
    await until(f"{order['folder']}/go-on")
    yield {"working": False}
    with open(f"{order['folder']}/done", "w"):  # noqa: ASYNC230, PTH123
        pass


async def die(_order: dict[str, Any], _headers: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
    """Begin an answer and be gone."""
    yield {"dying": True}
    os._exit(3)


async def notice(folder: str, receive: Receive, send: Send) -> None:
    """Begin an answer and write a file when the connection is closed."""
    frame = b'data: {"noticing": true}\n\n'
    await send({"type": "http.response.body", "body": frame, "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        continue
    with open(f"{folder}/left", "w"):  # noqa: ASYNC230, PTH123
        pass


ANSWERS = {"echo": echo, "handshake": handshake, "work": work, "die": die}


async def app(scope: Message, receive: Receive, send: Send) -> None:
    global turns  # noqa: PLW0603 the process is the session: that is what is tested
    if scope["type"] == "lifespan":
        return
    if scope["type"] == "websocket":
        await echoing.app(scope, receive, send)
        return
    if scope["path"] == "/ping":
        await read(receive)
        await whole(send, 200 if state["ping"] else 503, {"status": state["ping"]})
        return
    order = json.loads(await read(receive) or b"{}")
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    turns += 1
    if "status" in order:
        await whole(send, order["status"], {"error": "as ordered"})
        return
    kind = [(b"content-type", b"text/event-stream"), (b"x-private", b"the container's own")]
    await send({"type": "http.response.start", "status": 200, "headers": kind})
    if order.get("answer") == "notice":
        await notice(order["folder"], receive, send)
        return
    async for event in ANSWERS[order.get("answer", "echo")](order, headers):
        frame = f"data: {json.dumps(event)}\n\n".encode()
        await send({"type": "http.response.body", "body": frame, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def whole(send: Send, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    if "--never-start" in sys.argv:
        sys.exit(7)
    if "--never-healthy" in sys.argv:
        state["ping"] = ""
    uvicorn.run(
        app,
        host=os.environ["HOST"],  # noqa: TID251
        port=int(os.environ["PORT"]),  # noqa: TID251
        lifespan="off",
        log_level="warning",
    )
