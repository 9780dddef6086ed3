"""An agent that says what it hears: `python -m devstack.aws.agentcore.echo`.

It keeps the whole container contract (`/ping`, `/invocations`, `/ws`) and answers over `/ws` with
every message as it came. A few text messages are orders: `headers` is answered with the names of
the handshake's headers, `bye` closes with 4000, `die` ends the process.
"""

import json
import os

from starlette.types import Receive, Scope, Send

from devstack.agents.asgi import serve, whole

FAREWELL = 4000
"""The close code of `bye`: one of those that applications may use (RFC 6455 §7.4.2)."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer `/ping` and `/invocations`, and talk over `/ws`."""
    if scope["type"] == "websocket":
        await _talk(scope, receive, send)
    elif scope["path"] == "/ping":
        await _answer(send, b'{"status": "Healthy"}')
    else:
        await _answer(send, await whole(receive))


async def _talk(scope: Scope, receive: Receive, send: Send) -> None:
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


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    serve(app)
