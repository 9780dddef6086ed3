"""A WebSocket under ASGI: its handshake is a request like any other, and may be refused as one."""

from collections.abc import Sequence
from contextlib import suppress

from devstack.aws.reply import Message, Receive, Reply, Scope, Send
from devstack.aws.wire import WireRequest

SWITCHING_PROTOCOLS = 101
_ABNORMAL = 1006
_INTERNAL = 1011
_SENDABLE = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
"""Codes that may stand in a close frame (RFC 6455 §7.4)."""


def handshake_request(scope: Scope) -> WireRequest:
    """Read a handshake."""
    headers = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope["headers"]
    )
    return WireRequest(
        method="GET",
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=b"",
    )


class Left(Exception):
    """The client closed the WebSocket, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"left with {code}")
        self.code = code


class Upgrade(Reply):
    """The answer to a handshake: a refusal, or an open WebSocket."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def deny(message: Message) -> None:
            await send({**message, "type": f"websocket.{message['type']}"})

        super().__init__(deny)
        self._receive = receive
        self._send_socket = send
        self.subprotocols: Sequence[str] = tuple(scope["subprotocols"])

    async def accept(self, subprotocol: str | None) -> None:
        """Open the WebSocket."""
        self.status = SWITCHING_PROTOCOLS
        for observer in self._observers:
            observer.began(SWITCHING_PROTOCOLS)
        await self._send_socket({"type": "websocket.accept", "subprotocol": subprotocol})

    async def receive(self) -> str | bytes:
        """Return the client's next message. Raises Left."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Left(message.get("code") or _ABNORMAL)
        text, raw = message.get("text"), message.get("bytes")
        return str(text) if text is not None else bytes(raw or b"")

    async def say(self, message: str | bytes) -> None:
        """Send the client a message. Raises Left."""
        kind = "text" if isinstance(message, str) else "bytes"
        try:
            await self._send_socket({"type": "websocket.send", kind: message})
        except OSError as error:
            raise Left(_ABNORMAL) from error

    async def close(self, code: int | None) -> None:
        """Close the WebSocket; `code` None: the agent was gone without one."""
        self.complete = code is not None
        told = code if code in _SENDABLE else _INTERNAL
        with suppress(OSError):
            await self._send_socket({"type": "websocket.close", "code": told})
