"""The browser's side of a WebSocket, over ASGI."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from starlette.types import Message, Receive, Send

from proxy.websocket.closing import ABNORMAL, Closing
from proxy.websocket.line import WebSocketMessage

LAST_WORD_S = 5.0
"""How long a browser may take to accept the close that tells it why its socket ends."""


class BrowserLeft(Exception):
    """The browser closed the socket, or is gone; `code` is what it said, or what that means."""

    def __init__(self, code: int) -> None:
        super().__init__(f"left with {code}")
        self.code = code


class Browser:
    """One browser's socket."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def accept(self, subprotocol: str | None, headers: Mapping[str, str]) -> None:
        """Answer the handshake. Raises BrowserLeft."""
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._sent({"type": "websocket.accept", "subprotocol": subprotocol, "headers": raw})

    async def receive(self) -> WebSocketMessage:
        """Return the next message, whole: the server has put its fragments together.

        Raises BrowserLeft. The server reads no more from the network until it is asked.
        """
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                raise BrowserLeft(message.get("code") or ABNORMAL)
            text, raw = message.get("text"), message.get("bytes")
            if text is not None:
                return str(text)
            if raw is not None:
                return bytes(raw)

    async def send(self, message: WebSocketMessage) -> None:
        """Send a message; returns when the server takes more. Raises BrowserLeft."""
        kind = "text" if isinstance(message, str) else "bytes"
        await self._sent({"type": "websocket.send", kind: message})

    async def left(self) -> BrowserLeft:
        """Wait until the browser goes away, before the handshake is answered; return how."""
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return BrowserLeft(message.get("code") or ABNORMAL)

    async def close(self, closing: Closing) -> None:
        """Close the socket; a browser that is gone, or takes nothing, is left to the server."""
        message = {"type": "websocket.close", "code": closing.code, "reason": closing.reason}
        with suppress(BrowserLeft, TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                await self._sent(message)

    async def _sent(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError as error:
            # How a server says that there is nobody left (ASGI, "Disconnected Client").
            raise BrowserLeft(ABNORMAL) from error
