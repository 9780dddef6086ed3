"""A service of a few lines, for servers of Python: ASGI and nothing else."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

EVENTS = [b"data: %d\n\n" % number for number in range(50)]
FIXED = bytes(range(256)) * 64

Message = MutableMapping[str, Any]


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer `/fixed` by a length, `/stream` in chunks, anything else by how much was sent."""
    if scope["type"] != "http":
        return None
    size = 0
    while (message := await receive())["type"] == "http.request":
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            break
    path, counted = scope["path"], b"%d" % size
    if path == "/stream":
        await _start(send, (b"content-type", b"text/event-stream"))
        for event in EVENTS:
            await send({"type": "http.response.body", "body": event, "more_body": True})
        return await send({"type": "http.response.body", "body": b""})
    body = FIXED if path == "/fixed" else counted
    await _start(send, (b"content-length", b"%d" % len(body)))
    return await send({"type": "http.response.body", "body": body})


async def _start(send: Callable[[Message], Awaitable[None]], *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": headers})
