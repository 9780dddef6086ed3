"""One page read over the Chrome DevTools Protocol: navigate, wait, take its text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

MAX_FRAME_BYTES = 8 * 1024 * 1024
_TAKE = (
    "JSON.stringify({title: document.title, address: location.href,"
    " text: document.body ? document.body.innerText.slice(0, 100000) : ''})"
)


class DevToolsFailed(Exception):
    """The browser did not do what it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a page says of itself."""

    title: str
    address: str
    text: str


class Socket(Protocol):
    """What is used of a WebSocket."""

    async def send(self, message: str) -> None:
        """Send a text."""
        ...

    async def recv(self) -> str | bytes:
        """Receive one."""
        ...


async def page_text(endpoint: str, address: str, *, headers: Mapping[str, str]) -> Taken:
    """Open a page in the browser behind `endpoint`. Raises DevToolsFailed, OSError."""
    try:
        async with connect(
            endpoint, additional_headers=dict(headers), max_size=MAX_FRAME_BYTES, proxy=None
        ) as socket:
            return await _DevTools(cast("Socket", socket)).taken(address)
    except WebSocketException as error:
        raise DevToolsFailed(type(error).__name__) from None


class _DevTools:
    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._number = 0
        self._seen: set[str] = set()

    async def taken(self, address: str) -> Taken:
        made = await self._called("Target.createTarget", {"url": "about:blank"})
        target = {"targetId": made["targetId"], "flatten": True}
        page = str((await self._called("Target.attachToTarget", target))["sessionId"])
        await self._called("Page.enable", {}, page)
        # What was seen so far belongs to the blank page.
        self._seen.clear()
        gone = await self._called("Page.navigate", {"url": address}, page)
        if gone.get("errorText"):
            raise DevToolsFailed("the page did not open")
        await self._until("Page.loadEventFired")
        asked = {"expression": _TAKE, "returnByValue": True}
        answer = await self._called("Runtime.evaluate", asked, page)
        found = json.loads(str(answer["result"]["value"]))
        return Taken(title=found["title"], address=found["address"], text=found["text"])

    async def _called(
        self, method: str, parameters: Mapping[str, object], page: str | None = None
    ) -> dict[str, Any]:
        self._number += 1
        number = self._number
        whom = {} if page is None else {"sessionId": page}
        command = {"id": number, "method": method, "params": parameters, **whom}
        await self._socket.send(json.dumps(command))
        while True:
            message = await self._heard()
            if message.get("id") == number:
                if "result" not in message:
                    raise DevToolsFailed(f"{method} was refused")
                return cast("dict[str, Any]", message["result"])

    async def _until(self, method: str) -> None:
        while method not in self._seen:
            await self._heard()

    async def _heard(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await self._socket.recv())
        self._seen.add(str(message.get("method")))
        return message
