"""One HTTP exchange under ASGI: reading the request, writing the answer, noticing who leaves."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from devstack.aws.wire import Answer, Pairs, WireRequest

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY_BYTES = 128 * 1024 * 1024
"""More than AgentCore's 100 MB, so that its own limit is the one that is met."""


class ClientLeft(Exception):
    """The client went away before the request was read."""


class BodyTooLarge(Exception):
    """The request's body is over `MAX_BODY_BYTES`."""


async def wire_request(scope: Scope, receive: Receive) -> WireRequest:
    """Read a whole request. Raises ClientLeft, BodyTooLarge."""
    headers = [
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope["headers"]
    ]
    return WireRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple(headers),
        body=await _body(receive),
    )


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
        if not message.get("more_body", False):
            return bytes(body)


class Observer(Protocol):
    """Somebody who wants to know what becomes of an answer."""

    def began(self, status: int) -> None:
        """Learn that the answer's beginning was sent."""
        ...

    def left(self) -> None:
        """Learn that the client went away."""
        ...


class Reply:
    """An answer that is sent at once or piece by piece."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._gone = asyncio.Event()
        self._observers: list[Observer] = []
        self.status: int | None = None
        """What was answered; None before the answer's beginning."""
        self.complete = False

    def observed_by(self, observer: Observer) -> None:
        """Tell somebody what becomes of the answer, as soon as it does."""
        self._observers.append(observer)

    async def start(self, status: int, headers: Pairs) -> None:
        """Send the status and headers."""
        self.status = status
        for observer in self._observers:
            observer.began(status)
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def chunk(self, data: bytes) -> None:
        """Send a piece of the body now; does nothing once the client is gone."""
        if not self._gone.is_set():
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes = b"") -> None:
        """Send the last piece of the body."""
        self.complete = True
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    async def whole(self, answer: Answer) -> None:
        """Send an answer that is there already."""
        headers = dict(answer.headers)
        # An answer to HEAD speaks of a body that is not sent.
        headers.setdefault("content-length", str(len(answer.body)))
        await self.start(answer.status, tuple(headers.items()))
        await self.end(answer.body)

    async def client_gone(self) -> None:
        """Return when the client has gone away."""
        await self._gone.wait()

    async def watch(self, receive: Receive) -> None:
        """Wait for the client to leave, and remember it. Call it once the request is read."""
        while (await receive())["type"] != "http.disconnect":
            continue
        if self.complete:
            # Servers say so, too, once the answer is out.
            return
        self._gone.set()
        for observer in self._observers:
            observer.left()

    @property
    def gone(self) -> bool:
        """Whether the client went away."""
        return self._gone.is_set()
