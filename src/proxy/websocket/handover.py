"""A WebSocket's handshake as the HTTP request that it is: refused in HTTP's words, or accepted.

The server's extension `websocket.http.response` carries a status and a problem document (ASGI,
"Websocket Denial Response"). A server without it is told to close, which it answers with 403.
"""

import asyncio
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from proxy.websocket.closing import INTERNAL, POLICY

PARTING_S = 1.0
"""How long we wait for the server to be rid of a connection that was refused."""

_DENIAL = "websocket.http.response"


class Handover:
    """The `send` of a handshake: what answers an HTTP request answers this one, too."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions: Mapping[str, object] = scope.get("extensions") or {}
        self._receive = receive
        self._send = send
        self._denies = _DENIAL in extensions
        self._accepted = False
        self._closed = False

    async def __call__(self, message: Message) -> None:
        """Pass a message on; one of HTTP in the words of the handshake."""
        if message["type"].startswith("http."):
            # Whoever has left is refused in silence, as over HTTP.
            with suppress(OSError):
                await self._refuse(message)
            return
        self._accepted |= message["type"] == "websocket.accept"
        self._closed |= message["type"] == "websocket.close"
        await self._send(message)

    async def _refuse(self, message: Message) -> None:
        if self._denies and not self._accepted:
            await self._deny(message)
        elif not self._closed:
            # No way to say a status, or too late for one.
            self._closed = True
            code = INTERNAL if self._accepted else POLICY
            await self._send({"type": "websocket.close", "code": code, "reason": ""})

    async def _deny(self, message: Message) -> None:
        await self._send({**message, "type": f"websocket.{message['type']}"})
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            with suppress(TimeoutError):
                async with asyncio.timeout(PARTING_S):
                    await self._parted()

    async def _parted(self) -> None:
        """Wait for the end of the connection: uvicorn complains of who returns before.

        It says so twice, once for its answer and once for the connection.
        """
        for _ in range(2):
            while (await self._receive())["type"] != "websocket.disconnect":
                pass


def as_request(scope: Scope, receive: Receive, send: Send) -> tuple[Scope, Receive, Send]:
    """Return a handshake as HTTP's `GET`, to be read, judged and refused like any other request."""
    request: MutableMapping[str, Any] = {**scope, "method": "GET"}
    return request, receive, Handover(scope, receive, send)
