"""ASGI applications behind Lambda's Runtime API, and what they say."""

import json

from starlette.types import Receive, Scope, Send

WAIT_S = 5.0
"""How long a test waits for anything before it has failed."""


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> dict[str, object]:
    """Return the message that begins an answer."""
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(piece: bytes, *, more: bool = False) -> dict[str, object]:
    """Return the message with a piece of an answer."""
    return {"type": "http.response.body", "body": piece, "more_body": more}


EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what was asked."""
    message = await receive()
    told = {
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "method": scope["method"],
        "client": scope["client"],
        "cookies": [value.decode() for name, value in scope["headers"] if name == b"cookie"],
        "body": message["body"].decode(),
        "more": message["more_body"],
    }
    await send(start(201, (b"x-one", b"1"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")))
    await send(body(json.dumps(told).encode()))
