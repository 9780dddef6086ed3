"""An agent that says what it hears: `python -m devstack.aws.agentcore.echo`.

It keeps the whole container contract (`/ping`, `/invocations`, `/ws`) and answers over `/ws` with
every message as it came. A few text messages are orders: `headers` is answered with the names of
the handshake's headers, `bye` closes with 4000, `die` ends the process.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

FAREWELL = 4000
"""The close code of `bye`: one of those that applications may use (RFC 6455 §7.4.2)."""


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer `/ping` and `/invocations`, and talk over `/ws`."""
    if scope["type"] == "websocket":
        await _talk(scope, receive, send)
    elif scope["path"] == "/ping":
        await _whole(send, b'{"status": "Healthy"}')
    else:
        await _whole(send, await _body(receive))


async def _talk(scope: Message, receive: Receive, send: Send) -> None:
    await receive()
    chosen = next(iter(scope["subprotocols"]), None)
    await send({"type": "websocket.accept", "subprotocol": chosen})
    while (message := await receive())["type"] == "websocket.receive":
        match message.get("text"):
            case "headers":
                names = sorted(name.decode("latin-1") for name, _ in scope["headers"])
                await send({"type": "websocket.send", "text": json.dumps(names)})
            case "bye":
                await send({"type": "websocket.close", "code": FAREWELL, "reason": "as you wish"})
                return
            case "die":
                os._exit(3)
            case _:
                await send({**message, "type": "websocket.send"})


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _whole(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> int:
    """Serve on HOST and PORT until the end."""
    environ = os.environ  # noqa: TID251 the container contract's own variables
    config = uvicorn.Config(
        app,
        host=environ["HOST"],
        port=int(environ["PORT"]),
        lifespan="off",
        log_level="warning",
        access_log=False,
    )
    asyncio.run(uvicorn.Server(config).serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
